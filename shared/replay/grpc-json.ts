import { asEpoch, asLayer, identityIdFromBase64, type IdentityId, type UnixMs } from '../domain/ids.ts'
import type { ActivationEntry, Observation, PostStateEntry } from '../domain/observation.ts'
import { eventOf } from './events-json.ts'
import { jsonLines, list, number, record, text, time, type Json } from './json-lines.ts'
import type { Hints, Reading } from './types.ts'

const ids = (values: unknown): readonly IdentityId[] => list(values).flatMap((value) => identityIdFromBase64(text(value) ?? '') ?? [])

type Listener = Extract<Observation, { kind: 'node-api' }>['listener']
function listenerOf(service: string): Listener {
  if (service.includes('PostInfoService')) return 'post'
  return /AdminService|SmesherService|DebugService|StreamService/.test(service) ? 'private' : 'public'
}

function postStates(at: UnixMs, json: Json): Observation {
  const states = list(json['states']).flatMap((value): PostStateEntry[] => {
    const entry = record(value)
    const identity = identityIdFromBase64(text(entry?.['id']) ?? '')
    if (entry === undefined || identity === undefined) return []
    const said = text(entry['state'])
    const state = said === 'IDLE' ? 'idle' : said === 'PROVING' ? 'proving' : { unknown: number(entry['state']) ?? 0 }
    return [{ identity, state, name: text(entry['name']) ?? '' }]
  })
  return { at, kind: 'post-states', states }
}

function syncOfStatus(at: UnixMs, json: Json): Observation {
  const layer = (name: string): ReturnType<typeof asLayer> => asLayer(number(json[name]) ?? 0)
  return {
    at,
    kind: 'node-sync',
    sync: {
      isSynced: json['status'] === 'SYNC_STATUS_SYNCED',
      connectedPeers: number(json['connected_peers']) ?? 0,
      currentLayer: layer('current_layer'),
      latestLayer: layer('latest_layer'),
      appliedLayer: layer('applied_layer'),
    },
  }
}

/** The identities that the recording knows must be given: an empty answer says that none of them has an ATX. */
function activations(at: UnixMs, json: Json, known: ReadonlySet<IdentityId>): Observation {
  const all = list(json['activations']).flatMap((value): ActivationEntry[] => {
    const entry = record(value)
    const identity = identityIdFromBase64(text(entry?.['smesher_id']) ?? '')
    const atxId = identityIdFromBase64(text(entry?.['id']) ?? '')
    if (entry === undefined || identity === undefined || atxId === undefined) return []
    return [{ identity, atxId, publishEpoch: asEpoch(number(entry['publish_epoch']) ?? 0), numUnits: number(entry['num_units']) ?? 0 }]
  })
  const mine = all.filter((entry) => known.has(entry.identity))
  return { at, kind: 'activations', identities: [...known], fromEpoch: asEpoch(0), toEpoch: asEpoch(10_000), list: mine }
}

function bans(at: UnixMs, json: Json): readonly Observation[] {
  const proofs: readonly Json[] = [json, ...list(json['malfeasances']).flatMap((value): readonly Json[] => [record(value) ?? {}])]
  return proofs.flatMap((proof): Observation[] => {
    const identity = identityIdFromBase64(text(proof['smesher']) ?? '')
    if (identity === undefined) return []
    const properties = record(proof['properties'])
    return [{ at, kind: 'malfeasance', identity, isBanned: true, reason: text(properties?.['type']) ?? 'malfeasance' }]
  })
}

function answerOf(at: UnixMs, rpc: string, json: Json, known: Set<IdentityId>): readonly Observation[] {
  const method = rpc.slice(rpc.indexOf('.') + 1)
  switch (true) {
    case method.endsWith('PostInfoService/PostStates'): {
      const states = postStates(at, json)
      if (states.kind === 'post-states') for (const entry of states.states) known.add(entry.identity)
      return [states]
    }
    case method.endsWith('SmesherService/SmesherIDs'): {
      const own = ids(json['public_keys'])
      for (const id of own) known.add(id)
      return [{ at, kind: 'smesher-ids', ids: own }]
    }
    case method.endsWith('AdminService/EventsStream'): {
      const event = eventOf(json)
      return event === undefined ? [] : [{ at, kind: 'node-event', event }]
    }
    case rpc.endsWith('v1.NodeService/Version'): {
      const version = text(record(json['version_string'])?.['value'])
      return version === undefined ? [] : [{ at, kind: 'node-version', version }]
    }
    case /v2\w+\.NodeService\/Status$/.test(rpc):
      return [syncOfStatus(at, json)]
    case /v2\w+\.ActivationService\/List$/.test(rpc):
      return known.size === 0 ? [] : [activations(at, json, known)]
    case /MalfeasanceService\/List$|MalfeasanceStreamService\/Stream$/.test(rpc):
      return bans(at, json).filter((ban) => ban.kind === 'malfeasance' && known.has(ban.identity))
    default:
      return []
  }
}

function hintsOf(rpc: string, json: Json, hints: Hints): Hints {
  if (rpc.endsWith('SmesherService/PostConfig')) {
    const [k1, k2, labelsPerUnit] = [number(json['k1']), number(json['k2']), number(json['labels_per_unit'])]
    const [minNumUnits, maxNumUnits] = [number(json['min_num_units']), number(json['max_num_units'])]
    return k1 === undefined || k2 === undefined || labelsPerUnit === undefined
      ? hints
      : {
          ...hints,
          k1,
          k2,
          labelsPerUnit,
          ...(minNumUnits === undefined ? {} : { minNumUnits }),
          ...(maxNumUnits === undefined ? {} : { maxNumUnits }),
        }
  }
  if (!rpc.endsWith('PostInfoService/PostStates')) return hints
  const names = new Map(hints.names)
  for (const value of list(json['states'])) {
    const entry = record(value)
    const id = identityIdFromBase64(text(entry?.['id']) ?? '')
    const name = text(entry?.['name'])
    if (id !== undefined && name !== undefined) names.set(id, name.replace(/\.key$/, ''))
  }
  return { ...hints, names }
}

/** The names of an `Unimplemented` answer say that the wrong listener was asked on purpose: no sign of the node's health. */
const isDown = (line: Json): boolean => line['status'] === 'Unavailable'

/** Whether a text is a recording of gRPC messages. */
export const isGrpc = (first: Json, second: Json | undefined): boolean =>
  text(first['t0_utc']) !== undefined && text(second?.['rpc']) !== undefined

/** @source recordings' README, Formats: gRPC. `known` are the node's own identities, as far as other files told. */
export function readGrpc(content: string, known: Set<IdentityId>): Reading {
  const [first, ...lines] = jsonLines(content)
  const t0 = time(first?.['t0_utc'])
  const observations: Observation[] = []
  let hints: Hints = {}
  if (t0 === undefined) return { observations, hints }
  for (const line of lines) {
    const rpc = text(line['rpc'])
    const ms = number(line['t_ms'])
    if (rpc === undefined || ms === undefined || line['dir'] === 'out') continue
    const at = t0 + ms
    const listener = listenerOf(rpc)
    if (text(line['status']) !== undefined) {
      if (isDown(line)) observations.push({ at, kind: 'node-api', listener, reach: 'down', why: text(line['message']) ?? '' })
      continue
    }
    const json = record(line['json'])
    if (json === undefined || line['dir'] !== 'in') continue
    hints = hintsOf(rpc, json, hints)
    observations.push(...answerOf(at, rpc, json, known))
  }
  return { observations, hints }
}
