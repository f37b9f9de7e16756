import { describe, expect, it } from 'vitest'
import { AMBER, CHALLENGE, GAP_OPENS, Story } from './scene.ts'

const idle = { is: 'idle' } as const
const reading = { is: 'proving', nonces: { start: 0, end: 288 }, positionBytes: 2 ** 34 } as const

/** Each of these was found by the simulation. */
describe('an answer of the service from before the question of the node', () => {
  const calm = (): Story => new Story().folder().ready().synced().post('idle').operator(idle).wait(60_000).post('idle').operator(idle)

  it('is no evidence that nothing was requested', () => {
    const story = calm().wait(14_000).post('proving')
    expect(story.said).toBe('waiting:initial-proof')
    expect(story.alarms).not.toContain('service-not-connected')
  })
  it('does not say for long that the service is about to begin', () => {
    const story = calm().wait(2_000).post('proving').wait(5_000).post('proving')
    expect(story.said).toBe('unknown')
    expect(story.operator(idle).said).toBe('waiting:initial-proof')
  })
  it('is no evidence that a service of someone else is down', () => {
    const story = new Story().folder().synced().post('idle').operator({ is: 'none' }).wait(14_000).post('proving')
    expect(story.said).toBe('unknown')
    expect(story.alarms).not.toContain('service-down')
    expect(story.wait(100).operator({ is: 'none' }).said).toBe('needs-service')
  })
  it('counts from the question to the last answer only', () => {
    const story = calm().post('proving').wait(1_000).operator(idle).wait(30_000).post('proving')
    expect(story.said).toBe('waiting:initial-proof')
    expect(story.operator(idle).said).toBe('not-connected')
  })
})

describe('a jump of the clock in the middle of a proof', () => {
  for (const byMs of [-7 * 60_000, -3 * 3_600_000, 3 * 3_600_000]) {
    it(`of ${byMs / 1000} s leaves no run behind that was over`, () => {
      const story = new Story(undefined, GAP_OPENS + 60_000).folder().ready().synced().post('proving')
      story.log({ fact: 'proof-started', challenge: CHALLENGE }).wait(1_000).operator(reading)
      story.wait(byMs).see({ kind: 'clock-jump', byMs }).post('proving').operator(reading)
      expect(story.said).toBe('proving:reading')
      story.wait(5_000).post('idle').operator(idle)
      expect(story.world.identities.get(AMBER)?.run).toBeUndefined()
    })
    it(`of ${byMs / 1000} s is not taken for a reading that stands still`, () => {
      const story = new Story(undefined, GAP_OPENS + 60_000).folder().ready().synced()
      story.wait(byMs).see({ kind: 'clock-jump', byMs }).post('proving')
      story.log({ fact: 'proof-started', challenge: CHALLENGE }).log({ fact: 'reading-started' }).wait(1_000).operator(reading)
      expect(story.alarms).not.toContain('data-incomplete')
    })
  }
})
