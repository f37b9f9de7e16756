import { expect, it } from 'vitest'
import { planInputsOf, type PlanFact } from '../../../shared/domain/plan-facts.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { aDisk, aMachineReport } from '../../builders/machine.ts'
import { AMBER, aSetup, BASALT, GAP_OPENS } from './scene.ts'

const fact = (id: string, isDone: boolean): PlanFact => ({
  id,
  name: id.slice(0, 4),
  colour: 0,
  numUnits: 16,
  totalBytes: 2 ** 40,
  nonces: 288,
  threads: 0,
  randomx: 'fast',
  lane: { id: 'disk:x', label: 'X', detail: '' },
  isDone,
})
const inputsAt = (now: number, ...identities: readonly PlanFact[]) =>
  planInputsOf({
    now,
    net: resolveNetwork(aSetup().network),
    identities,
    disks: [aDisk({ id: 'disk:x', folders: [] })],
    pow: undefined,
    threads: 8,
    memory: aMachineReport().memory,
    maxProvers: null,
  })

it('leaves out of an open gap who has a proof, and names it for the gaps to come', () => {
  const open = inputsAt(GAP_OPENS + 60_000, fact(AMBER, true), fact(BASALT, false))
  expect(open.identities.map((one) => one.id)).toEqual([BASALT])
  expect(open.proved?.map((one) => one.id)).toEqual([AMBER])
})

it('plans all of them before the gap, and for the next one when all are done', () => {
  const before = inputsAt(GAP_OPENS - 60_000, fact(AMBER, false), fact(BASALT, false))
  expect([before.identities.length, before.proved, before.gapOpensAt]).toEqual([2, undefined, GAP_OPENS])
  const over = inputsAt(GAP_OPENS + 60_000, fact(AMBER, true), fact(BASALT, true))
  expect([over.identities.length, over.proved]).toEqual([2, undefined])
  expect(over.gapOpensAt).toBeGreaterThan(GAP_OPENS)
})
