import { z } from 'zod'
import { BACKUP_PARTS, type BackupEntry, type BackupPlace, type BackupPlan, type BackupState, type DrillResult } from '../domain/backup.ts'
import type { RestorePlan, RestoreReport } from '../domain/backup.ts'
import type { KeyConflict } from '../domain/guard.ts'
import type { MatchAnswer, ScanState } from '../domain/inventory.ts'
import type { Hold, PublicationRecord } from '../domain/publication.ts'
import type { Setup } from '../setup/schema.ts'
import { call, topic } from './define.ts'

const nothing = z.void()
const path = z.string().min(1).max(4096)
const identityId = z.string().regex(/^[0-9a-f]{64}$/)
/** Crosses once and is kept by nobody: not by the page, not in a log. */
const passphrase = z.string().min(1).max(1024)
const recipient = z.string().regex(/^age1[02-9ac-hj-np-z]{20,2000}$/, 'an age recipient begins with age1')

/** What opens an age file. One of the two. */
const secretSchema = z.strictObject({
  passphrase: passphrase.optional(),
  /** Path of an age identity file (`AGE-SECRET-KEY-1…`). */
  identityFile: path.optional(),
  /** The one in the system's keyring. */
  useRemembered: z.boolean().default(false),
  /** false: the passphrase came from a file or a variable, which proves no more than a remembered one. */
  isTyped: z.boolean().optional(),
})
export type Secret = z.infer<typeof secretSchema>

/** Calls of the page that main asks the user about first: the page cannot say yes for him. */
export const DRAWN_BY_MAIN = [
  'keys.disarm',
  'keys.override',
  'keys.release',
  'backup.restore',
  'operations.run',
  'operations.removeLeftover',
  'verify.rewriteFile',
] as const
export type DrawnCall = (typeof DRAWN_BY_MAIN)[number]

/** Calls that last as long as the archive or the operation is large: a client waits for them without a deadline. */
export const LONG_CALLS: ReadonlySet<string> = new Set([
  'backup.begin',
  'backup.plan',
  'backup.drill',
  'backup.open',
  'backup.restore',
  'keys.release',
  'operations.plan',
  'operations.run',
  'operations.finish',
  'operations.rollBack',
  'operations.undo',
  'operations.start',
  'operations.leftovers',
  'operations.removeLeftover',
])

/** What main draws, from what the keeper knows and not from what the page says. */
export interface DrawnQuestion {
  readonly message: string
  readonly detail: string
  /** The verb of the button. */
  readonly yes: string
}

/** A set-up that was found, as it would be brought in. Nothing moves; foreign processes keep their owner. */
export interface ImportProposal {
  readonly id: string
  readonly label: string
  /** null while something is missing that nothing here tells: `problems` says what, and it cannot be applied. */
  readonly setup: Setup | null
  /** What it is and what would be watched, for the user. */
  readonly sentences: readonly string[]
  /** What is not carried or not understood. */
  readonly problems: readonly string[]
}

/** A key that is kept out of every node, with the reason. */
export interface HeldEntry {
  readonly identity: string
  readonly name: string
  readonly hold: Hold
  /** Where it lies meanwhile. */
  readonly path: string
}

