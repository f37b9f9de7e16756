import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi, type Mock } from 'vitest'
import { acceptedProofs, leftoverDesk, type LeftoverDesk } from '../../../../electron/keeper/operations/leftovers.ts'
import type { OperationsDesk } from '../../../../electron/keeper/operations/operations-desk.ts'
import { operationQuestion } from '../../../../electron/keeper/operations/run-question.ts'
import { openHistory, type History } from '../../../../electron/history/index.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import type { OperationHome } from '../../../../electron/operations/index.ts'
import type { Leftover, OperationView } from '../../../../shared/domain/operation.ts'
import { aLeftover, anOperation, anUnfinishedOperation, operationsState } from '../../../builders/operation.ts'
import { aKey } from '../../identities/keys.ts'
import { aCustody, type TestCustody } from '../custody/context.ts'

const amber = aKey(1)
const MOVE = anOperation({ id: aLeftover().operation, kind: 'move-data' })

/** Stands in for the operations process: answers with `line` and keeps what it was asked. */
const PROGRAM = `
const fs = require('node:fs')
process.stdin.once('data', (ask) => {
  fs.appendFileSync(process.env.ASKED, ask)
  process.stdout.write(process.env.LINE + '\\n')
  process.exit(0)
})`

interface World extends TestCustody {
  readonly desk: LeftoverDesk
  readonly asked: string
  readonly launch: Mock
}

function world(line: object, operations: readonly OperationView[] = [MOVE]): World {
  const asked = path.join(aCustody().home.state, 'asked')
  const env = { ELECTRON_RUN_AS_NODE: '1', ASKED: asked, LINE: JSON.stringify(line) }
  const launch = vi.fn(() => ({ file: process.execPath, prefixArgs: ['-e', PROGRAM], env }))
  const custody = aCustody([amber], { launch })
  const home = (): OperationHome => ({ operations: '/o', quarantine: '/q', temporary: '/t', ownPids: [] })
  const sources = {
    context: custody.context,
    inventory: () => undefined,
    keys: { armedElsewhere: () => Promise.resolve([]), verdicts: () => Promise.resolve({}) } as never,
    backup: () => undefined,
  }
  const desk = leftoverDesk({ sources, home, state: () => Promise.resolve(operationsState(...operations)) })
  return { ...custody, desk, asked, launch }
}
const answer = (value: unknown): object => ({ is: 'answer', value })
const fault = (code: string): object => ({ is: 'fault', fault: { code, detail: 'the reason', retry: 'user' } })

describe('the desk of what operations left behind', () => {
  it('asks the operations process, with everything that it needs', async () => {
    const { desk, asked } = world(answer([aLeftover()]))
    expect(await desk.list()).toEqual({ ok: true, value: [aLeftover()] })
    expect(JSON.parse(readFileSync(asked, 'utf8'))).toMatchObject({
      job: 'leftovers',
      home: { operations: '/o' },
      proofs: [],
      context: { names: { [amber.id]: 'Amber' } },
    })
  })

  it('starts nothing while no operation could have left anything', async () => {
    const { desk, launch } = world(answer([aLeftover()]), [anOperation(), anOperation({ id: 'x', kind: 'retire', state: 'rolled-back' })])
    expect(await desk.list()).toEqual({ ok: true, value: [] })
    expect(launch).not.toHaveBeenCalled()
  })

  it('has one process for all that ask at the same time', async () => {
    const { desk, launch } = world(answer([]))
    await Promise.all([desk.list(), desk.list(), desk.list()])
    expect(launch).toHaveBeenCalledTimes(1)
  })

  it('removes one, and tells why not', async () => {
    const { desk } = world(answer({ text: '5 files are removed.' }))
    const input = { operation: MOVE.id, typed: 'deadbeef' }
    expect(await desk.remove(input)).toEqual({ ok: true, value: { text: '5 files are removed.' } })
    for (const [said, code] of [
      ['operation/not-typed', 'operation/not-typed'],
      ['operation/refused', 'operation/refused'],
      ['internal', 'operation/not-removed'],
    ] as const)
      expect(await world(fault(said)).desk.remove(input)).toMatchObject({ ok: false, fault: { code, detail: 'the reason' } })
  })

  it('removes nothing while an operation is open, or for one that it does not know', async () => {
    const busy = world(answer({ text: '' }), [anUnfinishedOperation({ id: 'open' }), MOVE])
    const input = { operation: MOVE.id, typed: 'deadbeef' }
    expect(await busy.desk.remove(input)).toMatchObject({ ok: false, fault: { code: 'operation/busy' } })
    expect(busy.launch).not.toHaveBeenCalled()
    expect(await world(answer({ text: '' })).desk.remove({ ...input, operation: 'another' })).toMatchObject({
      ok: false,
      fault: { code: 'operation/unknown' },
    })
  })
})

