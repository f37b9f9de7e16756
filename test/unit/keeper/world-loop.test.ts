import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../shared/domain/decide.ts'
import { asLayer, type IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation } from '../../../shared/domain/observation.ts'
import { setupSchema } from '../../../shared/setup/schema.ts'
import { startWorldLoop } from '../../../electron/keeper/world-loop.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'

const id = 'ab'.repeat(32) as IdentityId
const setup = setupSchema.parse({
  version: 1,
  network: { preset: 'mainnet', genesisTime: '2026-01-01T00:00:00Z' },
  node: { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
  identities: [{ id }],
})

/** A node that answers every two seconds, watched by a loop whose decisions are kept. */
function watched(clock: FakeClock): { readonly decisions: Decision[]; readonly seen: Observation[] } {
  const decisions: Decision[] = []
  const seen: Observation[] = []
  const loop = startWorldLoop({
    clock,
    setup,
    onObservation: (one) => seen.push(one),
    onDecision: (decision) => decisions.push(decision),
  })
  const layers = { currentLayer: asLayer(5), latestLayer: asLayer(5), appliedLayer: asLayer(5) }
  clock.every(2_000, () => {
    loop.emit({ at: clock.now(), kind: 'node-sync', sync: { isSynced: true, connectedPeers: 9, ...layers } })
    loop.emit({ at: clock.now(), kind: 'post-states', states: [{ identity: id, state: 'idle', name: 'a.key' }] })
  })
  return { decisions, seen }
}

describe('the loop at a jump of the wall clock', () => {
  for (const byMs of [-3_600_000, -45_000, 45_000, 86_400_000]) {
    it(`loses no evidence and raises no loss of the node at ${byMs / 1000} s`, () => {
      const clock = new FakeClock(Date.UTC(2026, 0, 3))
      const { decisions, seen } = watched(clock)
      clock.advance(60_300)
      decisions.length = 0
      // Between a tick of the loop and the next question to the node.
      clock.jump(byMs)
      clock.advance(20_000)
      expect(new Set(decisions.map((one) => one.node.kind))).toEqual(new Set(['synced']))
      expect(decisions.flatMap((one) => one.alarms).filter((alarm) => alarm.code === 'api-lost')).toEqual([])
      expect(seen.filter((one) => one.kind === 'clock-jump')).toMatchObject([{ byMs }])
    })
  }

  it('tells a jump before the first thing that is seen after it', () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 3))
    const { seen } = watched(clock)
    clock.advance(10_000)
    clock.jump(-45_000)
    clock.advance(5_000)
    const at = seen.findIndex((one) => one.kind === 'clock-jump')
    expect(seen.slice(0, at).every((one) => one.at <= Date.UTC(2026, 0, 3) + 10_000)).toBe(true)
    expect(seen.slice(at).every((one, index, all) => index === 0 || one.at >= (all[index - 1]?.at ?? 0))).toBe(true)
  })
})
