import { fromBinary } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { EventSchema } from '../../proto/gen/spacemesh/v1/admin_pb.js'
import { StatusResponseSchema, VersionResponseSchema } from '../../proto/gen/spacemesh/v1/node_pb.js'
import { PostStatesResponseSchema } from '../../proto/gen/spacemesh/v1/post_pb.js'
import { SmesherIDsResponseSchema } from '../../proto/gen/spacemesh/v1/smesher_pb.js'
import { ActivationListSchema } from '../../proto/gen/spacemesh/v2alpha1/activation_pb.js'
import { MalfeasanceProofSchema } from '../../proto/gen/spacemesh/v2alpha1/malfeasance_pb.js'
import { NodeStatusResponseSchema } from '../../proto/gen/spacemesh/v2alpha1/node_pb.js'
import { identityIdFromBytes, type IdentityId, type UnixMs } from '../../shared/domain/ids.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import { activation, banReason, postStates, smesherIds, syncFromV1, syncFromV2 } from './answers.ts'
import type { EpochRange } from './ask.ts'
import { EventFilter } from './event-filter.ts'
import { nodeApiFault, type Listener } from './faults.ts'

/** One answer on the wire. `rpc` is `package.Service/Method`, with or without a slash before it. */
export interface RecordedAnswer {
  readonly at: UnixMs
  readonly rpc: string
  readonly bytes: Uint8Array
}
/** The end of a call with an error, as gRPC tells it. */
export interface RecordedFailure {
  readonly at: UnixMs
  readonly rpc: string
  readonly code: number
  readonly message: string
}

/** Methods whose answers mean something to us → the listener that gives them; v2 in either package. */
const LISTENERS: Readonly<Record<string, Listener>> = {
  'v1.NodeService/Version': 'public',
  'v1.NodeService/Status': 'public',
  'v2.NodeService/Status': 'public',
  'v2.ActivationService/List': 'public',
  'v1.SmesherService/SmesherIDs': 'private',
  'v1.AdminService/EventsStream': 'private',
  'v2.MalfeasanceStreamService/Stream': 'private',
  'v1.PostInfoService/PostStates': 'post',
}

/** `Unimplemented` is none: a recording does not say which address was asked. */
const LOSSES: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED])

const keyOf = (rpc: string): string => rpc.replace(/^\/?spacemesh\./, '').replace(/^v2(alpha1|beta1)\./, 'v2.')

/** What a recorded conversation with a node shows, message by message, in the words that the live watch uses. */
export class AnswerReader {
  readonly #asked: () => { readonly identities: readonly IdentityId[]; readonly epochs: EpochRange }
  readonly #events = new EventFilter()
  readonly #reach = new Map<Listener, string>()

  /** `asked`: whose ATXs the recorded lists answer for, and in which publish epochs. */
  constructor(asked: () => { readonly identities: readonly IdentityId[]; readonly epochs: EpochRange }) {
    this.#asked = asked
  }

  /** @throws when the bytes are not a message of that method. */
  answer({ at, rpc, bytes }: RecordedAnswer): Observation[] {
    const key = keyOf(rpc)
    const listener = LISTENERS[key]
    if (listener === undefined) return []
    const isNews = this.#reach.get(listener) !== 'up'
    this.#reach.set(listener, 'up')
    const up: Observation[] = isNews ? [{ at, kind: 'node-api', listener, reach: 'up' }] : []
    return [...up, ...this.#read(key, bytes, at)]
  }

  failed({ at, rpc, code, message }: RecordedFailure): Observation[] {
    const listener = LISTENERS[keyOf(rpc)]
    if (listener === undefined || !LOSSES.has(code)) return []
    const path = `/${rpc.replace(/^\//, '')}`
    // Go words its refusals otherwise than Node does.
    const said = message.includes('connection refused')
      ? `ECONNREFUSED ${message}`
      : message.includes('EOF')
        ? `ECONNRESET ${message}`
        : message
    const { fault } = nodeApiFault({ listener, address: 'its address', path, deadlineMs: 5_000, code, said })
    if (this.#reach.get(listener) === fault.detail) return []
    this.#reach.set(listener, fault.detail)
    return [{ at, kind: 'node-api', listener, reach: 'down', why: fault.detail }]
  }

  #read(key: string, bytes: Uint8Array, at: UnixMs): Observation[] {
    switch (key) {
      case 'v1.NodeService/Version':
        return [{ at, kind: 'node-version', version: fromBinary(VersionResponseSchema, bytes).versionString?.value ?? '' }]
      case 'v1.NodeService/Status': {
        const { status: told } = fromBinary(StatusResponseSchema, bytes)
        return told === undefined ? [] : [{ at, kind: 'node-sync', sync: syncFromV1(told) }]
      }
      case 'v2.NodeService/Status': {
        const sync = syncFromV2(fromBinary(NodeStatusResponseSchema, bytes))
        return sync === undefined ? [] : [{ at, kind: 'node-sync', sync }]
      }
      case 'v1.PostInfoService/PostStates':
        return [{ at, kind: 'post-states', states: postStates(fromBinary(PostStatesResponseSchema, bytes)) }]
      case 'v1.SmesherService/SmesherIDs':
        return [{ at, kind: 'smesher-ids', ids: smesherIds(fromBinary(SmesherIDsResponseSchema, bytes)) }]
      case 'v1.AdminService/EventsStream': {
        const event = this.#events.take(fromBinary(EventSchema, bytes))
        return event === undefined ? [] : [{ at, kind: 'node-event', event }]
      }
      case 'v2.MalfeasanceStreamService/Stream': {
        const proof = fromBinary(MalfeasanceProofSchema, bytes)
        const identity = identityIdFromBytes(proof.smesher)
        return identity === undefined ? [] : [{ at, kind: 'malfeasance', identity, isBanned: true, reason: banReason(proof) }]
      }
      default:
        return [this.#activations(bytes, at)]
    }
  }

  #activations(bytes: Uint8Array, at: UnixMs): Observation {
    const { identities, epochs } = this.#asked()
    const list = fromBinary(ActivationListSchema, bytes).activations.flatMap((raw) => {
      const entry = activation(raw)
      const isAsked = entry !== undefined && identities.includes(entry.identity)
      return isAsked && entry.publishEpoch >= epochs.from && entry.publishEpoch <= epochs.to ? [entry] : []
    })
    return { at, kind: 'activations', identities, fromEpoch: epochs.from, toEpoch: epochs.to, list }
  }
}
