import { describe, expect, it } from 'vitest'
import { AMBER, aSetup, BASALT, CHALLENGE, GAP_OPENS, managedNode, Story } from './scene.ts'

const MIB = 2 ** 20
const failedStory = (service: object = {}): Story =>
  new Story(aSetup({ services: [service] }))
    .folder()
    .ready()
    .post('proving')
    .log({ fact: 'proof-started', challenge: CHALLENGE })
    .proving(MIB)
    .wait(30_000)
    .post('proving')
    .operator({ is: 'done' })
    .log({ fact: 'proof-failed', why: 'nonces-exhausted', text: 'creating prover' })

const restart = (story: Story): Story =>
  story
    .process({ at: 'starting', attempt: 1, since: story.at, readyBy: story.at + 1000 })
    .wait(100)
    .ready()
    .log({ fact: 'proof-started', challenge: CHALLENGE })
    .proving(MIB)
    .wait(5000)
    .post('proving')
    .operator({ is: 'done' })
    .log({ fact: 'proof-failed', why: 'nonces-exhausted', text: 'creating prover' })

describe('policy', () => {
  it('restarts a failed proof at once, then after ten minutes, three times a gap', () => {
    const story = failedStory()
    expect(story.actions).toEqual(['restart-service'])
    restart(story)
    expect(story.actions).toEqual([])
    story
      .wait(10 * 60_000)
      .post('proving')
      .operator({ is: 'done' })
    expect(story.actions).toEqual(['restart-service'])
    restart(story)
      .wait(10 * 60_000)
      .post('proving')
      .operator({ is: 'done' })
    expect(story.actions).toEqual(['restart-service'])
    restart(story)
      .wait(30 * 60_000)
      .post('proving')
      .operator({ is: 'done' })
    expect(story.said).toBe('failed')
    expect(story.actions).toEqual([])
  })

  it('never restarts for corrupt data or a short file, and never what is not ours', () => {
    const corrupt = new Story()
      .folder()
      .ready()
      .post('proving')
      .proving(MIB)
      .operator({ is: 'done' })
      .log({ fact: 'proof-rejected', text: 'MSB' })
    expect(corrupt.said).toBe('failing')
    expect(corrupt.actions).toEqual([])
    const short = failedStory().log({ fact: 'file-size-wrong', path: 'postdata_0.bin', expectedBytes: 2, actualBytes: 1 })
    expect(short.actions).toEqual([])
    expect(failedStory({ owner: 'systemd' }).actions).toEqual([])
  })

  it('starts what is wanted and down, but nothing where somebody answers already', () => {
    const down = (): Story => new Story().folder().process({ at: 'stopped' }).post('idle')
    expect(down().actions).toEqual(['start-service'])
    expect(down().operator({ is: 'idle' }).actions).toEqual([])
    expect(down().operator({ is: 'silent' }).actions).toEqual([])
    expect(new Story(aSetup({ services: [{ owner: 'docker' }] })).folder().process({ at: 'stopped' }).actions).toEqual([])
    expect(down().event({ event: 'malfeasance', identity: AMBER }).actions).toEqual([])
  })

  it('stops a when-due service only when it is idle and not needed', () => {
    const story = new Story(aSetup({ services: [{ policy: 'when-due' }] })).folder().ready().post('idle').operator({ is: 'idle' })
    expect(story.actions).toEqual([])
    story.wait(28_000).post('idle').operator({ is: 'idle' })
    expect(story.actions).toEqual(['stop-service'])
    expect(story.post('proving').operator({ is: 'idle' }).actions).toEqual([])
    expect(story.post('proving').proving(MIB).actions).toEqual([])
  })

  it('starts our node when it is down, but never beside another one or with a twin about', () => {
    const setup = aSetup({ node: managedNode })
    const down = (): Story => new Story(setup).see({ kind: 'node-process', state: { at: 'stopped' } })
    expect(down().actions).toEqual(['start-node'])
    expect(down().see({ kind: 'node-api', listener: 'private', reach: 'up' }).actions).toEqual([])
    const twin = down().see({ kind: 'malfeasance', identity: AMBER, isBanned: false })
    twin.see({ kind: 'node-log', fact: { fact: 'twin-sign', sign: 'two-ballots', idPrefix: 'aaaaa', text: 'x' } })
    expect(twin.actions).toEqual([])
    expect(new Story(aSetup()).see({ kind: 'node-process', state: { at: 'stopped' } }).actions).toEqual([])
  })

  it('restarts outdated work when it is ours', () => {
    const story = new Story()
      .folder()
      .ready()
      .wait(31 * 60_000)
      .post('proving')
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .proving(0)
    story
      .wait(1000)
      .log({ fact: 'proof-failed', why: 'different-challenge', current: CHALLENGE, requested: '2'.repeat(64), text: 'busy' })
      .proving(0)
    expect(story.decide().actions).toEqual([{ do: 'restart-service', identity: AMBER, why: 'outdated-proof' }])
  })
})

