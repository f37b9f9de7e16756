import { describe, expect, it } from 'vitest'
import { practiceTiming, preparePractice } from '../../../electron/practice/network.ts'

describe('practice timing', () => {
  const now = Date.parse('2026-11-21T00:00:00Z')

  it('opens the first gap in under three minutes with the usual epoch', () => {
    const t = practiceTiming(120, now)
    const gapOpens = t.genesisMs + 10 * t.layerMs + t.phaseShiftMs - t.cycleGapMs
    expect(gapOpens - now).toBeLessThan(180_000)
    expect(t.genesisMs - now).toBeGreaterThanOrEqual(18_000)
  })

  it('has genesis at a whole second, as the genesis id is made of seconds', () => {
    expect(practiceTiming(33, now + 123).genesisMs % 1000).toBe(0)
  })
})

describe('preparing', () => {
  it('refuses a number of identities that makes no sense, before it touches the disk', async () => {
    const home = { root: '/nowhere', state: '/nowhere' }
    for (const identities of [0, 1.5, 201]) {
      const prepared = await preparePractice({ home, identities, now: 0 })
      expect(prepared).toMatchObject({ ok: false, fault: { code: 'practice/not-prepared' } })
    }
  })
})
