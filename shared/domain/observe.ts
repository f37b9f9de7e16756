import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import { foldActivations } from './observe-activations.ts'
import { foldNodeEvent } from './observe-events.ts'
import { foldNodeLog } from './observe-node-log.ts'
import { withEarlierProofs } from './observe-experience.ts'
import { foldOperator, foldServiceProcess } from './observe-run.ts'
import { foldServiceLog } from './observe-service-log.ts'
import type { Observation, PostStateEntry, VolumeState } from './observation.ts'
import type { ProcessState } from './process.ts'
import { seen, withAll, withIdentity, withNode, withPostState } from './believe.ts'
import { rememberTrouble } from './trouble.ts'
import { shiftIdentity } from './shift-times.ts'
import { emptyIdentity, type IdentityBelief, type NodeBelief, type World } from './world.ts'

/** What the node said of the moment goes with its process; what it did (proofs, registrations, ATXs, bans) stays. */
const forgetMoment = (belief: IdentityBelief): IdentityBelief => {
  if (belief.postState === undefined && belief.isListed === undefined) return belief
  const { postState, postStateSince: _since, isListed: _listed, ...rest } = belief
  return { ...rest, ...(postState === undefined ? {} : { formerPostState: postState }) }
}

function foldNodeProcess(world: World, at: UnixMs, state: ProcessState): World {
  const before = world.node.process?.value
  const node: NodeBelief = { ...world.node, process: seen(world, at, 'supervisor', state) }
  const isNewStart = state.at === 'starting' && (before?.at !== 'starting' || before.since !== state.since)
  const isGone = state.at === 'stopped' || state.at === 'exited' || state.at === 'failed' || state.at === 'backoff'
  if (!isNewStart && !isGone) return withNode(world, node)
  const { sync: _sync, smesherIds: _ids, postStatesAt: _states, startStep: _step, poetSlow: _slow, stoppingAt: _stop, ...kept } = node
  const { ended: _ended, noCoinbaseAt: _coinbase, ...fresh } = kept
  const carried = isNewStart ? fresh : kept
  return withAll(withNode(world, { ...carried, api: {} }), forgetMoment)
}

/** A whole answer of `PostStates`: who is not in it is not known to the node. */
function foldPostStates(world: World, at: UnixMs, states: readonly PostStateEntry[]): World {
  const byId = new Map(states.map((entry) => [entry.identity, entry]))
  const identities = new Map(world.identities)
  for (const id of byId.keys()) if (!identities.has(id)) identities.set(id, emptyIdentity(id))
  for (const [id, belief] of identities) {
    const entry = byId.get(id)
    const listed = { isListed: seen(world, at, 'post-states', entry !== undefined) }
    if (entry === undefined) {
      const { postState, postStateSince: _since, ...rest } = belief
      identities.set(id, { ...rest, ...listed, ...(postState === undefined ? {} : { formerPostState: postState }) })
      continue
    }
    const value = typeof entry.state === 'string' ? entry.state : 'unknown'
    identities.set(id, {
      ...withPostState(belief, seen(world, at, 'post-states', value)),
      ...listed,
      keyName: entry.name,
    })
  }
  const node = { ...world.node, postStatesAt: seen(world, at, 'post-states', true as const), heardAt: at }
  return { ...world, node, identities }
}

function foldReach(world: World, observation: Extract<Observation, { kind: 'node-api' }>): World {
  const { at, listener, reach, why } = observation
  const value = seen(world, at, 'node-status', { reach, ...(why === undefined ? {} : { why }) })
  const isBack = listener === 'post' && reach === 'up' && world.node.api.post?.value.reach !== 'up'
  const back = isBack ? { postUpSteady: value.steady } : {}
  const node = { ...world.node, ...back, api: { ...world.node.api, [listener]: value }, ...(reach === 'up' ? { heardAt: at } : {}) }
  return withNode(world, node)
}

function foldJump(world: World, at: UnixMs, byMs: number): World {
  const { heardAt } = world.node
  const node = byMs < 0 && heardAt !== undefined ? { ...world.node, heardAt: heardAt + byMs } : world.node
  const next: World = { ...world, driftMs: world.driftMs + byMs, lastJump: { at, byMs }, node }
  return withAll(next, (before) => {
    const belief = byMs < 0 ? shiftIdentity(before, byMs) : before
    if (belief.run?.sampledAt === undefined) return belief
    const { sampledAt: _gone, ...run } = belief.run
    return { ...belief, run }
  })
}

