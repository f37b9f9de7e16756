import { assertNever } from './fault.ts'
import { asEpoch, type IdentityId, type UnixMs } from './ids.ts'
import type { LocalRows } from './inventory.ts'
import { epochAt, epochLengthMs, epochStart, type NetworkTiming } from './network.ts'
import { holdReason, type Finding } from './arming-words.ts'
import type { ActivationEntry } from './observation.ts'
import type { Hold, PublicationRecord } from './publication.ts'
import { RECENT_EPOCHS, riskEnd } from './publication-record.ts'

/** What the network answered about one identity. */
export interface NetworkWord {
  /** `Activation.List` of this smesher, newest first, whole for the epochs asked: at least the last three. */
  readonly atxs: readonly ActivationEntry[]
  readonly isSynced: boolean
  readonly askedAt: UnixMs
  readonly isBanned?: boolean
}

export interface ArmingInput {
  readonly identity: IdentityId
  readonly record?: PublicationRecord
  /** Its rows in the local.sql that will be used; absent when that does not know it at all, or there is no database. */
  readonly rows?: LocalRows
  readonly databaseFrom: 'live' | 'backup' | 'none'
  readonly backupMadeAt?: UnixMs
  /** When the live database was last written to: an ATX of a later epoch is not from it. */
  readonly databaseWrittenAt?: UnixMs
  /** Since when no node of ours has the key: an ATX of a later epoch is not ours. */
  readonly outSince?: UnixMs
  readonly network?: NetworkWord | undefined
  /** A running set-up publishes with it: never held by us. */
  readonly isAlreadyPublishing: boolean
  /** Other identities of its equivocation set: banned with it. */
  readonly setMembers?: readonly IdentityId[]
  readonly net: NetworkTiming
  readonly now: UnixMs
}

export type ArmingVerdict =
  | { readonly is: 'clear' }
  | { readonly is: 'hold'; readonly hold: Hold }
  /** Nobody can say yet; the caller keeps the key out as `not-yet-checked`, without an end. */
  | { readonly is: 'unknown'; readonly why: string }

const CLEAR: ArmingVerdict = { is: 'clear' }
const HOUR_MS = 3_600_000

interface Known {
  readonly publishEpoch: number
  readonly atxId: string
}

/** All ATXs of the newest publish epoch that the network or the record knows. More than one is equivocation. */
function newestOf({ network, record, identity }: ArmingInput): readonly Known[] {
  const listed = (network?.atxs ?? []).filter((entry) => entry.identity === identity)
  const all: readonly Known[] = [...listed, ...(record?.atxs ?? [])]
  const newest = all.reduce((most, { publishEpoch }) => Math.max(most, publishEpoch), -1)
  const byId = new Map(all.filter(({ publishEpoch }) => publishEpoch === newest).map((atx) => [atx.atxId, atx]))
  return [...byId.values()]
}

/** Whether `atx` was, or may have been, published after the backup was made. */
function isAfterBackup({ net, record, backupMadeAt }: ArmingInput, atx: Known): boolean {
  const seenAt = record?.atxs.find(({ atxId }) => atxId === atx.atxId)?.seenAt
  if (backupMadeAt === undefined) return seenAt === undefined
  if (epochStart(net, asEpoch(atx.publishEpoch)) > backupMadeAt) return true
  if (epochStart(net, asEpoch(atx.publishEpoch + 1)) <= backupMadeAt) return false
  return seenAt === undefined || seenAt > backupMadeAt
}

/** A live database that has never heard of the identity explains as much as none. */
const sourceOf = ({ databaseFrom, rows }: ArmingInput): ArmingInput['databaseFrom'] =>
  databaseFrom === 'live' && rows === undefined ? 'none' : databaseFrom

/**
 * A live database without a challenge says nothing for or against an ATX: so it looks between a publication and the next
 * registration. Something else must speak against it: the record, which was kept to the end of that epoch and lacks it; the
 * database itself, which was not written since; or the key, which was nowhere here.
 */
function contradicts({ net, record, databaseWrittenAt, outSince }: ArmingInput, { publishEpoch }: Known): boolean {
  const begins = epochStart(net, asEpoch(publishEpoch))
  const isRecordWhole = (record?.watchedUntil ?? 0) >= epochStart(net, asEpoch(publishEpoch + 1))
  return isRecordWhole || (databaseWrittenAt ?? begins) < begins || (outSince ?? begins) < begins
}

/** What of the newest ATXs is not explained, and by which word of the user's it is told. */
function findAtx(input: ArmingInput): Finding | undefined {
  const { rows, record, net, now } = input
  const source = sourceOf(input)
  const current = epochAt(net, now)
  const challenge = rows?.challenge
  for (const atx of newestOf(input)) {
    const isRecorded = record?.atxs.some(({ atxId }) => atxId === atx.atxId) === true
    const isOld = source === 'backup' || isRecorded
    if (atx.atxId === challenge?.previousAtx) continue
    // This challenge would be published beside or before the newest ATX: both are equivocation, whoever made that one.
    if (challenge !== undefined && challenge.publishEpoch >= current)
      return { is: isOld ? 'challenge-outdated' : 'unexplained', atx, challengeEpoch: challenge.publishEpoch }
    if (atx.publishEpoch < current - RECENT_EPOCHS) continue
    switch (source) {
      case 'live':
        if (!isRecorded && (challenge !== undefined || contradicts(input, atx))) return { is: 'unexplained', atx }
        break
      case 'backup':
        if (isAfterBackup(input, atx)) return { is: 'backup-older', atx, madeAt: input.backupMadeAt }
        break
      case 'none':
        if (!isRecorded) return { is: 'unexplained', atx }
        break
      default:
        assertNever(source)
    }
  }
  return undefined
}

