import { asEpoch, type IdentityId, type UnixMs } from './ids.ts'
import type { LocalRows } from './inventory.ts'
import { epochAt, epochStart, type NetworkTiming } from './network.ts'
import type { ActivationEntry, Observation } from './observation.ts'
import type { KnownAtx, PublicationRecord } from './publication.ts'
import type { IdentityBelief, World } from './world.ts'

/** Publish epochs that a record keeps: nearly eight years of mainnet. */
export const KEPT_EPOCHS = 200

/**
 * An active identity has an ATX of this epoch or the last; of the one before when it missed a round by a late proof. What
 * is older tells of nobody who is active now.
 */
export const RECENT_EPOCHS = 2

export const emptyRecord = (identity: IdentityId): PublicationRecord => ({ identity, atxs: [] })

/** Who is believed more about one ATX. */
const STRENGTH = { here: 2, network: 1, database: 0 } as const

/** Adds what is not yet known, oldest first; of two that name the same ATX the stronger word stays, of equals the earlier. */
export function withAtxs(record: PublicationRecord, more: readonly KnownAtx[]): PublicationRecord {
  const byKey = new Map(record.atxs.map((atx) => [`${atx.publishEpoch}:${atx.atxId}`, atx]))
  let isChanged = false
  for (const atx of more) {
    const key = `${atx.publishEpoch}:${atx.atxId}`
    const known = byKey.get(key)
    const gain = known === undefined ? 1 : STRENGTH[atx.by] - STRENGTH[known.by] || known.seenAt - atx.seenAt
    if (gain <= 0) continue
    byKey.set(key, atx)
    isChanged = true
  }
  if (!isChanged) return record
  const all = [...byKey.values()].sort((a, b) => a.publishEpoch - b.publishEpoch || (a.atxId < b.atxId ? -1 : 1))
  const epochs = [...new Set(all.map((atx) => atx.publishEpoch))]
  const oldest = epochs[epochs.length - KEPT_EPOCHS] ?? Number.NEGATIVE_INFINITY
  return { ...record, atxs: all.filter((atx) => atx.publishEpoch >= oldest) }
}

type Registered = NonNullable<PublicationRecord['registered']>
const isLaterRound = (a: Registered, b: Registered): boolean =>
  a.publishEpoch > b.publishEpoch || (a.publishEpoch === b.publishEpoch && a.at > b.at)

function better<T>(a: T | undefined, b: T | undefined, isBetter: (b: T, a: T) => boolean): T | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isBetter(b, a) ? b : a
}

/** The union of what two records of one identity know: one may come from a backup. */
export function mergeRecords(one: PublicationRecord, other: PublicationRecord): PublicationRecord {
  const registered = better(one.registered, other.registered, isLaterRound)
  const watchedUntil = better(one.watchedUntil, other.watchedUntil, (b, a) => b > a)
  const twin = better(one.twin, other.twin, (b, a) => b.at > a.at)
  return {
    identity: one.identity,
    atxs: withAtxs(one, other.atxs).atxs,
    ...(registered === undefined ? {} : { registered }),
    ...(watchedUntil === undefined ? {} : { watchedUntil }),
    ...(twin === undefined ? {} : { twin }),
  }
}

/** Whether an ATX that the network lists can be taken for ours: not the ones around a sign of a second node. */
function isOurs(net: NetworkTiming, record: PublicationRecord, entry: ActivationEntry): boolean {
  if (record.twin === undefined) return true
  const suspect = epochAt(net, record.twin.at)
  return entry.publishEpoch < suspect || entry.publishEpoch > suspect + 1
}

function knownFrom(entry: ActivationEntry, belief: IdentityBelief | undefined, at: UnixMs): KnownAtx {
  const said = belief?.saidPublished
  // The log has ten characters of it, the event all.
  const isSaid = said?.atxId !== undefined && said.atxId.length >= 10 && entry.atxId.startsWith(said.atxId)
  const { publishEpoch, atxId } = entry
  return isSaid ? { publishEpoch, atxId, seenAt: said.at, by: 'here' } : { publishEpoch, atxId, seenAt: at, by: 'network' }
}

