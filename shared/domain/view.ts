import type { Network } from '../setup/network.ts'
import type { Setup, SetupIdentity, SetupService } from '../setup/schema.ts'
import { isFresh, type Limit } from './freshness.ts'
import { epochAt } from './network.ts'
import { shortId, type Epoch, type IdentityId, type UnixMs } from './ids.ts'
import type { OperatorAnswer } from './observation.ts'
import { ZERO_CHALLENGE } from './observe-events.ts'
import type { Finish } from './status.ts'
import { deadlinesOf, initialDeadlines, type Deadlines } from './timing.ts'
import { emptyIdentity, type IdentityBelief, type World } from './world.ts'

/** What is the same for all identities of one decision. */
export interface Scene {
  readonly setup: Setup
  readonly world: World
  readonly now: UnixMs
  readonly net: Network
  readonly limits: Readonly<Record<Limit, number>>
  readonly epoch: Epoch
  /** Identity → lane (physical disk). */
  readonly lanes: ReadonlyMap<string, string>
  /** Identity → place in its lane and expected start, of those that wait for their turn. */
  readonly queue: ReadonlyMap<string, QueuePlace>
}
export interface QueuePlace {
  /** On its lane, 1 first; who holds the lane is counted. */
  readonly place: number
  /** It is to begin now. */
  readonly isNow: boolean
  /** Its disk is free; it waits for memory or processor. */
  readonly isHeldBack: boolean
  readonly expectedStart?: UnixMs
}

/** Everything that the rules look at for one identity, with what is too old already taken out. */
export interface View extends Scene {
  readonly id: IdentityId
  readonly name: string
  readonly belief: IdentityBelief
  readonly identity?: SetupIdentity
  readonly service?: SetupService
  /** Fresh answer of the node, else `undefined`. */
  readonly post?: 'idle' | 'proving' | 'unknown'
  /** Fresh answer of the service, else `undefined`. */
  readonly operator?: OperatorAnswer
  /** Whether the process lives, as the supervisor says. */
  readonly alive: 'yes' | 'starting' | 'no' | 'unknown'
  /** Down because the schedule wants it so. */
  readonly isParked: boolean
  readonly isInitial: boolean
  /** Deadlines of the proof that the node asks for or will ask for next. */
  readonly due: Deadlines
  readonly totalBytes?: number
}

/** Why the node's word on the moment cannot be relied on. */
export function isNodeHeard({ world, now, limits }: Scene): boolean {
  const { postStatesAt, api } = world.node
  if (!isFresh(world, now, postStatesAt, limits.postStates)) return false
  const post = api.post
  return !(post?.value.reach === 'down' && postStatesAt !== undefined && post.steady >= postStatesAt.steady)
}

function freshPost(scene: Scene, belief: IdentityBelief): View['post'] {
  const { world, now, limits } = scene
  const state = belief.postState
  if (!isFresh(world, now, state, limits.postStates)) return undefined
  const down = world.node.api.post
  if (down?.value.reach === 'down' && state !== undefined && down.steady >= state.steady) return undefined
  return state?.value
}

function aliveOf(belief: IdentityBelief): View['alive'] {
  const state = belief.process?.value
  if (state === undefined) return 'unknown'
  if (state.at === 'ready' || state.at === 'stopping') return 'yes'
  return state.at === 'starting' ? 'starting' : 'no'
}

/** The publish epoch of the proof that the node asks for now; a proof is always begun within its own epoch. */
function provingEpoch(scene: Scene, belief: IdentityBelief): Epoch {
  const { net, epoch } = scene
  if (belief.postState?.value !== 'proving') return epoch
  const since = belief.postStateSince
  return since === undefined ? epoch : epochAt(net, since)
}

function isInitialProof(belief: IdentityBelief): boolean {
  if (belief.complete !== undefined || belief.atxs.size > 0) return false
  const challenge = belief.run?.challenge ?? belief.asked?.challenge
  if (challenge !== undefined) return challenge === ZERO_CHALLENGE
  // No service was reached yet: an identity that a whole answer knows without any ATX and that never registered is new.
  return belief.postState?.value === 'proving' && belief.absent.size > 0 && belief.registrations.length === 0
}

/** @returns the view of `id`, whether the set-up knows it or only the node does */
export function viewOf(scene: Scene, id: IdentityId, identity: SetupIdentity | undefined, service: SetupService | undefined): View {
  const { world, now, limits, net, epoch } = scene
  const belief = world.identities.get(id) ?? emptyIdentity(id)
  const post = freshPost(scene, belief)
  const operator = isFresh(world, now, belief.operator, limits.operator) ? belief.operator?.value : undefined
  const isInitial = isInitialProof(belief)
  const state = belief.process?.value
  const isParked =
    service !== undefined &&
    service.owner === 'smeshkeeper' &&
    service.policy === 'when-due' &&
    service.wanted === 'up' &&
    (state === undefined || state.at === 'stopped' || (state.at === 'exited' && belief.startError === undefined))
  const folder = belief.folder?.value
  const units = folder?.is === 'present' ? folder.numUnits : belief.numUnits
  const perUnit = folder?.is === 'present' ? folder.labelsPerUnit : net.post.labelsPerUnit
  return {
    ...scene,
    id,
    name: identity?.nickname ?? shortId(id),
    belief,
    ...(identity === undefined ? {} : { identity }),
    ...(service === undefined ? {} : { service }),
    ...(post === undefined ? {} : { post }),
    ...(operator === undefined ? {} : { operator }),
    alive: aliveOf(belief),
    isParked,
    isInitial,
    due: isInitial ? initialDeadlines(net, now, epoch) : deadlinesOf(net, provingEpoch(scene, belief)),
    ...(units === undefined ? {} : { totalBytes: units * perUnit * 16 }),
  }
}

/** A finish that a rule found, for its status. */
export interface Forecast {
  readonly finish?: Finish
  readonly slackMs?: number
}
