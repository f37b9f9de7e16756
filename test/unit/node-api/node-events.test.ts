import { create, fromBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { EventFilter } from '../../../electron/node-api/event-filter.ts'
import { eventFromProto } from '../../../electron/node-api/node-events.ts'
import { EventSchema, type Event } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import type { NodeEvent } from '../../../shared/domain/observation.ts'
import { grpcFiles, messagesOf, type RecordedMessage } from './recordings.ts'

/** One event as the recorder wrote it: the reference, made without our protos. */
type Recorded = { timestamp: string; failure?: boolean; help: string } & Record<string, Record<string, unknown> | undefined>

const hex = (base64: unknown): string => (typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('hex') : '')

/** What the recorded JSON should become, written down by hand a second time. */
function expected(json: Recorded): object {
  const [field, value] = Object.entries(json).find(([key]) => !['timestamp', 'failure', 'help'].includes(key)) as [
    string,
    Record<string, unknown>,
  ]
  const identity = hex(value['smesher'])
  const poet = { poet: value['url'], roundId: value['round_id'] }
  const kinds: Record<string, () => object> = {
    beacon: () => ({ event: 'beacon', epoch: value['epoch'] }),
    init_start: () => ({ event: 'init-start', identity }),
    init_complete: () => ({ event: 'init-complete', identity }),
    post_start: () => ({ event: 'post-start', identity, challenge: hex(value['challenge']) }),
    post_complete: () => ({ event: 'post-complete', identity, challenge: hex(value['challenge']) }),
    poet_wait_round: () => ({
      event: 'waiting-for-registration',
      identity,
      publishEpoch: value['publish'],
      windowOpensAt: Date.parse(value['until'] as string),
    }),
    waiting_for_poet_registration_window: () => ({
      event: 'waiting-for-registration',
      identity,
      publishEpoch: value['publish'],
      windowOpensAt: Date.parse(value['round_end'] as string),
    }),
    poet_wait_proof: () => ({
      event: 'waiting-for-round-end',
      identity,
      publishEpoch: value['publish'],
      roundEndsAt: Date.parse(value['until'] as string),
    }),
    waiting_for_poet_round_end: () => ({
      event: 'waiting-for-round-end',
      identity,
      publishEpoch: value['publish'],
      roundEndsAt: Date.parse(value['round_end'] as string),
    }),
    atx_published: () => ({ event: 'atx-published', identity, publishEpoch: value['current'], atxId: hex(value['id']) }),
    eligibilities: () => ({
      event: 'eligibilities',
      identity,
      epoch: value['epoch'],
      layers: (value['eligibilities'] as { layer: number; count: number }[]).toSorted((a, b) => a.layer - b.layer),
    }),
    proposal: () => ({ event: 'proposal', identity, layer: value['layer'] }),
    malfeasance: () => ({
      event: 'malfeasance',
      identity: hex((value['proof'] as { smesher_id: { id: string } }).smesher_id.id),
      failure: true,
    }),
    post_service_started: () => ({ event: 'post-service-started' }),
    proof_downloaded_from_poet: () => ({ event: 'poet-proof-downloaded', ...poet }),
    registered_in_poet: () => ({ event: 'registered-in-poet', identity, ...poet }),
    best_proof_selected: () => ({ event: 'best-proof-selected', identity, ...poet }),
  }
  const make = kinds[field]
  if (make === undefined) throw new Error(`${field}: not expected`)
  const emittedAt = Math.floor(Date.parse(json.timestamp))
  return { emittedAt, failure: json.failure ?? false, help: json.help, ...make() }
}

const files = grpcFiles().filter((file) => file.endsWith('v1.AdminService.jsonl'))
const eventsIn = (file: string): RecordedMessage[] => messagesOf(file).filter((one) => one.isAnswer && one.rpc.endsWith('/EventsStream'))
const decoded = (message: RecordedMessage): Event => fromBinary(EventSchema, message.bytes)

describe('eventFromProto', () => {
  it('has all recordings', () => {
    expect(files.length).toBe(8)
    expect(files.flatMap(eventsIn).length).toBe(1144)
  })

  it.each(files)('%s: every event becomes what it says', (file) => {
    for (const message of eventsIn(file)) {
      expect(eventFromProto(decoded(message)), `${file}:${message.line}`).toEqual(expected(message.json as Recorded))
    }
  })

  it('tells a failed proof by failure and an empty challenge', () => {
    const failed = eventsIn('node-proof-failures-1.7.6/grpc/v1.AdminService.jsonl')
      .map((message) => eventFromProto(decoded(message)))
      .filter((event) => event.event === 'post-complete' && event.failure)
    expect(failed.length).toBeGreaterThan(3)
    expect(failed.every((event) => event.event === 'post-complete' && event.challenge === '')).toBe(true)
  })

  it('keeps what it cannot know as unknown with its field number', () => {
    const newer = create(EventSchema, { help: 'new' })
    newer.$unknown = [{ no: 3000, wireType: 2, data: new Uint8Array([0]) }]
    expect(eventFromProto(newer)).toMatchObject({ event: 'unknown', field: 3000, help: 'new' })
    expect(eventFromProto(create(EventSchema))).toMatchObject({ event: 'unknown', field: 0, emittedAt: 0 })
    const short = create(EventSchema, { details: { case: 'postStart', value: { smesher: new Uint8Array(31) } } })
    expect(eventFromProto(short)).toMatchObject({ event: 'unknown', field: 7 })
    const nobody = create(EventSchema, { details: { case: 'malfeasance', value: {} } })
    expect(eventFromProto(nobody)).toMatchObject({ event: 'malfeasance', identity: undefined, failure: true })
  })
})

describe('EventFilter', () => {
  const filtered = (file: string): NodeEvent[] => {
    const filter = new EventFilter()
    return eventsIn(file).flatMap((message) => filter.take(decoded(message)) ?? [])
  }

  it.each(files)('%s: each event once, over re-subscriptions and over both forms of a step', (file) => {
    const seen = filtered(file)
    const all = eventsIn(file).map((message) => message.json as Recorded)
    const distinct = new Set(all.map((json) => JSON.stringify(json)))
    const deprecated = [...distinct].filter((text) => /"poet_wait_(round|proof)":/.test(text)).length
    expect(seen.length).toBe(distinct.size - deprecated)
    const steps = seen.filter((event) => event.event.startsWith('waiting-for-'))
    const successors = [...distinct].filter((text) => /"waiting_for_poet_/.test(text)).length
    expect(steps.length).toBe(successors)
  })

  it.each(files)('%s: the ring of 100 that a new subscription replays is told already', (file) => {
    const filter = new EventFilter()
    const events = eventsIn(file).map(decoded)
    const told = events.filter((event) => filter.take(event) !== undefined).length
    expect(told).toBeGreaterThan(0)
    expect(events.slice(-100).flatMap((event) => filter.take(event) ?? [])).toEqual([])
  })

  it('gives the deprecated events of nodes that know no others', () => {
    const filter = new EventFilter()
    const old = (seconds: number) =>
      create(EventSchema, {
        timestamp: { seconds: BigInt(seconds) },
        details: { case: 'poetWaitRound', value: { publish: 2, smesher: new Uint8Array(32).fill(1), until: { seconds: 500n } } },
      })
    expect(filter.take(old(1))).toMatchObject({ event: 'waiting-for-registration', publishEpoch: 2, windowOpensAt: 500_000 })
    expect(filter.take(old(1))).toBeUndefined()
    expect(filter.take(old(90))).toMatchObject({ event: 'waiting-for-registration', emittedAt: 90_000 })
  })

  it('takes the same step in the other form for another one when it comes later than one breath', () => {
    const filter = new EventFilter()
    const smesher = new Uint8Array(32).fill(1)
    const old = create(EventSchema, {
      timestamp: { seconds: 1n },
      details: { case: 'poetWaitRound', value: { publish: 2, smesher, until: { seconds: 500n } } },
    })
    const fresh = (seconds: bigint) =>
      create(EventSchema, {
        timestamp: { seconds },
        details: { case: 'waitingForPoetRegistrationWindow', value: { publish: 2, smesher, roundEnd: { seconds: 500n } } },
      })
    expect(filter.take(old)).toBeDefined()
    expect(filter.take(fresh(2n))).toBeUndefined()
    expect(filter.take(fresh(60n))).toMatchObject({ event: 'waiting-for-registration', emittedAt: 60_000 })
  })

  it('remembers more than the node replays, and not for ever', () => {
    const filter = new EventFilter()
    const beacon = (n: number) =>
      create(EventSchema, { timestamp: { seconds: BigInt(n) }, details: { case: 'beacon', value: { epoch: n } } })
    for (let n = 0; n < 1_000; n += 1) expect(filter.take(beacon(n))).toBeDefined()
    for (let n = 900; n < 1_000; n += 1) expect(filter.take(beacon(n))).toBeUndefined()
    expect(filter.take(beacon(0))).toBeDefined()
  })
})
