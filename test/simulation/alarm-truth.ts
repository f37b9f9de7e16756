import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Alarm } from '../../shared/domain/status.ts'
import type { Truth } from './truth.ts'
import type { SimWorld } from './world.ts'

/** What was so until this long ago may still be told. */
const LAG_MS = 5_000
const CALM_MS = 17_000
const VOLUME_LAG_MS = 26_000

/** @returns why what the alarm says is not so; `undefined` when it is true (or only the end of the epoch can tell) */
export function falseAlarmOf(alarm: Alarm, world: SimWorld, truth: Truth): string | undefined {
  return alarm.identity === undefined ? ofNode(alarm, world) : ofIdentity(alarm, alarm.identity as IdentityId, world, truth)
}

function ofNode(alarm: Alarm, world: SimWorld): string | undefined {
  const { node, last, now, clockOffBy } = world
  const isWell = node.state === 'up' && !node.isApiLost && now - node.upAt > LAG_MS && now - Math.max(last.api, last.node) > 20_000
  switch (alarm.code) {
    case 'node-down':
    case 'node-start-failed':
    case 'api-lost':
      return isWell && clockOffBy === 0 ? 'the node runs and answers' : undefined
    case 'node-out-of-sync':
      return node.isSynced && now - last.sync > LAG_MS ? 'the node is in sync' : undefined
    case 'clock-off':
      return now - last.clock > 600_000 * 2 ? 'the clock is right' : undefined
    case 'poet-trouble':
      return world.poets.every((poet) => poet.isUp) && now - last.poets > world.scenario.net.poet.cycleGapMs * 4
        ? 'all PoETs answer'
        : undefined
    case 'twin-suspected':
      return world.twins.size === 0 ? 'there is no second node' : undefined
    case 'banned':
      return node.banned.size === 0 ? 'nobody is banned' : undefined
    default:
      return undefined
  }
}

function ofIdentity(alarm: Alarm, id: IdentityId, world: SimWorld, truth: Truth): string | undefined {
  const { now, node } = world
  const service = world.services.get(id)
  if (service === undefined) return 'no such identity'
  const { disk } = service.traits
  const wasDiskTrouble = disk.state !== 'there' || now - disk.since < VOLUME_LAG_MS
  // Of a service of someone else nobody tells us the start: it is asked every 15 s.
  const lagMs = world.plans.get(id)?.owner === 'smeshkeeper' ? LAG_MS : CALM_MS
  const wasDown = !service.isAlive || now - service.spawnedAt < lagMs
  switch (alarm.code) {
    case 'service-down':
      return wasDown || service.operatorFault === 'swallowed' ? undefined : 'its service runs'
    case 'service-not-connected':
      return !service.isConnected || service.operatorFault !== undefined || wasDiskTrouble || wasDown || now - world.last.node < 30_000
        ? undefined
        : `its service is connected and is ${service.phase}`
    case 'drive-gone':
      return wasDiskTrouble ? undefined : 'its drive is there'
    case 'proof-failed':
      return service.outcome === 'failed' || service.failedAt !== undefined || service.outdatedAt !== undefined
        ? undefined
        : 'no proof failed'
    case 'proof-invalid':
      return service.rejectedAt !== undefined || service.isDataBad || node.findsInvalid.has(id) || hasRejection(service.log)
        ? undefined
        : 'no proof was invalid'
    case 'duplicate-service':
      return world.duplicates.has(id) || service.log.some((fact) => fact.fact === 'disconnected') ? undefined : 'there is one service only'
    case 'twin-suspected':
      return world.twins.has(id) || [0, 1, 2].some((back) => truth.of(id, truth.epochNow() - back).refusedOwn === true)
        ? undefined
        : 'there is no second node'
    case 'banned':
      return world.banned(id) ? undefined : 'it is not banned'
    case 'outdated-proof':
      return service.challenge !== truth.wanted(id)?.challenge ? undefined : 'it works on what the node asks for'
    case 'missed':
      return undefined // the status itself is judged
    case 'data-incomplete':
      return wasDiskTrouble ? undefined : 'its data is whole'
    default:
      return undefined
  }
}

const hasRejection = (log: readonly { readonly fact: string }[]): boolean => log.some(({ fact }) => fact === 'proof-rejected')
