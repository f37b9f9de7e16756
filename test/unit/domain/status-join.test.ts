import { describe, expect, it } from 'vitest'
import { asEpoch, asLayer } from '../../../shared/domain/ids.ts'
import { aFolder, AMBER, aSetup, BASALT, CHALLENGE, EPOCH, EPOCH_ENDS, GAP_ENDS, GAP_OPENS, Story } from './scene.ts'

const MIB = 2 ** 20
const HOUR = 3_600_000
const idle = { is: 'idle' } as const
const asked = (): Story =>
  new Story().folder().ready().post('proving').event({ event: 'post-start', identity: AMBER, challenge: CHALLENGE })

describe('the table of design §4, one test a row', () => {
  it('is unknown without evidence, and says since when and what was last known', () => {
    expect(new Story().said).toBe('unknown')
    const silent = asked().operator(idle).wait(60_000)
    expect(silent.status()).toMatchObject({ kind: 'unknown', lastKnown: 'the node asked for a proof' })
  })

  it('is incomplete for a key without PoS data and PoS data without a key', () => {
    expect(new Story(aSetup({ services: [] })).post('proving').said).toBe('incomplete')
    expect(new Story().folder({ is: 'no-metadata' }).post('idle').operator(idle).said).toBe('incomplete')
    expect(new Story().see({ kind: 'key-file', identity: AMBER, is: 'missing' }).folder().said).toBe('incomplete')
    const short = aFolder({ problems: [{ file: 'postdata_3.bin', is: 'short', expectedBytes: 100 * MIB, actualBytes: MIB }] })
    expect(new Story().folder(short).post('proving').proving(MIB).status()).toMatchObject({
      kind: 'incomplete',
      causeCode: 'pos-folder/short',
    })
    expect(new Story().folder(aFolder({ identity: BASALT })).said).toBe('incomplete')
  })

  it('says drive-missing, and that nothing is lost, when the volume is gone or dead', () => {
    const gone = asked().see({ kind: 'volume', identity: AMBER, volume: { is: 'gone' } })
    expect(gone.status()).toMatchObject({ kind: 'drive-missing', sentence: expect.stringContaining('Nothing is lost') as string })
    expect(gone.alarms).toContain('drive-gone')
    expect(asked().see({ kind: 'volume', identity: AMBER, volume: { is: 'not-answering' } }).said).toBe('drive-missing')
  })

  it('is stopped by the user or an operation, and held when the key is kept out', () => {
    const down = (stoppedBy: 'user' | 'operation'): Story =>
      new Story(aSetup({ services: [{ wanted: 'down', stoppedBy }] })).process({ at: 'stopped' })
    expect(down('user').status()).toMatchObject({ kind: 'stopped', stoppedBy: 'user' })
    expect(down('operation').status()).toMatchObject({ kind: 'stopped', stoppedBy: 'operation' })
    expect(new Story(aSetup({ identities: [{ id: AMBER, held: { reason: 'merge' } }] })).said).toBe('held')
    expect(new Story().see({ kind: 'key-file', identity: AMBER, is: 'held' }).said).toBe('held')
  })

  it('is not known to the node when PostStates answers without it', () => {
    expect(
      new Story()
        .folder()
        .ready()
        .states({ [BASALT]: 'idle' })
        .operator(idle).said,
    ).toBe('not-known-to-node')
  })

  it('waits: for sync, registration, round, PoET proof, next epoch', () => {
    const base = (at?: number): Story => new Story(aSetup(), at).folder().ready().synced().post('idle').operator(idle)
    expect(base().synced(false).said).toBe('waiting:sync')
    expect(base().listed([]).said).toBe('waiting:initial-proof')
    expect(base().event({ event: 'post-complete', identity: AMBER, challenge: '0'.repeat(64) }).said).toBe('waiting:poet-registration')
    const before = GAP_OPENS - 24 * HOUR
    const registered = base(before).event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '60' })
    expect(registered.status()).toMatchObject({ kind: 'waiting', phase: 'poet-round', until: GAP_OPENS })
    const opened = base(GAP_OPENS + 5_000).event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '60' })
    expect(opened.said).toBe('waiting:poet-proof')
    expect(base(GAP_ENDS + HOUR).listed([60]).said).toBe('waiting:next-epoch')
    expect(base(before).said).toBe('waiting:not-needed')
  })

  it('waits, not needed, when the schedule has stopped its service', () => {
    const parked = new Story(aSetup({ services: [{ policy: 'when-due' }] })).folder().process({ at: 'stopped' }).post('idle')
    expect(parked.said).toBe('waiting:not-needed')
    expect(parked.actions).toEqual([])
  })

  it('is queued behind another on its disk, with its place', () => {
    const setup = aSetup({
      identities: [{ id: AMBER }, { id: BASALT }],
      services: [{ policy: 'when-due' }, { identity: BASALT, policy: 'when-due' }],
    })
    const story = new Story(setup)
      .folder()
      .process({ at: 'stopped' })
      .ready(BASALT)
      .states({ [AMBER]: 'proving', [BASALT]: 'proving' })
    story.operator({ is: 'proving', nonces: { start: 0, end: 288 }, positionBytes: MIB }, BASALT)
    const lanes = new Map([
      [AMBER, 'disk'],
      [BASALT, 'disk'],
    ])
    const decision = story.decide(lanes)
    expect(decision.identities[0]?.status).toMatchObject({ kind: 'queued', place: 2 })
    expect(decision.actions).toEqual([])
    const apart = story.decide(
      new Map([
        [AMBER, 'other'],
        [BASALT, 'disk'],
      ]),
    )
    expect(apart.actions).toEqual([{ do: 'start-service', identity: AMBER, why: 'due' }])
  })

  it('needs its service when the node asks and nobody is there', () => {
    const last = { at: GAP_OPENS, cause: 'out of memory', causeCode: 'oom' }
    const story = asked().process({ at: 'failed', last }).operator({ is: 'none' })
    expect(story.status()).toMatchObject({ kind: 'needs-service', causeCode: 'oom' })
    expect(story.alarms).toContain('service-down')
  })

  it('is not connected, with the reason, when nothing was requested after a grace time', () => {
    const story = asked().operator(idle)
    expect(story.said).toBe('waiting:poet-proof')
    story.wait(15_000).post('proving').operator(idle).wait(15_000).post('proving').operator(idle)
    expect(story.said).toBe('not-connected')
    const refused = asked().log({ fact: 'disconnected', why: 'no-coinbase', text: 'no coinbase' }).operator(idle)
    expect(refused.status()).toMatchObject({ kind: 'not-connected', causeCode: 'link/no-coinbase' })
  })

  it('prepares while the service takes connections and is silent, and is unknown when it does nothing', () => {
    const silent = asked().operator({ is: 'silent' })
    expect(silent.said).toBe('proving:preparing')
    silent.wait(28_000).post('proving').operator({ is: 'silent' }).see({ kind: 'service-cpu', identity: AMBER, busyPercent: 99 })
    expect(silent.said).toBe('proving:preparing')
    silent.see({ kind: 'service-cpu', identity: AMBER, busyPercent: 0 })
    expect(silent.said).toBe('unknown')
  })

  it('computes the proof of work at position 0, prepares at nonces 0..0', () => {
    expect(asked().proving(0).said).toBe('proving:pow')
    expect(asked().operator({ is: 'proving', nonces: { start: 0, end: 0 }, positionBytes: 0 }).said).toBe('proving:preparing')
  })

  it('reads, with pass, speed, range and slack from measured positions', () => {
    const story = asked().proving(0).wait(1000)
    for (let i = 1; i <= 20; i += 1) story.proving(i * 150 * MIB).wait(1000)
    const status = story
      .post('proving')
      .proving(21 * 150 * MIB)
      .status()
    expect(status).toMatchObject({ kind: 'proving', phase: 'reading', pass: 1, timing: 'on-time' })
    if (status.kind !== 'proving') throw new Error('not proving')
    expect(status.bytesPerSecond ?? 0).toBeCloseTo(150 * MIB, -5)
    expect(status.finish?.p5 ?? 0).toBeLessThan(status.finish?.p95 ?? 0)
    const whole = ((2 ** 40 / (150 * MIB)) * 1000) / HOUR
    expect(((status.finish?.p95 ?? 0) - story.at) / HOUR).toBeLessThan(whole * 1.2)
    expect(story.proving(MIB, 288).status()).toMatchObject({ phase: 'reading', pass: 2 })
  })

  it('is outdated when the service works for another challenge', () => {
    const other = '2'.repeat(64)
    const story = asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(0)
    story.wait(2000).log({ fact: 'proof-failed', why: 'different-challenge', current: CHALLENGE, requested: other, text: 'busy' })
    expect(story.proving(0).said).toBe('proving:outdated')
    expect(story.alarms).toContain('outdated-proof')
  })

  it('hands over only when the log says that a proof was found', () => {
    const run = (): Story => asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(MIB).wait(5000)
    expect(run().log({ fact: 'proof-found', nonce: 3, seconds: 5 }).operator({ is: 'done' }).said).toBe('handing-over')
    expect(asked().proving(MIB).wait(5000).operator({ is: 'done' }).said).toBe('unknown')
    expect(run().operator({ is: 'done' }).wait(7000).operator({ is: 'done' }).said).toBe('failed')
  })

  it('hands over from the end of its own check until the node has said that it took it, before the log tells the check', () => {
    const found = (): Story =>
      asked()
        .log({ fact: 'proof-started', challenge: CHALLENGE })
        .proving(MIB)
        .wait(5000)
        .log({ fact: 'proof-found', nonce: 3, seconds: 5 })
    const checked = found().operator({ is: 'done' }).wait(3000).operator(idle)
    expect(checked.said).toBe('handing-over')
    expect(checked.wait(7000).operator(idle).said).not.toBe('handing-over') // nobody said that the check went well
    expect(found().operator({ is: 'silent' }).wait(1000).post('idle').said).toBe('handing-over')
  })

  it('believes the log that the proof of work is over when the data is read between two answers', () => {
    const story = asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(0).wait(5000)
    expect(story.log({ fact: 'reading-started' }).said).toBe('proving:reading')
    expect(story.log({ fact: 'proof-found', nonce: 3, seconds: 5 }).proving(0).said).toBe('handing-over')
    expect(story.wait(5000).proving(0).said).toBe('proving:reading')
  })

  it('waits for the next round while the service holds a proof that came too late', () => {
    const story = asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(MIB).wait(5000)
    story.log({ fact: 'proof-found', nonce: 3, seconds: 5 }).operator({ is: 'done' }).wait(600_000)
    const late = story.post('idle').operator({ is: 'done' }).wait(600_000).post('idle').operator({ is: 'done' })
    expect(late.status()).toMatchObject({ kind: 'waiting', sentence: expect.stringContaining('still holds a proof') })
  })

  it('is registered although the node is not in sync', () => {
    const story = new Story()
      .folder()
      .ready()
      .post('idle')
      .operator(idle)
      .see({
        kind: 'node-sync',
        sync: { isSynced: false, connectedPeers: 0, latestLayer: asLayer(9), appliedLayer: asLayer(1), currentLayer: asLayer(9) },
      })
    expect(story.said).toBe('waiting:sync')
    expect(story.event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '61' }).said).toBe('waiting:poet-round')
  })

  it('promises no epoch to a new identity whose service is not reached', () => {
    const fresh = (): Story =>
      new Story().see({ kind: 'activations', identities: [AMBER], fromEpoch: asEpoch(55), toEpoch: EPOCH, list: [] })
    const lost = fresh().folder().ready().post('proving').wait(1000)
    lost.log({ fact: 'disconnected', why: 'wrong-listener', text: 'Unimplemented' }).operator(idle)
    expect(lost.status()).toMatchObject({ kind: 'not-connected', sentence: expect.stringContaining('The initial proof must be ready') })
    const known = fresh().event({ event: 'registered-in-poet', identity: AMBER, poet: 'p', roundId: '60' }).folder().ready().post('proving')
    known.wait(1000).log({ fact: 'disconnected', why: 'wrong-listener', text: 'Unimplemented' }).operator(idle)
    expect(known.status().sentence).toContain('The proof is needed by')
  })

  it('hands nothing over when the node had stopped asking before the proof was found', () => {
    const story = asked()
      .log({ fact: 'proof-started', challenge: CHALLENGE })
      .proving(MIB)
      .wait(5000)
      .post('idle')
      .proving(MIB)
      .wait(30_000)
    story.post('idle').log({ fact: 'proof-found', nonce: 3, seconds: 40 }).operator({ is: 'done' })
    expect(story.status()).toMatchObject({ kind: 'waiting', timing: 'unknown' })
  })

  it('failed stays so until the service is restarted', () => {
    const story = asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(MIB).wait(5000).operator({ is: 'done' })
    story.log({ fact: 'proof-failed', why: 'nonces-exhausted', text: 'creating prover' })
    expect(story.status()).toMatchObject({ kind: 'failed', causeCode: 'nonces-exhausted' })
    expect(story.alarms).toContain('proof-failed')
    story.wait(10_000).process({ at: 'starting', attempt: 1, since: story.at, readyBy: story.at + 1000 })
    expect(story.post('proving').said).toBe('needs-service')
    expect(story.wait(1000).ready().operator(idle).said).toBe('waiting:poet-proof')
  })

  it('is failing, with the round, when proofs are found wrong again and again', () => {
    const story = asked()
    for (let round = 1; round <= 2; round += 1) {
      story.log({ fact: 'proof-started', challenge: CHALLENGE }).proving(MIB).wait(5000).operator({ is: 'done' })
      story.log({ fact: 'proof-rejected', text: 'MSB value' }).operator(idle).post('proving')
      expect(story.status()).toMatchObject({ kind: 'failing', round })
    }
    expect(story.proving(0).said).toBe('failing')
  })

  it('is failing when initial proofs flap', () => {
    const flap = asked()
    const zero = '0'.repeat(64)
    flap.event({ event: 'post-complete', identity: AMBER, challenge: zero }).post('idle').operator(idle)
    expect(flap.status().kind).toBe('waiting')
    flap.wait(5000).see({ kind: 'node-log', fact: { fact: 'initial-post-invalid', idPrefix: 'aaaaaa', text: 'invalid index: 0' } })
    expect(flap.status()).toMatchObject({ kind: 'failing', round: 1 })
    const blind = new Story().folder().ready()
    for (let i = 0; i < 3; i += 1)
      blind.wait(5000).event({ event: 'post-complete', identity: AMBER, challenge: zero }).post('idle').operator(idle)
    expect(blind.status()).toMatchObject({ kind: 'failing', round: 3 })
  })

  it('is proved only by an accepted post_complete of this challenge together with IDLE', () => {
    const accepted = (): Story => asked().proving(MIB).wait(5000).event({ event: 'post-complete', identity: AMBER, challenge: CHALLENGE })
    expect(accepted().post('idle').operator(idle).said).toBe('proved')
    expect(accepted().post('proving').operator({ is: 'done' }).said).not.toBe('proved')
    const other = asked()
      .event({ event: 'post-complete', identity: AMBER, challenge: '3'.repeat(64) })
      .post('idle')
      .operator(idle)
    expect(other.said).not.toBe('proved')
    const failure = asked().event({ event: 'post-complete', identity: AMBER, challenge: '', failure: true }).operator({ is: 'done' })
    expect(failure.post('proving').said).toBe('failed')
    expect(accepted().post('idle').wait(60_000).said).toBe('unknown')
  })

  it('is published only when Activation.List confirms; a false "atx published" stays proved with an alarm', () => {
    const story = asked()
      .proving(MIB)
      .wait(5000)
      .event({ event: 'post-complete', identity: AMBER, challenge: CHALLENGE })
      .post('idle')
      .operator(idle)
    story.event({ event: 'atx-published', identity: AMBER, publishEpoch: asEpoch(61), atxId: 'x' })
    expect(story.said).toBe('proved')
    story.wait(60_000).listed([60]).post('idle').operator(idle)
    expect(story.status()).toMatchObject({ kind: 'proved', causeCode: 'atx/not-confirmed' })
    expect(story.alarms).toContain('twin-suspected')
    expect(story.listed([60, 61]).status()).toMatchObject({ kind: 'published', atxId: 'atx61', timing: 'on-time' })
  })

  it('is eligible in the epoch after, from a confirmed ATX', () => {
    const story = new Story(aSetup(), GAP_OPENS - 100 * HOUR).folder().ready().synced().post('idle').operator(idle).listed([60])
    const layers = [246_000, 247_900, 248_100].map((layer) => ({ layer: asLayer(layer), count: 1 }))
    story.event({ event: 'eligibilities', identity: AMBER, epoch: asEpoch(61), layers })
    expect(story.status()).toMatchObject({ kind: 'eligible', layers: 3 })
  })

  it('is missed, with the cause chain, when publish end passed without an ATX', () => {
    const story = asked().log({ fact: 'proof-started', challenge: CHALLENGE }).proving(MIB).operator({ is: 'done' })
    story.log({ fact: 'proof-failed', why: 'nonces-exhausted', text: 'creating prover' })
    story.at = EPOCH_ENDS + 60_000
    story.synced().listed([60], 62).post('idle').operator({ is: 'done' })
    expect(story.status()).toMatchObject({ kind: 'missed', timing: 'lost', cause: expect.stringContaining('the proof failed') as string })
    expect(story.alarms).toContain('missed')
  })

  it('suspects a twin by the signs of the log', () => {
    const story = asked().see({
      kind: 'node-log',
      fact: { fact: 'twin-sign', sign: 'already-published', idPrefix: 'aaaaaa', text: 'already published' },
    })
    expect(story.said).toBe('twin-suspected')
    const other = asked().see({
      kind: 'node-log',
      fact: { fact: 'twin-sign', sign: 'already-published', idPrefix: 'cccccc', text: 'already published' },
    })
    expect(other.said).not.toBe('twin-suspected')
  })

  it('is banned by event or proof, for ever', () => {
    const story = asked().event({ event: 'malfeasance', identity: AMBER })
    expect(story.said).toBe('banned')
    story.see({ kind: 'malfeasance', identity: AMBER, isBanned: false })
    expect(story.said).toBe('banned')
    expect(asked().see({ kind: 'malfeasance', identity: AMBER, isBanned: true, reason: 'DoubleMarryProof' }).said).toBe('banned')
  })
})

