import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Event } from '../../proto/gen/spacemesh/v1/admin_pb.js'
import { assertNever } from '../../shared/domain/fault.ts'
import { asEpoch, asLayer, bytesToHex, identityIdFromBytes, type IdentityId } from '../../shared/domain/ids.ts'
import type { NodeEvent } from '../../shared/domain/observation.ts'

/** Whole milliseconds, rounded down: never later than it was. */
const msOf = (time: Timestamp | undefined): number =>
  time === undefined ? 0 : Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000)

/** NodeEvent without the fields that every event has. */
type Kind = NodeEvent extends infer E ? (E extends NodeEvent ? Omit<E, 'emittedAt' | 'failure' | 'help'> : never) : never

/**
 * One event of EventsStream in our words.
 *
 * - The deprecated kinds 9 and 10 become the same events as 18 and 22; a node from 1.7.5 on sends both: `EventFilter`.
 * - `windowOpensAt`: the field that carries it is called `round_end`, but holds the opening of the registration window.
 * - A malfeasance event is a failure, though the node does not set the flag on it.
 * - A kind that we do not know, or one without a valid id where it needs one, is `unknown` with its field number (0: none).
 * @source facts/grpc-api.md §7
 */
export function eventFromProto(event: Event): NodeEvent {
  const kind = kindOf(event)
  const failure = event.failure || kind.event === 'malfeasance'
  return { emittedAt: msOf(event.timestamp), failure, help: event.help, ...kind }
}

function kindOf(event: Event): Kind {
  const { details } = event
  const unknown = (field: number): Kind => ({ event: 'unknown', field })
  const of = (smesher: Uint8Array, field: number, make: (identity: IdentityId) => Kind): Kind => {
    const identity = identityIdFromBytes(smesher)
    return identity === undefined ? unknown(field) : make(identity)
  }
  switch (details.case) {
    case 'beacon':
      return { event: 'beacon', epoch: asEpoch(details.value.epoch) }
    case 'initStart':
      return of(details.value.smesher, 5, (identity) => ({ event: 'init-start', identity }))
    case 'initComplete':
      return of(details.value.smesher, 6, (identity) => ({ event: 'init-complete', identity }))
    case 'initFailed': {
      const { error } = details.value
      return of(details.value.smesher, 14, (identity) => ({ event: 'init-failed', identity, error }))
    }
    case 'postStart':
    case 'postComplete': {
      const { case: name, value } = details
      const isStart = name === 'postStart'
      const challenge = bytesToHex(value.challenge)
      return of(value.smesher, isStart ? 7 : 8, (identity) => ({ event: isStart ? 'post-start' : 'post-complete', identity, challenge }))
    }
    case 'malfeasance':
      return { event: 'malfeasance', identity: identityIdFromBytes(details.value.proof?.smesherId?.id ?? new Uint8Array()) }
    case 'postServiceStarted':
      return { event: 'post-service-started' }
    case 'postServiceStopped':
      return { event: 'post-service-stopped' }
    case undefined:
      return unknown(event.$unknown?.find((field) => field.no > 3)?.no ?? 0)
    default:
      return poetOrAtxKind(details, of)
  }
}

type Details = Exclude<Event['details'], { case: undefined }>
type PoetOrAtx = Extract<
  Details,
  {
    case:
      | 'poetWaitRound'
      | 'poetWaitProof'
      | 'waitingForPoetRegistrationWindow'
      | 'waitingForPoetRoundEnd'
      | 'proofDownloadedFromPoet'
      | 'registeredInPoet'
      | 'bestProofSelected'
      | 'atxPublished'
      | 'eligibilities'
      | 'proposal'
  }
>

function poetOrAtxKind(details: PoetOrAtx, of: (smesher: Uint8Array, field: number, make: (id: IdentityId) => Kind) => Kind): Kind {
  const waiting = (smesher: Uint8Array, field: number, publish: number, opens: Timestamp | undefined): Kind =>
    of(smesher, field, (identity) => ({
      event: 'waiting-for-registration',
      identity,
      publishEpoch: asEpoch(publish),
      windowOpensAt: msOf(opens),
    }))
  const roundEnd = (smesher: Uint8Array, field: number, publish: number, ends: Timestamp | undefined): Kind =>
    of(smesher, field, (identity) => ({
      event: 'waiting-for-round-end',
      identity,
      publishEpoch: asEpoch(publish),
      roundEndsAt: msOf(ends),
    }))
  switch (details.case) {
    case 'poetWaitRound':
      return waiting(details.value.smesher, 9, details.value.publish, details.value.until)
    case 'waitingForPoetRegistrationWindow':
      return waiting(details.value.smesher, 18, details.value.publish, details.value.roundEnd)
    case 'poetWaitProof':
      return roundEnd(details.value.smesher, 10, details.value.publish, details.value.until)
    case 'waitingForPoetRoundEnd':
      return roundEnd(details.value.smesher, 22, details.value.publish, details.value.roundEnd)
    case 'proofDownloadedFromPoet':
      return { event: 'poet-proof-downloaded', poet: details.value.url, roundId: details.value.roundId }
    case 'registeredInPoet':
    case 'bestProofSelected': {
      const { url: poet, roundId, smesher } = details.value
      const event = details.case === 'registeredInPoet' ? 'registered-in-poet' : 'best-proof-selected'
      return of(smesher, event === 'registered-in-poet' ? 20 : 21, (identity) => ({ event, identity, poet, roundId }))
    }
    case 'atxPublished': {
      const { current, id } = details.value
      return of(details.value.smesher, 11, (identity) => ({
        event: 'atx-published',
        identity,
        publishEpoch: asEpoch(current),
        atxId: bytesToHex(id),
      }))
    }
    case 'eligibilities': {
      const layers = details.value.eligibilities
        .map(({ layer, count }) => ({ layer: asLayer(layer), count }))
        .sort((a, b) => a.layer - b.layer)
      const epoch = asEpoch(details.value.epoch)
      return of(details.value.smesher, 12, (identity) => ({ event: 'eligibilities', identity, epoch, layers }))
    }
    case 'proposal': {
      const layer = asLayer(details.value.layer)
      return of(details.value.smesher, 13, (identity) => ({ event: 'proposal', identity, layer }))
    }
    default:
      return assertNever(details)
  }
}