/** A ban is for ever: a later clean answer of a call that cannot see it changes nothing. */
function foldBan(world: World, observation: Extract<Observation, { kind: 'malfeasance' }>): World {
  const { at, identity, isBanned, reason } = observation
  const ban = seen(world, at, 'malfeasance', { isBanned, ...(reason === undefined ? {} : { reason }) })
  return withIdentity(world, identity, (belief) => (belief.ban?.value.isBanned === true && !isBanned ? belief : { ...belief, ban }))
}

/** What could not be read while the drive was gone says nothing of the data on it. */
function foldVolume(world: World, belief: IdentityBelief, at: UnixMs, volume: VolumeState): IdentityBelief {
  const isBack = volume.is === 'mounted' && belief.volume !== undefined && belief.volume.value.is !== 'mounted'
  const { dataTrouble: _trouble, ...rest } = belief
  return { ...(isBack ? { ...rest, driveBackAt: at } : belief), volume: seen(world, at, 'volume', volume) }
}

function foldKey(world: World, observation: Extract<Observation, { kind: 'key-file' }>): World {
  const { at, identity, is, text, until } = observation
  const more = { ...(text === undefined ? {} : { text }), ...(until === undefined ? {} : { until }) }
  const key = seen(world, at, 'key-folder', { is, ...more })
  return withIdentity(world, identity, (belief) => ({ ...belief, key }))
}

/**
 * Folds one observation into the world. Pure: the same sequence always gives the same world. Times inside log lines and
 * events order things; the observation's own `at` says how fresh it is.
 */
export function observe(before: World, observation: Observation): World {
  const world = before.firstAt === undefined ? { ...before, firstAt: observation.at } : before
  return rememberTrouble(world, fold(world, observation), observation)
}

function fold(world: World, observation: Observation): World {
  const { at } = observation
  switch (observation.kind) {
    case 'node-process':
      return foldNodeProcess(world, at, observation.state)
    case 'node-api':
      return foldReach(world, observation)
    case 'node-version':
      return withNode(world, { ...world.node, version: seen(world, at, 'node-status', observation.version), heardAt: at })
    case 'node-sync':
      return withNode(world, { ...world.node, sync: seen(world, at, 'node-status', observation.sync), heardAt: at })
    case 'smesher-ids':
      return withNode(world, { ...world.node, smesherIds: seen(world, at, 'smesher-ids', observation.ids), heardAt: at })
    case 'post-states':
      return foldPostStates(world, at, observation.states)
    case 'node-event':
      return foldNodeEvent(world, at, observation.event)
    case 'node-log':
      return foldNodeLog(world, at, observation.fact)
    case 'activations':
      return foldActivations(world, observation)
    case 'malfeasance':
      return foldBan(world, observation)
    case 'service-process':
      return withIdentity(world, observation.identity, (belief) => foldServiceProcess(world, belief, at, observation.state))
    case 'operator':
      return withIdentity(world, observation.identity, (belief) => foldOperator(world, belief, at, observation.answer))
    case 'service-log':
      return withIdentity(world, observation.identity, (belief) => foldServiceLog(world, belief, at, observation.fact))
    case 'service-cpu':
      return withIdentity(world, observation.identity, (belief) => ({
        ...belief,
        cpu: seen(world, at, 'supervisor', observation.busyPercent),
      }))
    case 'pos-folder':
      return withIdentity(world, observation.identity, (belief) => ({
        ...belief,
        folder: seen(world, at, 'pos-folder', observation.folder),
      }))
    case 'volume':
      return withIdentity(world, observation.identity, (belief) => foldVolume(world, belief, at, observation.volume))
    case 'key-file':
      return foldKey(world, observation)
    case 'key-conflicts':
      return { ...world, keyConflicts: seen(world, at, 'key-guard', observation.conflicts) }
    case 'earlier-proofs':
      return withIdentity(world, observation.identity, (belief) => withEarlierProofs(belief, observation.samples))
    case 'readiness':
      return { ...world, readiness: observation.summary }
    case 'backup': {
      const since = world.backup?.value.is === observation.summary.is ? world.backup.since : at
      return { ...world, backup: { ...seen(world, at, 'vault', observation.summary), since } }
    }
    case 'own-disk': {
      const { what, freeBytes, totalBytes } = observation
      return { ...world, ownDisks: { ...world.ownDisks, [what]: seen(world, at, 'volume', { freeBytes, totalBytes }) } }
    }
    case 'setup-trouble': {
      const { setupTrouble: before, ...rest } = world
      if (observation.text === undefined) return rest
      return { ...rest, setupTrouble: { text: observation.text, at: before?.at ?? at } }
    }
    case 'clock-jump':
      return foldJump(world, at, observation.byMs)
    default:
      return assertNever(observation)
  }
}