describe('the node', () => {
  it('is too old on mainnet from epoch 45', () => {
    expect(new Story().see({ kind: 'node-version', version: 'v1.7.6' }).alarms).toContain('node-too-old')
    expect(new Story().see({ kind: 'node-version', version: 'v1.8.3' }).alarms).not.toContain('node-too-old')
    expect(new Story().see({ kind: 'node-version', version: 'v1.9.0' }).alarms).toContain('node-version-unknown')
    const before = new Story(aSetup(), Date.UTC(2025, 2, 1)).see({ kind: 'node-version', version: 'v1.7.6' })
    expect(before.alarms).not.toContain('node-too-old')
  })

  it('names its start steps, failures and silence', () => {
    const story = new Story(aSetup({ node: managedNode }))
    story.see({ kind: 'node-process', state: { at: 'starting', attempt: 1, since: story.at, readyBy: story.at + 900_000 } })
    story.see({ kind: 'node-log', fact: { fact: 'start-step', step: 'poet-waiting' } })
    expect(story.decide().node).toMatchObject({ kind: 'starting', step: 'poet-waiting' })
    story
      .see({ kind: 'node-process', state: { at: 'ready', since: story.at } })
      .see({ kind: 'node-log', fact: { fact: 'fatal', text: 'no disk', code: 'x' } })
    expect(story.decide().node.kind).toBe('failed')
    expect(story.alarms).toContain('node-start-failed')
    const lost = new Story().synced().post('idle').wait(1000).see({ kind: 'node-api', listener: 'public', reach: 'down' })
    expect(lost.decide().node.kind).toBe('unreachable')
    lost.wait(60_000)
    expect(lost.alarms).toContain('api-lost')
  })

  it('loses no API before anybody has asked it', () => {
    const adopted = new Story(aSetup({ node: managedNode })).see({ kind: 'node-log', fact: { fact: 'app-started' } })
    adopted.wait(3_600_000).see({ kind: 'node-process', state: { at: 'ready', since: adopted.at - 3_600_000 } })
    expect(adopted.alarms).not.toContain('api-lost')
    expect(adopted.see({ kind: 'node-api', listener: 'public', reach: 'down' }).alarms).toContain('api-lost')
  })

  it('alarms of a PoET only when the start is held, and for as long as this version waits', () => {
    const story = new Story(aSetup({ node: managedNode }))
    story.see({ kind: 'node-process', state: { at: 'starting', attempt: 1, since: story.at, readyBy: story.at + 900_000 } })
    story.see({ kind: 'node-log', fact: { fact: 'version', version: 'v1.8.3' } })
    story.see({ kind: 'node-log', fact: { fact: 'poet-slow', text: 'connection refused' } })
    expect(story.alarms).not.toContain('poet-trouble')
    const held = story.wait(25_000).decide()
    expect(held.alarms.map((alarm) => alarm.sentence).join()).toMatch(/up to 30.s for each PoET/)
  })
})

describe('alarms that only the figures tell', () => {
  it('says that one more pass is no bad luck, that reading stands still, that a PoET is late, that a service hangs', () => {
    const passes = new Story().folder().ready().post('proving').proving(MIB, 288)
    expect(passes.alarms).toContain('data-incomplete')
    const still = new Story().folder().ready().post('proving').proving(0).wait(1000).proving(MIB)
    expect(still.alarms).not.toContain('data-incomplete')
    still.wait(200_000).post('proving').proving(MIB)
    expect(still.alarms).toContain('data-incomplete')
    const late = new Story(aSetup(), GAP_OPENS + 2 * 3_600_000).folder().ready().synced().post('idle').operator({ is: 'idle' })
    late.event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '60' })
    expect(late.said).toBe('waiting:poet-proof')
    expect(late.alarms).toContain('poet-trouble')
    const hung = new Story().folder().ready().post('proving').operator({ is: 'silent' }).wait(60_000)
    hung.post('proving').operator({ is: 'silent' }).see({ kind: 'service-cpu', identity: AMBER, busyPercent: 0 })
    expect(hung.said).toBe('unknown')
    expect(hung.alarms).toContain('service-not-connected')
  })

  it('takes a later valid proof as the end of an old rejection in the log', () => {
    const story = new Story()
      .folder()
      .ready()
      .post('proving')
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .log({ fact: 'proof-rejected', text: 'MSB' })
    expect(story.operator({ is: 'idle' }).said).toBe('failing')
    story
      .wait(5000)
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .log({ fact: 'proof-found', nonce: 1, seconds: 1 })
      .log({ fact: 'proof-valid' })
    expect(story.post('proving').operator({ is: 'done' }).said).toBe('handing-over')
  })
})

describe('the clock', () => {
  it('takes no speed over a jump and keeps evidence fresh across it', () => {
    const story = new Story().folder().ready().post('proving').proving(0).wait(1000)
    for (let i = 1; i <= 5; i += 1) story.proving(i * 100 * MIB).wait(1000)
    const hour = 3_600_000
    story.wait(hour).see({ kind: 'clock-jump', byMs: hour }).wait(1000)
    story
      .proving(7 * 100 * MIB)
      .post('proving')
      .wait(1000)
      .proving(8 * 100 * MIB)
    const status = story.status()
    if (status.kind !== 'proving') throw new Error(status.kind)
    expect(status.bytesPerSecond ?? 0).toBeGreaterThan(90 * MIB)
    expect(status.bytesPerSecond ?? 0).toBeLessThan(110 * MIB)
    expect(story.alarms).toContain('clock-off')
  })
})

describe('the headline', () => {
  it('counts and names', () => {
    const setup = aSetup({
      identities: [
        { id: AMBER, nickname: 'Amber' },
        { id: BASALT, nickname: 'Basalt' },
      ],
      services: [{}, { identity: BASALT }],
    })
    const story = new Story(setup)
      .folder()
      .ready()
      .process({ at: 'failed', last: { at: GAP_OPENS } }, BASALT)
    story
      .states({ [AMBER]: 'proving', [BASALT]: 'proving' })
      .proving(0)
      .wait(1000)
    for (let i = 1; i <= 5; i += 1) story.proving(i * 100 * MIB).wait(1000)
    expect(story.decide().headline).toBe('1 of 2 on time. Basalt needs you.')
  })
})