/** Everything about keys: what is here, which could run twice, backups, restores, imports. */
export const keysContract = {
  scan: {
    /** Looks at default places, running programs, every mounted volume and these folders. */
    begin: call(z.strictObject({ folders: z.array(path).max(50).default([]) })).returns<void, 'scan/busy'>(),
    cancel: call(nothing).returns<void>(),
    state: call(nothing).returns<ScanState>(),
    /** At most four a second. */
    changed: topic<ScanState>(),
    /** What one dropped path or one pasted id is. */
    match: call(z.strictObject({ path: path.optional(), text: z.string().max(4096).optional() })).returns<MatchAnswer, 'scan/unreadable'>(),
  },
  keys: {
    conflicts: call(nothing).returns<readonly KeyConflict[]>(),
    /** Other nodes whose keys may not be read, so that nobody knows whether one of ours is among them: sentences. */
    blindSpots: call(nothing).returns<readonly string[]>(),
    /** The words for one of the calls that are drawn by main, with its input. */
    question: call(z.strictObject({ call: z.enum(DRAWN_BY_MAIN), input: z.unknown() })).returns<DrawnQuestion, 'keys/not-found'>(),
    /** Keys that are kept out of every node, also without a running session. */
    held: call(nothing).returns<readonly HeldEntry[]>(),
    /** Moves the other copy of a *configured* conflict to the quarantine. Drawn by main. */
    disarm: call(z.strictObject({ identity: identityId, path })).returns<
      { readonly quarantined: string },
      'keys/not-found' | 'keys/running' | 'keys/not-moved'
    >(),
    /** Lets the node start all the same. `typed` must be the last eight characters of the id. Drawn by main. */
    override: call(z.strictObject({ conflict: z.string(), typed: z.string() })).returns<
      void,
      'keys/not-found' | 'keys/running' | 'keys/not-typed' | 'keys/not-written'
    >(),
    /** Arms a held key. Drawn by main. `typed` is asked while its window has not passed. */
    release: call(z.strictObject({ identity: identityId, typed: z.string().optional() })).returns<
      { readonly placed: string; readonly needsRestart: boolean },
      'keys/not-held' | 'keys/not-typed' | 'keys/conflict' | 'keys/no-node' | 'keys/not-moved'
    >(),
    record: call(z.strictObject({ identity: identityId })).returns<PublicationRecord, 'keys/not-found'>(),
  },
  backup: {
    state: call(nothing).returns<BackupState>(),
    changed: topic<BackupState>(),
    plan: call(z.strictObject({ extraFiles: z.array(path).max(100).default([]) })).returns<BackupPlan, 'backup/nothing'>(),
    /** Mounted volumes and the folder of the settings. */
    places: call(nothing).returns<readonly BackupPlace[]>(),
    place: call(z.strictObject({ folder: path })).returns<BackupPlace, 'backup/no-place'>(),
    /** Random words, and how many bits they are. */
    suggest: call(nothing).returns<{ readonly passphrase: string; readonly bits: number }>(),
    begin: call(
      z.strictObject({
        folder: path,
        parts: z.array(z.enum(BACKUP_PARTS)).default([...BACKUP_PARTS]),
        extraFiles: z.array(path).max(100).default([]),
        passphrase: passphrase.optional(),
        recipients: z.array(recipient).max(20).default([]),
        remember: z.boolean().default(false),
        withHistory: z.boolean().default(false),
      }),
    ).returns<
      BackupEntry,
      | 'backup/busy'
      | 'backup/nothing'
      | 'backup/no-secret'
      | 'backup/no-place'
      | 'backup/no-space'
      | 'backup/not-written'
      | 'backup/not-read-back'
      | 'backup/unreadable-source'
      | 'backup/cancelled'
    >(),
    cancel: call(nothing).returns<void>(),
    drill: call(z.strictObject({ id: z.string().optional(), file: path.optional(), secret: secretSchema })).returns<
      DrillResult,
      'backup/busy' | 'backup/unknown' | 'backup/not-there' | 'backup/no-secret' | 'backup/cancelled'
    >(),
    /** Decrypts in memory and compares with what is here; nothing is written but the plan's own token. */
    open: call(z.strictObject({ file: path, secret: secretSchema })).returns<
      RestorePlan,
      | 'backup/busy'
      | 'backup/not-there'
      | 'backup/wrong-secret'
      | 'backup/damaged'
      | 'backup/foreign'
      | 'backup/newer'
      | 'backup/no-secret'
      | 'backup/cancelled'
    >(),
    /** Drawn by main. Never overwrites; a key that is armed elsewhere is refused. */
    restore: call(z.strictObject({ token: z.string(), items: z.array(z.string()).max(10_000) })).returns<
      RestoreReport,
      | 'backup/busy'
      | 'backup/unknown'
      | 'backup/not-written'
      | 'backup/cancelled'
      | 'backup/not-there'
      | 'backup/wrong-secret'
      | 'backup/damaged'
      | 'backup/foreign'
      | 'backup/newer'
      | 'backup/no-secret'
    >(),
    /** Takes an entry off the list; its file stays. */
    forget: call(z.strictObject({ id: z.string() })).returns<void, 'backup/unknown'>(),
    configure: call(
      z.strictObject({
        folder: path.nullable(),
        everyDays: z.number().int().min(1).max(365),
        keep: z.number().int().min(1).max(1000),
        recipients: z.array(recipient).max(20),
        extraFiles: z.array(path).max(100),
        withHistory: z.boolean(),
        /** Kept in the system's keyring; absent = as it is, null = forgotten. */
        passphrase: passphrase.nullable().optional(),
      }),
    ).returns<void, 'backup/no-keyring' | 'backup/no-secret' | 'backup/not-written'>(),
  },
  imports: {
    /** From the last scan. */
    propose: call(nothing).returns<readonly ImportProposal[], 'scan/never'>(),
    apply: call(z.strictObject({ id: z.string() })).returns<
      void,
      'import/unknown' | 'import/incomplete' | 'import/practice' | 'setup/invalid' | 'setup/not-written'
    >(),
  },
} as const
