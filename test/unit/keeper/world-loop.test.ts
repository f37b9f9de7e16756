import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { startWorldLoop } from '../../../electron/keeper/world-loop.ts'
import type { Decision } from '../../../shared/domain/decide.ts'
import { asIdentityId } from './ids.ts'
import { AMBER, aSetup } from './builders.ts'

const DAY = 86_400_000

function started() {
  const clock = new FakeClock(Date.UTC(2026, 0, 5))
  const decisions: Decision[] = []
  const observed: string[] = []
  const loop = startWorldLoop({
    clock,
    setup: aSetup(),
    onObservation: (seen) => observed.push(seen.kind),
    onDecision: (decision) => decisions.push(decision),
  })
  const idle = (): void =>
    loop.emit({
      at: clock.now(),
      kind: 'post-states',
      states: [{ identity: asIdentityId(AMBER), state: 'idle', name: 'amber.key' }],
    })
  return { clock, decisions, observed, loop, idle, kind: () => decisions.at(-1)?.identities.find((one) => one.id === AMBER)?.status.kind }
}

describe('the world loop', () => {
  it('lets the watches speak before it judges after it was frozen', () => {
    const { clock, decisions, idle } = started()
    clock.advance(3_000)
    clock.stall(900_000)
    const before = decisions.length
    clock.advance(1_000)
    expect(decisions.length).toBe(before)
    idle()
    clock.advance(3_000)
    expect(decisions.length).toBeGreaterThan(before)
  })

  it('judges once a second when nothing happens, and at most twice when much does', () => {
    const { clock, decisions, idle } = started()
    clock.advance(10_000)
    expect(decisions.length).toBeGreaterThanOrEqual(9)
    expect(decisions.length).toBeLessThanOrEqual(11)
    const before = decisions.length
    for (let i = 0; i < 1_000; i += 1) {
      idle()
      clock.advance(1)
    }
    expect(decisions.length - before).toBeLessThanOrEqual(3)
  })

  it('judges at once when told to', () => {
    const { decisions, loop } = started()
    loop.judge()
    expect(decisions).toHaveLength(1)
  })

  it.each([
    ['forwards', DAY],
    ['backwards', -DAY],
  ])('notices a clock that jumps a day %s; evidence grows neither old nor young by it', (_way, byMs) => {
    const { clock, observed, loop, idle, decisions } = started()
    idle()
    clock.advance(2_000)
    const before = loop.world.node.postStatesAt?.steady
    clock.jump(byMs)
    clock.advance(1_000)
    expect(observed.filter((kind) => kind === 'clock-jump')).toHaveLength(1)
    expect(loop.world.driftMs).toBe(byMs)
    expect(loop.world.node.postStatesAt?.steady).toBe(before)
    const evidence = decisions.at(-1)?.identities[0]?.evidence.find((line) => line.what === 'node PostStates')
    expect(evidence?.isFresh).toBe(true)
    clock.advance(5_000)
    expect(observed.filter((kind) => kind === 'clock-jump')).toHaveLength(1)
  })

  it('takes a machine that slept for no jump of the clock', () => {
    const { clock, observed } = started()
    clock.advance(2_000)
    clock.stall(DAY)
    clock.advance(2_000)
    expect(observed).not.toContain('clock-jump')
  })

  it('gives history what happens now, and not what is read back', () => {
    const { clock, observed, loop } = started()
    loop.emit({ at: clock.now(), kind: 'node-version', version: 'v1.8.3' }, true)
    expect(observed).toEqual([])
    expect(loop.world.node.version?.value).toBe('v1.8.3')
  })

  it('does nothing after it was closed', () => {
    const { clock, decisions, loop, idle } = started()
    loop.close()
    idle()
    clock.advance(5_000)
    expect(decisions).toEqual([])
  })
})
