import type { BackupSummary } from '../domain/backup.ts'
import type { KeyConflict } from '../domain/guard.ts'
import type { UnixMs } from '../domain/ids.ts'
import type { Owner, ProcessState } from '../domain/process.ts'
import type { ReadySummary } from '../domain/readiness.ts'
import type { Hold } from '../domain/publication.ts'
import type { Alarm, EvidenceLine, IdentityStatus } from '../domain/status.ts'

/** What `needsRestart` means: a process that runs keeps the settings that it was started with. */
export const NEEDS_RESTART = 'Changed settings take effect at the next restart.'

/** The node as the user sees it. `sentence` is the node strip's text. */
export interface NodeSnapshot {
  readonly mode: 'managed' | 'attached' | 'none'
  readonly owner: Owner
  readonly kind: 'none' | 'stopped' | 'starting' | 'syncing' | 'synced' | 'unreachable' | 'failed' | 'unknown'
  readonly sentence: string
  readonly version?: string
  readonly step?: string
  readonly layer?: number
  readonly peers?: number
  readonly startedAt?: UnixMs
  readonly process?: ProcessState
  /** See {@link NEEDS_RESTART}. */
  readonly needsRestart?: boolean
  /** When the node's API last answered, Unix ms. */
  readonly heardAt?: UnixMs
  readonly evidence: readonly EvidenceLine[]
}

/** One bar on a lane of the epoch ribbon. */
export interface RibbonSegment {
  readonly identity: string
  readonly is: 'preparing' | 'pow' | 'reading' | 'expected' | 'queued' | 'proved' | 'lost' | 'needed'
  readonly from: UnixMs
  readonly to: UnixMs
  /** For `expected`: the fade from P5 to P95. */
  readonly p5?: UnixMs
  readonly p95?: UnixMs
  readonly pass?: number
}

/** One physical disk with its identities. */
export interface Lane {
  readonly id: string
  readonly label: string
  readonly detail: string
  readonly segments: readonly RibbonSegment[]
}

export interface Ribbon {
  readonly epoch: number
  readonly epochStart: UnixMs
  readonly epochEnd: UnixMs
  readonly gapOpens: UnixMs
  readonly gapCloses: UnixMs
  readonly isGapOpen: boolean
  readonly lanes: readonly Lane[]
}

export interface ServiceSnapshot {
  readonly owner: Owner
  readonly process?: ProcessState
  readonly operator: string
  readonly posFolder: string
  readonly version?: string
  /** See {@link NEEDS_RESTART}. */
  readonly needsRestart?: boolean
  /** Name of its log, for the logs room. */
  readonly log?: string
}

export interface IdentitySnapshot {
  readonly id: string
  readonly name: string
  readonly colour: number
  readonly sizeBytes?: number
  readonly numUnits?: number
  /** Lane id of its disk. */
  readonly lane?: string
  readonly disk?: string
  readonly status: IdentityStatus
  readonly evidence: readonly EvidenceLine[]
  readonly service?: ServiceSnapshot
  /** Confirmed by `Activation.List`. */
  readonly lastPublishedEpoch?: number
  /** Why its key is kept out of the node, when it is. */
  readonly hold?: Hold
}

export interface AppSnapshot {
  /** Grows with every change; the renderer applies only a higher one. */
  readonly revision: number
  readonly at: UnixMs
  /** `none` = no set-up yet: first run. */
  readonly mode: 'none' | 'real' | 'practice'
  /** The answer in one sentence: "5 of 7 on time. Basalt is tight, Fjord needs you." */
  readonly headline: string
  readonly node: NodeSnapshot
  readonly identities: readonly IdentitySnapshot[]
  readonly alarms: readonly Alarm[]
  readonly ribbon?: Ribbon
  /** Why the set-up on disk is not in use (last good copy is), when so. */
  readonly setupProblem?: string
  /** How the backups stand; absent before the first look. */
  readonly backup?: BackupSummary
  /** The last look before the gap. */
  readonly ready?: ReadySummary
  /** Keys that could run twice. */
  readonly conflicts?: readonly KeyConflict[]
  readonly host: {
    readonly kind: 'app' | 'headless'
    readonly pid: number
    readonly version: string
    readonly childrenIn: 'systemd' | 'session'
  }
}

const OPTIONAL_PARTS = ['ribbon', 'setupProblem', 'backup', 'ready', 'conflicts'] as const
type OptionalPart = (typeof OPTIONAL_PARTS)[number]

/** What changed since `base`; identities by id, whole. */
export interface SnapshotDelta {
  readonly base: number
  readonly revision: number
  readonly at: UnixMs
  readonly parts: Partial<Omit<AppSnapshot, 'revision' | 'at' | 'identities'>>
  readonly identities: readonly IdentitySnapshot[]
  /** Order of all identities when it or the set changed. */
  readonly order?: readonly string[]
  /** Optional parts that are gone, by name. */
  readonly gone?: readonly OptionalPart[]
}

/** Deep equality of plain values. It ends at the first difference: most of a snapshot's parts are new at every turn. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>]
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
}

/** The smallest delta that turns `from` into `to`. */
export function diffSnapshots(from: AppSnapshot, to: AppSnapshot): SnapshotDelta {
  const parts: Record<string, unknown> = {}
  for (const key of ['mode', 'headline', 'node', 'alarms', 'host', ...OPTIONAL_PARTS] as const) {
    if (to[key] !== undefined && !same(from[key], to[key])) parts[key] = to[key]
  }
  const gone = OPTIONAL_PARTS.filter((key) => from[key] !== undefined && to[key] === undefined)
  const before = new Map(from.identities.map((identity) => [identity.id, identity]))
  const identities = to.identities.filter((identity) => !same(before.get(identity.id), identity))
  const order = to.identities.map((identity) => identity.id)
  const isOrderSame = order.length === from.identities.length && order.every((id, i) => from.identities[i]?.id === id)
  return {
    base: from.revision,
    revision: to.revision,
    at: to.at,
    parts: parts as SnapshotDelta['parts'],
    identities,
    ...(isOrderSame ? {} : { order }),
    ...(gone.length > 0 ? { gone } : {}),
  }
}

/** `undefined` when the delta does not fit (`base` is another revision): take the whole snapshot again. */
export function applyDelta(snapshot: AppSnapshot, delta: SnapshotDelta): AppSnapshot | undefined {
  if (delta.base !== snapshot.revision) return undefined
  const byId = new Map(snapshot.identities.map((identity) => [identity.id, identity]))
  for (const identity of delta.identities) byId.set(identity.id, identity)
  const order = delta.order ?? snapshot.identities.map((identity) => identity.id)
  const identities = order.flatMap((id) => byId.get(id) ?? [])
  const next: Record<string, unknown> = { ...snapshot, ...delta.parts, identities, revision: delta.revision, at: delta.at }
  for (const key of delta.gone ?? []) delete next[key]
  return next as unknown as AppSnapshot
}
