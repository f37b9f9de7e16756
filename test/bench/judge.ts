import { decide } from '../../shared/domain/decide.ts'
import { parseIdentityId, type IdentityId } from '../../shared/domain/ids.ts'
import { observe } from '../../shared/domain/observe.ts'
import { emptyWorld, type World } from '../../shared/domain/world.ts'
import { aFolder, aSetup, GAP_OPENS } from '../unit/domain/scene.ts'
import { loadNote } from './parts/proc.ts'
import { median } from './parts/stats.ts'
import { below, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'judge'
export const describe = 'the pure judgement of 200 proving identities: one decision and one observation'

const MIB = 2 ** 20
const TURNS = 200

function provingWorld(ids: readonly IdentityId[]): { world: World; at: number } {
  let at = GAP_OPENS + 10_000
  let world = observe(emptyWorld(), { at, kind: 'post-states', states: ids.map((identity) => ({ identity, state: 'proving', name: 'k' })) })
  for (const identity of ids) world = observe(world, { at, kind: 'pos-folder', identity, folder: aFolder({ identity }) })
  for (let i = 1; i <= 5; i += 1) {
    at += 1000
    for (const identity of ids) {
      const answer = { is: 'proving', nonces: { start: 0, end: 288 }, positionBytes: i * 100 * MIB } as const
      world = observe(world, { at, kind: 'operator', identity, answer })
    }
  }
  return { world, at }
}

const timed = (work: () => void): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

export async function run(_options: BenchOptions): Promise<BenchResult> {
  const ids = Array.from({ length: 200 }, (_, i) => parseIdentityId(i.toString(16).padStart(64, '0'))).filter((id) => id !== undefined)
  const setup = aSetup({
    identities: ids.map((id) => ({ id })),
    services: ids.map((identity, i) => ({ identity, policy: i % 2 === 0 ? ('always' as const) : ('when-due' as const) })),
  })
  const { world, at } = provingWorld(ids)
  const decisions: number[] = []
  const reference: number[] = []
  const last = decide(setup, world, at)
  for (let turn = 0; turn < TURNS; turn += 1) {
    decisions.push(timed(() => void decide(setup, world, at)))
    reference.push(timed(() => void structuredClone(last)))
  }
  const [first] = ids
  const observations = first === undefined ? 0 : timed(() => void observeMany(world, first, at))
  return {
    figures: [
      below('one decision over 200 identities, median', median(decisions), 'ms', 5),
      { name: 'against a structured clone of its result', value: median(decisions) / median(reference), unit: '×' },
      { name: 'one observation', value: (observations / 5_000) * 1000, unit: 'µs' },
    ],
    notes: [loadNote()],
  }
}

function observeMany(world: World, identity: IdentityId, at: number): World {
  let next = world
  for (let i = 0; i < 5_000; i += 1) next = observe(next, { at: at + i, kind: 'operator', identity, answer: { is: 'idle' } })
  return next
}