function withActivations(
  record: PublicationRecord,
  seen: Extract<Observation, { kind: 'activations' }>,
  scene: FoldScene,
): PublicationRecord {
  const { world, net } = scene
  const belief = world.identities.get(record.identity)
  const found = seen.list
    .filter(({ identity }) => identity === record.identity)
    .map((entry) => ({ entry, known: knownFrom(entry, belief, seen.at) }))
  const taken = found.filter(({ entry, known }) => known.by === 'here' || isOurs(net, record, entry)).map(({ known }) => known)
  const next = withAtxs(record, taken)
  // What a node that is not in sync does not list may be there all the same; nor does a short list make a record complete.
  const isWhole = world.node.sync?.value.isSynced === true && seen.fromEpoch <= Math.max(0, epochAt(net, seen.at) - RECENT_EPOCHS)
  if (!isWhole || (record.watchedUntil ?? 0) >= seen.at) return next
  return { ...next, watchedUntil: seen.at }
}

/** PoET rounds are numbered by the epoch they begin in: round r serves publish epoch r + 1. @source facts/node-config-and-cli.md §7 */
function withRegistrations(record: PublicationRecord, belief: IdentityBelief | undefined): PublicationRecord {
  let { registered } = record
  for (const { roundId, at } of belief?.registrations ?? []) {
    if (!/^\d{1,9}$/.test(roundId)) continue
    const publishEpoch = Number(roundId) + 1
    if (registered === undefined || publishEpoch > registered.publishEpoch) registered = { publishEpoch, roundId, at }
  }
  return registered === undefined || registered === record.registered ? record : { ...record, registered }
}

export interface FoldScene {
  /** With `observation` already folded in. */
  readonly world: World
  readonly net: NetworkTiming
  /** A node of this set-up has the key loaded: what the network shows is then ours. */
  readonly isArmedHere: boolean
}

/**
 * Folds one observation into the record of one identity. An ATX counts when `Activation.List` has it while the identity is
 * armed here: as `here` when our node said that it published it, else as `network`. What our node only says may be false.
 *
 * @returns the same object when nothing changed
 */
export function foldPublication(record: PublicationRecord, observation: Observation, scene: FoldScene): PublicationRecord {
  if (!scene.isArmedHere) return record
  const belief = scene.world.identities.get(record.identity)
  switch (observation.kind) {
    case 'activations':
      return observation.identities.includes(record.identity) ? withActivations(record, observation, scene) : record
    case 'node-event':
      return withRegistrations(record, belief)
    case 'node-log': {
      const { fact } = observation
      if (fact.fact !== 'twin-sign') return withRegistrations(record, belief)
      // A sign that names nobody is of the only identity there is, or of none.
      const twin = belief?.twin ?? (scene.world.identities.size === 1 ? scene.world.node.twin : undefined)
      if (twin === undefined || twin.at <= (record.twin?.at ?? 0)) return record
      return { ...record, twin: { at: twin.at, text: twin.text } }
    }
    default:
      return record
  }
}

/**
 * What a local.sql of ours proves: its challenge builds on the identity's previous ATX. The file has only the id; the
 * epoch comes from the network's list.
 */
export function withDatabase(record: PublicationRecord, rows: LocalRows, list: readonly ActivationEntry[], at: UnixMs): PublicationRecord {
  const previous = list.find(({ identity, atxId }) => identity === record.identity && atxId === rows.challenge?.previousAtx)
  if (previous === undefined) return record
  return withAtxs(record, [{ publishEpoch: previous.publishEpoch, atxId: previous.atxId, seenAt: at, by: 'database' }])
}

/** End of the risk window of something that happened in `epoch`: two epochs later. @source facts/failure-modes.md §2 */
export const riskEnd = (net: NetworkTiming, epoch: number): UnixMs => epochStart(net, asEpoch(epoch + 2))
