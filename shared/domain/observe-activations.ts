import type { Observation } from './observation.ts'
import { emptyIdentity, type Confirmed, type IdentityBelief, type World } from './world.ts'
import { seen } from './believe.ts'

/** Epochs further back than this many are forgotten. */
const KEPT_EPOCHS = 6

/** Folds a whole answer of `Activation.List`: what it has is confirmed, what it lacks was not there at that moment. */
export function foldActivations(world: World, observation: Extract<Observation, { kind: 'activations' }>): World {
  const { at, fromEpoch, toEpoch, list } = observation
  const identities = new Map(world.identities)
  for (const id of observation.identities) {
    const before = identities.get(id) ?? emptyIdentity(id)
    const own = list.filter((entry) => entry.identity === id)
    const atxs = new Map<number, Confirmed>(before.atxs)
    for (const entry of own) {
      if (atxs.get(entry.publishEpoch)?.atxId !== entry.atxId) atxs.set(entry.publishEpoch, { atxId: entry.atxId, at })
    }
    const absent = new Map(before.absent)
    const first = Math.max(fromEpoch, toEpoch - KEPT_EPOCHS)
    for (let epoch = first; epoch <= toEpoch; epoch += 1) {
      if (own.some((entry) => entry.publishEpoch === epoch)) absent.delete(epoch)
      else absent.set(epoch, at)
    }
    for (const epoch of atxs.keys()) if (epoch < toEpoch - KEPT_EPOCHS) atxs.delete(epoch)
    for (const epoch of absent.keys()) if (epoch < toEpoch - KEPT_EPOCHS || atxs.has(epoch)) absent.delete(epoch)
    const next: IdentityBelief = { ...before, atxs, absent, listedAt: seen(world, at, 'activation-list', true as const) }
    identities.set(id, next)
  }
  return { ...world, identities, node: { ...world.node, heardAt: at } }
}
