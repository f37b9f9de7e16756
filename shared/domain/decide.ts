import type { Ribbon } from '../ipc/snapshot.ts'
import { resolveNetwork, type Network } from '../setup/network.ts'
import type { Setup, SetupNetwork } from '../setup/schema.ts'
import { alarmsOf, type Judged } from './alarms.ts'
import { evidenceOf } from './evidence.ts'
import { isFresh, limitsFor } from './freshness.ts'
import { headlineOf } from './headline.ts'
import { parseIdentityId, type IdentityId, type UnixMs } from './ids.ts'
import type { MachineLimits } from './lane-problem.ts'
import { queueOf } from './lanes.ts'
import { epochAt } from './network.ts'
import { nodeVerdict, type NodeVerdict } from './node-verdict.ts'
import { actionsOf, type Action } from './policy.ts'
import { ribbonOf } from './ribbon.ts'
import { statusOf } from './status-join.ts'
import type { Alarm, EvidenceLine, IdentityStatus } from './status.ts'
import { viewOf, type Scene, type View } from './view.ts'
import type { World } from './world.ts'

export type { Action } from './policy.ts'
export type { NodeVerdict } from './node-verdict.ts'

export interface IdentityDecision {
  readonly id: IdentityId
  readonly status: IdentityStatus
  readonly evidence: readonly EvidenceLine[]
}

/** What is so, what is to be done about it, and what the user should know. */
export interface Decision {
  readonly node: NodeVerdict
  readonly identities: readonly IdentityDecision[]
  readonly actions: readonly Action[]
  readonly alarms: readonly Alarm[]
  /** The answer in one sentence. */
  readonly headline: string
  readonly ribbon?: Ribbon
}

export interface DecideOptions {
  /** Identity → physical disk; without it the volume's device is taken. */
  readonly lanes?: ReadonlyMap<string, string>
  /** What this computer can do at once; without it only disks limit. */
  readonly limits?: MachineLimits
}

const networks = new WeakMap<SetupNetwork, Network>()
function networkOf(setup: Setup): Network {
  const known = networks.get(setup.network)
  if (known !== undefined) return known
  const made = resolveNetwork(setup.network)
  networks.set(setup.network, made)
  return made
}

/** All identities of the set-up, in its order, then those that only services or the node name. */
function idsOf(setup: Setup, scene: Scene): readonly IdentityId[] {
  const ids = new Set<IdentityId>()
  const add = (text: string): void => {
    const id = parseIdentityId(text)
    if (id !== undefined) ids.add(id)
  }
  for (const identity of setup.identities) add(identity.id)
  for (const service of setup.services) add(service.identity)
  const { world, now, limits } = scene
  for (const [id, belief] of world.identities) {
    if (belief.isListed?.value === true && isFresh(world, now, belief.isListed, limits.keyFile)) ids.add(id)
  }
  return [...ids]
}

/**
 * Judges the world: pure, total, the same answer for the same three inputs. Nothing is fine without fresh evidence for it.
 *
 * @param now  Unix ms on the wall clock; must not lie before the newest observation
 * @source design.md §4
 */
export function decide(setup: Setup, world: World, now: UnixMs, options: DecideOptions = {}): Decision {
  const net = networkOf(setup)
  const scene: Scene = {
    setup,
    world,
    now,
    net,
    limits: limitsFor(net),
    epoch: epochAt(net, now),
    lanes: options.lanes ?? new Map(),
    queue: new Map(),
  }
  const identityById = new Map(setup.identities.map((identity) => [identity.id, identity]))
  const serviceById = new Map(setup.services.map((service) => [service.identity, service]))
  const first = idsOf(setup, scene).map((id) => viewOf(scene, id, identityById.get(id), serviceById.get(id)))
  const queue = queueOf(first, options.limits)
  const views: readonly View[] = queue.size === 0 ? first : first.map((view) => ({ ...view, queue }))
  const judged: readonly Judged[] = views.map((view) => ({ view, status: statusOf(view) }))
  const node = nodeVerdict(scene)
  return {
    node,
    identities: judged.map(({ view, status }) => ({ id: view.id, status, evidence: evidenceOf(view) })),
    actions: actionsOf(scene, judged),
    alarms: alarmsOf(scene, node, judged),
    headline: headlineOf(node, judged),
    ribbon: ribbonOf(scene, judged),
  }
}
