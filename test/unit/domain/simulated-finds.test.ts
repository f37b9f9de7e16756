import { describe, expect, it } from 'vitest'
import { AMBER, CHALLENGE, EPOCH_ENDS, GAP_OPENS, Story } from './scene.ts'

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

describe('an epoch that was missed', () => {
  const EPOCH_MS = 14 * 86_400_000
  /** Published in epoch 60; watched from before the round in which it should have registered for 61. */
  const watching = (): Story => {
    const story = new Story(undefined, GAP_OPENS - EPOCH_MS - 3_600_000).folder().ready().synced().listed([60], 60)
    return story.post('idle').operator(idle)
  }

  it('without a registration is told with the reason', () => {
    const story = watching()
    story.see({ kind: 'node-log', fact: { fact: 'poet-registration-failed', idPrefix: 'aaaaaa', text: 'no PoET answers' } })
    story.at = EPOCH_ENDS + 60_000
    story.synced().listed([60], 62).post('idle').operator(idle)
    expect(story.status()).toMatchObject({ kind: 'missed', epoch: 61, causeCode: 'missed/not-registered' })
  })
  it('is told although the next round is already registered, until its gap opens', () => {
    const story = watching()
    story.at = GAP_OPENS + 40_000_000
    story.event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '61' })
    story.at = EPOCH_ENDS + 60_000
    story.synced().listed([60], 62).post('idle').operator(idle)
    expect(story.status()).toMatchObject({ kind: 'missed', epoch: 61 })
    expect(story.status().sentence).toContain('registered for the next round')
    story.at = GAP_OPENS + EPOCH_MS + 60_000
    story.synced().listed([60], 62).post('idle').operator(idle)
    expect(story.said).toBe('waiting:poet-proof')
  })
  it('names what stood in the way of the proof', () => {
    const story = watching()
    story.at = GAP_OPENS - EPOCH_MS + 40_000_000
    story.event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '60' })
    story.at = GAP_OPENS + 60_000
    story.synced().post('proving').operator(idle)
    story.see({ kind: 'volume', identity: AMBER, volume: { is: 'gone' } }).wait(86_400_000)
    const mounted = { is: 'mounted', mountPoint: '/mnt', device: 'sdb', freeBytes: 1, totalBytes: 2 } as const
    story.see({ kind: 'volume', identity: AMBER, volume: mounted })
    story.at = EPOCH_ENDS + 60_000
    story.synced().listed([60], 62).post('idle').operator(idle)
    expect(story.status()).toMatchObject({ kind: 'missed', causeCode: 'missed/drive' })
  })
})

describe('a finished proof of a service without a log', () => {
  it('has not failed when the node has just come back to fetch it', () => {
    const story = new Story().folder().synced().see({ kind: 'node-api', listener: 'post', reach: 'up' }).post('proving')
    story
      .proving(2 ** 34)
      .wait(1_000)
      .see({ kind: 'node-api', listener: 'post', reach: 'down' })
      .operator({ is: 'done' })
    story.wait(3_600_000).operator({ is: 'done' }).synced().see({ kind: 'node-api', listener: 'post', reach: 'up' }).post('proving')
    expect(story.said).toBe('unknown')
    expect(story.alarms).not.toContain('proof-failed')
    story.wait(120_000).operator({ is: 'done' }).synced().post('proving')
    expect(story.said).toBe('failed')
  })
})

describe('the replayed past of a keeper that starts anew', () => {
  const rejected = { fact: 'proof-rejected', text: 'failed proof verification' } as const

  it('does not wipe out a failure that came after it', () => {
    const story = new Story().folder().ready().synced().post('proving')
    story.log({ fact: 'proof-started', challenge: CHALLENGE }).wait(1_000).log(rejected)
    const event = { event: 'post-complete', identity: AMBER, challenge: '2'.repeat(64), failure: false, help: '' } as const
    story.see({ kind: 'node-event', event: { ...event, emittedAt: story.at - 14 * 86_400_000 } }).operator(idle)
    expect(story.said).toBe('failing')
  })
  it('is no proof when it was stamped by a clock that was ahead', () => {
    const story = new Story().folder().ready().synced().listed([60])
    const event = { event: 'post-complete', identity: AMBER, challenge: CHALLENGE, failure: false, help: '' } as const
    story.see({ kind: 'node-event', event: { ...event, emittedAt: story.at + 3_600_000 } })
    expect(story.post('idle').operator(idle).said).not.toBe('proved')
  })
  it('raises no alarm before the services were asked', () => {
    const story = new Story().folder().synced()
    story.see({ kind: 'node-log', fact: { fact: 'post-state', identity: AMBER, state: 'proving' } })
    story.wait(600_000).see({ kind: 'node-api', listener: 'post', reach: 'up' }).post('proving')
    expect(story.said).toBe('unknown')
    expect(story.alarms).not.toContain('service-not-connected')
  })
})

describe('a service that is busy with another challenge', () => {
  it('has not failed because the node hears an error meanwhile', () => {
    const story = new Story().folder().ready().synced().post('proving').listed([60])
    story
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .wait(1_000)
      .proving(2 ** 34)
    story.event({ event: 'post-start', identity: AMBER, challenge: '2'.repeat(64) })
    story
      .event({ event: 'post-complete', identity: AMBER, challenge: '', failure: true })
      .wait(1_000)
      .proving(2 ** 34)
    expect(story.said).toBe('proving:outdated')
    expect(story.wait(1_000).operator({ is: 'done' }).actions).not.toContain('restart-service')
    expect(story.alarms).not.toContain('proof-failed')
  })
})

describe('an operator that falls silent in the middle of the reading', () => {
  it('is no evidence that the reading stands still', () => {
    const story = new Story().folder().ready().synced().post('proving').listed([60])
    story
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .proving(2 ** 30)
      .wait(1_000)
      .proving(2 ** 31)
    story.wait(60_000).operator({ is: 'silent' }).post('proving').wait(240_000).post('proving').operator({ is: 'silent' })
    expect(story.alarms).not.toContain('data-incomplete')
  })
})

describe('a proof of work that took most of an hour', () => {
  const story = (): Story => {
    const begun = new Story().folder().ready().synced().post('proving').log({ fact: 'proof-started', challenge: CHALLENGE })
    for (let i = 0; i < 45; i += 1) begun.proving(0).post('proving').wait(60_000)
    return begun.log({ fact: 'reading-started' }).proving(0).post('proving')
  }

  it('is no reading that stalled when the reading begins', () => {
    expect(story().said).toBe('proving:reading')
    expect(story().alarms).not.toContain('data-incomplete')
  })
  it('still lets a reading that does not move be told', () => {
    const stuck = story()
    for (let i = 0; i < 10; i += 1) stuck.wait(60_000).proving(0).post('proving')
    expect(stuck.alarms).toContain('data-incomplete')
  })
})
