import type { IdentityId, UnixMs } from './ids.ts'
import type { Source } from './observation.ts'
import { emptyIdentity, type IdentityBelief, type NodeBelief, type Seen, type World } from './world.ts'

/** Stamps a value with its source and time. */
export const seen = <T>(world: World, at: UnixMs, source: Source, value: T): Seen<T> => ({
  value,
  source,
  at,
  steady: at - world.driftMs,
})

export const withNode = (world: World, node: NodeBelief): World => (node === world.node ? world : { ...world, node })

/** Changes what is believed of one identity; an unchanged belief leaves the world as it is. */
export function withIdentity(world: World, id: IdentityId, change: (belief: IdentityBelief) => IdentityBelief): World {
  const before = world.identities.get(id) ?? emptyIdentity(id)
  const after = change(before)
  if (after === before && world.identities.has(id)) return world
  const identities = new Map(world.identities)
  identities.set(id, after)
  return { ...world, identities }
}

export function withAll(world: World, change: (belief: IdentityBelief) => IdentityBelief): World {
  let isChanged = false
  const identities = new Map(world.identities)
  for (const [id, belief] of world.identities) {
    const after = change(belief)
    if (after === belief) continue
    isChanged = true
    identities.set(id, after)
  }
  return isChanged ? { ...world, identities } : world
}

/** Newer than what is believed wins; `postStateSince` moves only when the value does. */
export function withPostState(belief: IdentityBelief, state: Seen<'idle' | 'proving' | 'unknown'>): IdentityBelief {
  const before = belief.postState
  if (before !== undefined && before.steady > state.steady) return belief
  const isSame = before?.value === state.value && belief.postStateSince !== undefined
  const lastAsking =
    before?.value === 'proving' && !isSame ? { lastAsking: { from: belief.postStateSince ?? before.at, to: state.at } } : {}
  const since = isSame
    ? { postStateSince: belief.postStateSince ?? state.at, postStateSteady: belief.postStateSteady ?? state.steady }
    : { postStateSince: state.at, postStateSteady: state.steady }
  return { ...belief, ...lastAsking, postState: state, ...since }
}

/** The identity whose id begins with `prefix`; `undefined` when none or several do. */
export function byPrefix(world: World, prefix: string | undefined): IdentityId | undefined {
  if (prefix === undefined || prefix.length < 4) return undefined
  const wanted = prefix.toLowerCase()
  let found: IdentityId | undefined
  for (const id of world.identities.keys()) {
    if (!id.startsWith(wanted)) continue
    if (found !== undefined) return undefined
    found = id
  }
  return found
}