describe('what a node restart changes', () => {
  it('goes on proving while the node is away, and forgets what the node said of the moment', () => {
    const story = asked().proving(MIB)
    story.see({ kind: 'node-process', state: { at: 'exited', last: { at: story.at } } })
    expect(story.proving(2 * MIB).said).toBe('proving:reading')
    expect(story.operator(idle).said).toBe('unknown')
  })

  it('keeps accepted proofs', () => {
    const story = asked()
      .proving(MIB)
      .wait(1000)
      .event({ event: 'post-complete', identity: AMBER, challenge: CHALLENGE })
      .post('idle')
      .operator(idle)
    story.see({ kind: 'node-process', state: { at: 'starting', attempt: 1, since: story.at, readyBy: story.at + 900_000 } })
    expect(story.said).toBe('unknown')
    expect(story.wait(5000).post('idle').operator(idle).said).toBe('proved')
  })
})

describe('timing', () => {
  const reading = (at: number, mibPerSecond: number): Story => {
    const story = new Story(aSetup(), at).folder().ready().post('proving').proving(0).wait(1000)
    for (let i = 1; i <= 10; i += 1) story.proving(i * mibPerSecond * MIB).wait(1000)
    return story.post('proving').proving(11 * mibPerSecond * MIB)
  }
  it('is tight, late and lost against the two deadlines', () => {
    expect(reading(GAP_ENDS - 3 * HOUR, 120).status().timing).toBe('tight')
    expect(reading(GAP_ENDS - HOUR, 120).status().timing).toBe('late')
    expect(reading(GAP_ENDS + HOUR, 120).status()).toMatchObject({ timing: 'late', kind: 'proving' })
    expect(reading(EPOCH_ENDS - HOUR, 120).status().timing).toBe('lost')
    const late = reading(GAP_ENDS - HOUR, 120)
    expect(late.alarms).toContain('will-be-late')
    expect(
      late
        .decide()
        .alarms.map(({ sentence }) => sentence)
        .join(' '),
    ).toContain('What helps: end copies, scrubs and backups on its disk')
  })
})