/** A PoET registration of ours that the database does not know: it was made after it, or with another one. */
function findRegistration(input: ArmingInput): Finding | undefined {
  const { record, rows, backupMadeAt, net, now } = input
  const source = sourceOf(input)
  const registered = record?.registered
  if (registered === undefined || registered.publishEpoch < epochAt(net, now) || source === 'live') return undefined
  if (rows?.challenge?.publishEpoch === registered.publishEpoch) return undefined
  // An expired challenge is taken out of the database by the node itself.
  if (source === 'backup' && backupMadeAt !== undefined && registered.at <= backupMadeAt) return undefined
  if (newestOf(input).some(({ publishEpoch }) => publishEpoch >= registered.publishEpoch)) return undefined
  return { is: 'registration-lost', publishEpoch: registered.publishEpoch, at: registered.at, from: source }
}

function findTwin({ record, net, now }: ArmingInput): Finding | undefined {
  const twin = record?.twin
  if (twin === undefined || now >= riskEnd(net, epochAt(net, twin.at))) return undefined
  return { is: 'twin-sign', at: twin.at, text: twin.text, epoch: epochAt(net, twin.at) }
}

function epochOf(finding: Finding): number {
  switch (finding.is) {
    case 'unexplained':
    case 'challenge-outdated':
    case 'backup-older':
      return finding.atx.publishEpoch
    case 'registration-lost':
      return finding.publishEpoch
    case 'twin-sign':
      return finding.epoch
    default:
      return assertNever(finding)
  }
}

const codeOf = (finding: Finding): Hold['code'] =>
  finding.is === 'unexplained' || finding.is === 'twin-sign' ? 'active-elsewhere' : 'database-too-old'

function holdFor(input: ArmingInput, finding: Finding): ArmingVerdict {
  const { net, now } = input
  const until = riskEnd(net, Math.max(epochAt(net, now), epochOf(finding)))
  return { is: 'hold', hold: { code: codeOf(finding), reason: holdReason(finding, input), until, since: now } }
}

/** Why the network's word cannot be used; `undefined` when it can. */
function whyUnknown({ network, net, now }: ArmingInput): string | undefined {
  if (network === undefined) return 'no node has been asked yet what the network knows of this identity'
  if (!network.isSynced) return 'the node that was asked is not in sync, so its list of activations may lack the newest'
  const isStale = now - network.askedAt > Math.min(HOUR_MS, epochLengthMs(net))
  return isStale ? 'the last answer of the network about this identity is too old' : undefined
}

/**
 * Whether a key may be put into a node: what the network knows of its identity must be explained by its publication record
 * or by the local.sql that it will use. One node builds one ATX an epoch, each on the one before; its database names that
 * one from the registration (epoch P − 1) to the publication (epoch P).
 *
 * Held until two epochs have passed without an ATX that nobody here made.
 *
 * @source facts/failure-modes.md §2, facts/local-db.md §5, facts/node-config-and-cli.md §7
 */
export function judgeArming(input: ArmingInput): ArmingVerdict {
  if (input.isAlreadyPublishing) return CLEAR
  const why = whyUnknown(input)
  if (why !== undefined) return { is: 'unknown', why }
  const finding = findTwin(input) ?? findAtx(input) ?? findRegistration(input)
  return finding === undefined ? CLEAR : holdFor(input, finding)
}

/**
 * Whether a held key may go back, asked again and again until it may. While it is held nobody here publishes: every ATX of
 * a later epoch than that in which the hold began is somebody else's and begins the window anew.
 */
export function judgeRelease(hold: Hold, input: ArmingInput): ArmingVerdict {
  const { net, now, network, identity } = input
  if (hold.code === 'by-user') return { is: 'hold', hold }
  if (hold.code === 'not-yet-checked' || hold.until === undefined) return judgeArming(input)
  const why = whyUnknown(input)
  if (why !== undefined) return now < hold.until ? { is: 'hold', hold } : { is: 'unknown', why }
  const heldIn = epochAt(net, hold.since)
  const newer = (network?.atxs ?? [])
    .filter((entry) => entry.identity === identity && entry.publishEpoch > heldIn)
    .reduce<ActivationEntry | undefined>(
      (most, entry) => (most !== undefined && most.publishEpoch >= entry.publishEpoch ? most : entry),
      undefined,
    )
  if (newer !== undefined) {
    const until = Math.max(hold.until, riskEnd(net, newer.publishEpoch))
    if (now >= until) return CLEAR
    if (until === hold.until && hold.code === 'active-elsewhere') return { is: 'hold', hold }
    const reason = holdReason({ is: 'unexplained', atx: newer }, input)
    return { is: 'hold', hold: { code: 'active-elsewhere', reason, until, since: hold.since } }
  }
  return now < hold.until ? { is: 'hold', hold } : CLEAR
}
