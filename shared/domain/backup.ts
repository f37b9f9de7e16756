import type { IdentityId, UnixMs } from './ids.ts'

/** What may go into a backup; each can be left out but the keys. */
export const BACKUP_PARTS = ['keys', 'pos-metadata', 'node-config', 'local-database', 'publication-record', 'setup', 'extra'] as const
export type BackupPart = (typeof BACKUP_PARTS)[number]

/** What a backup would hold, before it is made. */
export interface BackupPlan {
  readonly parts: readonly {
    readonly part: BackupPart
    /** "7, each checked against its public key". */
    readonly sentence: string
    readonly items: number
    readonly bytes: number
  }[]
  readonly identities: readonly { readonly id: IdentityId; readonly name: string; readonly keyPath: string }[]
  /** Keys that cannot be read, and why: told before, not found out afterwards. */
  readonly problems: readonly string[]
  /** Files that are offered (Smapp's wallets). */
  readonly offered: readonly { readonly path: string; readonly bytes: number; readonly why: string }[]
}

/** A place where a backup can go. */
export interface BackupPlace {
  readonly folder: string
  readonly label: string
  /** "USB stick, 12 GiB free". */
  readonly detail: string
  readonly freeBytes?: number
  /** Identity of the file system, where the system tells it: the stick is known again wherever it is mounted. */
  readonly volumeId?: string
  readonly verdict:
    'own-disk' | 'shares-pos-data' | 'same-disk-as-keys' | 'not-persistent' | 'synced-in-clear' | 'read-only' | 'full' | 'unknown'
  /** What that means for the user. */
  readonly sentence: string
  readonly isWritable: boolean
}

export interface DrillResult {
  readonly at: UnixMs
  readonly is: 'passed' | 'failed' | 'not-reached'
  /** What was found, one sentence. */
  readonly sentence: string
  /** Whether the user typed the passphrase: a remembered one proves only the file. */
  readonly isTyped: boolean
}

/** One backup that was made, as it is remembered. */
export interface BackupEntry {
  readonly id: string
  readonly madeAt: UnixMs
  readonly file: string
  readonly placeLabel: string
  readonly volumeId?: string
  readonly bytes: number
  /** SHA-256 of the encrypted file, hex. */
  readonly sha256: string
  readonly identities: readonly IdentityId[]
  readonly openedBy: 'passphrase' | 'recipients' | 'both'
  readonly isOnOtherDisk: boolean
  /** Newest first. */
  readonly drills: readonly DrillResult[]
  /** Last time the file was seen there; an unplugged stick is no fault. */
  readonly lastSeenAt: UnixMs
  readonly isThere: boolean
  /** Only in the answer to its making: what was asked for and is not in it, as sentences. */
  readonly leftOut?: readonly string[]
}

export interface BackupSettings {
  /** Where scheduled backups go; null = none are made by themselves. */
  readonly folder: string | null
  readonly everyDays: number
  /** How many files of ours are kept in that folder. */
  readonly keep: number
  /** age recipients (`age1…`): a scheduled backup to them needs no secret. */
  readonly recipients: readonly string[]
  /** Whether the passphrase is kept in the system's keyring. */
  readonly isRemembered: boolean
  readonly extraFiles: readonly string[]
  readonly withHistory: boolean
}

/** Progress of making, reading back, drilling or restoring. */
export interface VaultProgress {
  readonly job: 'backup' | 'drill' | 'restore' | 'open'
  readonly step: 'collecting' | 'encrypting' | 'writing' | 'reading-back' | 'decrypting' | 'comparing' | 'placing'
  readonly doneBytes: number
  readonly totalBytes?: number
  readonly startedAt: UnixMs
  /** Expected end, Unix ms. */
  readonly endsAt?: UnixMs
}

/** The backup's standing, as a fact on Now. */
export interface BackupSummary {
  readonly is: 'none' | 'good' | 'old' | 'incomplete' | 'broken' | 'drill-due' | 'not-elsewhere'
  /** "Backup 9 d old, drill passed". */
  readonly sentence: string
  readonly lastMadeAt?: UnixMs
  readonly lastDrill?: DrillResult
  /** Identities whose key is in no good backup. */
  readonly missing: readonly IdentityId[]
  readonly nextDrillAt?: UnixMs
  readonly mustTypePassphrase: boolean
}

export interface BackupState {
  readonly summary: BackupSummary
  readonly entries: readonly BackupEntry[]
  readonly settings: BackupSettings
  readonly running?: VaultProgress
  /** Whether the system has a keyring that can remember a passphrase, and what it is called. */
  readonly keyring: { readonly is: 'there' | 'none'; readonly sentence: string }
}

/** What is in an opened backup against what is here. */
export interface RestoreItem {
  readonly id: string
  readonly part: BackupPart
  readonly identity?: IdentityId
  readonly name: string
  readonly bytes: number
  readonly target: string
  /** `same`: here already, byte for byte. `differs`: something else is there and stays. `refused`: armed elsewhere. */
  readonly is: 'missing' | 'same' | 'differs' | 'refused'
  /** What would happen and why, one sentence. */
  readonly sentence: string
  /** It would be held instead of armed, and until when. */
  readonly holdUntil?: UnixMs
}

export interface RestorePlan {
  /** Names the opened backup for `restore`; forgotten after ten minutes. */
  readonly token: string
  readonly file: string
  readonly madeAt: UnixMs
  readonly madeBy: string
  readonly items: readonly RestoreItem[]
  /** Worst first. */
  readonly risks: readonly string[]
}

export interface RestoreReport {
  readonly done: readonly { readonly id: string; readonly sentence: string }[]
  readonly refused: readonly { readonly id: string; readonly sentence: string }[]
}