describe('proofs that the node accepted', () => {
  const tell = (history: History, outcome: 'accepted' | 'failed', at: number): void => {
    const event = { identity: amber.id, challenge: '01'.repeat(32), timestamp: at, emittedAt: at, help: '', failure: outcome === 'failed' }
    for (const name of ['post-start', 'post-complete'] as const)
      history.recordObservation({
        kind: 'node-event',
        source: 'events',
        at: at + 1,
        event: { ...event, event: name, failure: name === 'post-complete' && event.failure },
      } as never)
  }
  const historyOf = ({ context }: TestCustody): History => {
    const opened = openHistory(path.join(context.home.state, 'history.sqlite'), { clock: context.clock, log: silentLogger })
    if (!opened.ok) throw new Error(opened.fault.detail)
    return opened.value
  }

  it('are those of history, the newest of each identity, also while no session runs', () => {
    const custody = aCustody([amber], { session: () => undefined })
    expect(acceptedProofs(custody.context)).toEqual([])
    const history = historyOf(custody)
    tell(history, 'accepted', 1_000)
    tell(history, 'accepted', 5_000)
    tell(history, 'failed', 9_000)
    history.close()
    expect(acceptedProofs(custody.context)).toEqual([{ identity: amber.id, startedAt: 5_000, acceptedAt: 5_000 }])
  })

  it('are what the node told last where history cannot be read; one that it threw away is none', () => {
    const custody = aCustody([amber])
    const complete = { challenge: '01', at: 9_000, askedAt: 5_000, matchesAsked: true, count: 1 }
    custody.session.knows({ id: amber.id, complete })
    expect(acceptedProofs(custody.context)).toEqual([{ identity: amber.id, startedAt: 5_000, acceptedAt: 9_000 }])
    custody.session.knows({ id: amber.id, complete: { ...complete, count: 2 } })
    expect(acceptedProofs(custody.context)).toEqual([])
  })

  it('are none where the file of history is no history', () => {
    const custody = aCustody([amber], { session: () => undefined })
    mkdirSync(custody.context.home.state, { recursive: true })
    writeFileSync(path.join(custody.context.home.state, 'history.sqlite'), 'no database')
    expect(acceptedProofs(custody.context)).toEqual([])
  })
})

describe('the question before data is removed', () => {
  const deskWith = (leftover: Leftover | undefined): OperationsDesk => ({ leftover: () => Promise.resolve(leftover) }) as never
  const ask = async (leftover: Leftover | undefined, input: unknown = { operation: 'x' }): Promise<unknown> =>
    operationQuestion(deskWith(leftover), { call: 'operations.removeLeftover', input })

  it('says what goes, why it may, and that nothing brings it back', async () => {
    const asked = (await ask(aLeftover())) as { readonly value: { readonly message: string; readonly detail: string } }
    expect(asked.value.message).toMatch(/^Remove 4\.0.TiB of moved PoS data of Amber\?$/)
    expect(asked.value.detail.split('\n')).toEqual([
      '/mnt/old/amber',
      aLeftover().why,
      expect.stringContaining('Its copy stays'),
      'This cannot be undone.',
    ])
    const retired = (await ask(aLeftover({ kind: 'retired-data' }))) as typeof asked
    expect(retired.value.detail).toContain('weeks of initialization')
  })

  it('is none for what is not there, or for other calls', async () => {
    expect(await ask(undefined)).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
    expect(await ask(aLeftover(), 'nonsense')).toMatchObject({ ok: false })
    expect(operationQuestion(deskWith(undefined), { call: 'keys.disarm', input: {} })).toBeUndefined()
  })
})
