import { asEpoch, asLayer, identityIdFromBase64, type IdentityId } from '../domain/ids.ts'
import type { NodeEvent } from '../domain/observation.ts'
import { list, number, record, text, time, type Json } from './json-lines.ts'

const idOf = (value: unknown): IdentityId | undefined => identityIdFromBase64(text(value) ?? '')
const epochOf = (value: unknown): ReturnType<typeof asEpoch> => asEpoch(number(value) ?? 0)

interface Head {
  readonly emittedAt: number
  readonly failure: boolean
  readonly help: string
}

function ownEvent(head: Head, kind: string, body: Json, identity: IdentityId): NodeEvent | undefined {
  const poet = text(body['url']) ?? ''
  const roundId = text(body['round_id']) ?? ''
  switch (kind) {
    case 'init_start':
      return { ...head, event: 'init-start', identity }
    case 'init_complete':
      return { ...head, event: 'init-complete', identity }
    case 'init_failed':
      return { ...head, event: 'init-failed', identity, error: text(body['error']) ?? '' }
    case 'post_start':
      return { ...head, event: 'post-start', identity, challenge: idOf(body['challenge']) ?? '' }
    case 'post_complete':
      return { ...head, event: 'post-complete', identity, challenge: idOf(body['challenge']) ?? '' }
    case 'waiting_for_poet_registration_window':
      return {
        ...head,
        event: 'waiting-for-registration',
        identity,
        publishEpoch: epochOf(body['publish']),
        windowOpensAt: time(body['round_end']) ?? head.emittedAt,
      }
    case 'registered_in_poet':
      return { ...head, event: 'registered-in-poet', identity, poet, roundId }
    case 'waiting_for_poet_round_end':
      return {
        ...head,
        event: 'waiting-for-round-end',
        identity,
        publishEpoch: epochOf(body['publish']),
        roundEndsAt: time(body['round_end']) ?? head.emittedAt,
      }
    case 'best_proof_selected':
      return { ...head, event: 'best-proof-selected', identity, poet, roundId }
    case 'atx_published':
      return { ...head, event: 'atx-published', identity, publishEpoch: epochOf(body['current']), atxId: idOf(body['id']) ?? '' }
    case 'eligibilities': {
      const layers = list(body['eligibilities']).flatMap((entry) => {
        const layer = record(entry)
        return layer === undefined ? [] : [{ layer: asLayer(number(layer['layer']) ?? 0), count: number(layer['count']) ?? 0 }]
      })
      return { ...head, event: 'eligibilities', identity, epoch: epochOf(body['epoch']), layers }
    }
    case 'proposal':
      return { ...head, event: 'proposal', identity, layer: asLayer(number(body['layer']) ?? 0) }
    default:
      return undefined
  }
}

/** One recorded message of EventsStream (decoded JSON, proto field names). @source facts/grpc-api.md §7 */
export function eventOf(json: Json): NodeEvent | undefined {
  const emittedAt = time(json['timestamp'])
  if (emittedAt === undefined) return undefined
  const head: Head = { emittedAt, failure: json['failure'] === true, help: text(json['help']) ?? '' }
  const kind = Object.keys(json).find((key) => record(json[key]) !== undefined)
  if (kind === undefined) return { ...head, event: 'unknown', field: 0 }
  const body = record(json[kind]) ?? {}
  if (kind === 'malfeasance') {
    const proof = record(body['proof']) ?? {}
    const smesher = record(proof['smesher_id'])
    return { ...head, event: 'malfeasance', identity: idOf(smesher?.['id'] ?? proof['smesher_id']) }
  }
  if (kind === 'proof_downloaded_from_poet') {
    return { ...head, event: 'poet-proof-downloaded', poet: text(body['url']) ?? '', roundId: text(body['round_id']) ?? '' }
  }
  if (kind === 'beacon') return { ...head, event: 'beacon', epoch: epochOf(body['epoch']) }
  if (kind === 'post_service_started') return { ...head, event: 'post-service-started' }
  if (kind === 'post_service_stopped') return { ...head, event: 'post-service-stopped' }
  const identity = idOf(body['smesher'])
  return (identity === undefined ? undefined : ownEvent(head, kind, body, identity)) ?? { ...head, event: 'unknown', field: 0 }
}
