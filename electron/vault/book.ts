import path from 'node:path'
import { z } from 'zod'
import type { BackupEntry, BackupPlace, BackupSettings, DrillResult } from '../../shared/domain/backup.ts'
import { isBroken } from '../../shared/domain/backup-summary.ts'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import { codeOf } from '../identities/index.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'
import { isBackupName, secondFileOf } from './format.ts'
import type { MadeBackup } from './make.ts'

const BOOK_VERSION = 1
/** Of each backup so many drills are remembered. */
const MOST_DRILLS = 50
const MOST_ENTRIES = 500
const MOST_BYTES = 256 * 1024 ** 2

export const DEFAULT_BACKUP_SETTINGS: BackupSettings = {
  folder: null,
  everyDays: 7,
  keep: 10,
  recipients: [],
  isRemembered: false,
  extraFiles: [],
  withHistory: false,
}

const drillSchema = z.object({
  at: z.number(),
  is: z.enum(['passed', 'failed', 'not-reached']),
  sentence: z.string(),
  isTyped: z.boolean(),
})
const entrySchema = z.object({
  id: z.string(),
  madeAt: z.number(),
  file: z.string(),
  placeLabel: z.string(),
  volumeId: z.string().optional(),
  bytes: z.number(),
  sha256: z.string(),
  identities: z.array(z.string()),
  openedBy: z.enum(['passphrase', 'recipients', 'both']),
  isOnOtherDisk: z.boolean(),
  drills: z.array(drillSchema),
  lastSeenAt: z.number(),
  isThere: z.boolean(),
})
const settingsSchema = z.object({
  folder: z.string().nullable(),
  everyDays: z.number(),
  keep: z.number(),
  recipients: z.array(z.string()),
  isRemembered: z.boolean(),
  extraFiles: z.array(z.string()),
  withHistory: z.boolean(),
})
const bookSchema = z.object({ version: z.literal(BOOK_VERSION), settings: settingsSchema, entries: z.array(entrySchema) })

interface Content {
  readonly settings: BackupSettings
  readonly entries: readonly BackupEntry[]
}

/** What is remembered of backups: no key, no passphrase. */
export interface BackupBook {
  entries(): readonly BackupEntry[]
  settings(): BackupSettings
  /** What was found wrong with the file at the start, for the user; absent when nothing was. */
  readonly problem?: string
  add(entry: BackupEntry): Result<void, 'backup/not-written'>
  noteDrill(id: string, drill: DrillResult): Result<void, 'backup/not-written' | 'backup/unknown'>
  /** Whether the file was seen at its place just now. An unplugged stick is no fault. */
  noteLook(
    id: string,
    look: { readonly isThere: boolean; readonly at: UnixMs; readonly file?: string },
  ): Result<void, 'backup/not-written' | 'backup/unknown'>
  forget(id: string): Result<void, 'backup/not-written' | 'backup/unknown'>
  configure(settings: BackupSettings): Result<void, 'backup/not-written'>
  /**
   * Removes files of ours in `folder` that are on the list and older than the newest `keep`; never the newest one that is
   * known to open. The entries of removed files go too.
   */
  retain(folder: string, keep: number): Result<{ readonly removed: readonly string[] }, 'backup/not-written'>
}

/** The remembered entry of a backup that was just made and read back. */
export const entryOf = (made: MadeBackup, place: BackupPlace): BackupEntry => ({
  id: `${made.madeAt.toString(36)}-${made.sha256.slice(0, 12)}`,
  madeAt: made.madeAt,
  file: made.file,
  placeLabel: place.label,
  ...(place.volumeId === undefined ? {} : { volumeId: place.volumeId }),
  bytes: made.bytes,
  sha256: made.sha256,
  identities: made.identities,
  openedBy: made.openedBy,
  isOnOtherDisk: place.verdict === 'own-disk' || place.verdict === 'shares-pos-data' || place.verdict === 'synced-in-clear',
  drills: [],
  lastSeenAt: made.madeAt,
  isThere: true,
})

export interface BookOptions {
  readonly log: Logger
  readonly now: () => number
  readonly files?: Files
}

export function openBackupBook(file: string, options: BookOptions): BackupBook {
  const { files = systemFiles } = options
  const loaded = load(file, { ...options, files })
  let content = loaded.content
  const write = (next: Content): Result<void, 'backup/not-written'> => {
    if (loaded.isLocked) return fail('backup/not-written', `nothing is written to ${file}. ${loaded.problem ?? ''}`.trim())
    try {
      writeFileAtomic(file, `${JSON.stringify({ version: BOOK_VERSION, ...next }, null, 2)}\n`, files)
    } catch (cause) {
      options.log.warn('backup-book.not-written', { why: textOf(cause) })
      return fail('backup/not-written', `${file} could not be written (${textOf(cause)}): make room on its disk`)
    }
    content = next
    return ok(undefined)
  }
  const change = (id: string, by: (entry: BackupEntry) => BackupEntry): Result<void, 'backup/not-written' | 'backup/unknown'> => {
    if (!content.entries.some((entry) => entry.id === id)) return fail('backup/unknown', 'this backup is not on the list')
    return write({ ...content, entries: content.entries.map((entry) => (entry.id === id ? by(entry) : entry)) })
  }
  return {
    ...(loaded.problem === undefined ? {} : { problem: loaded.problem }),
    entries: () => content.entries,
    settings: () => content.settings,
    add: (entry) => write({ ...content, entries: [entry, ...content.entries.filter(({ id }) => id !== entry.id)].slice(0, MOST_ENTRIES) }),
    noteDrill: (id, drill) =>
      change(id, (entry) => ({
        ...entry,
        drills: [drill, ...entry.drills].slice(0, MOST_DRILLS),
        ...(drill.is === 'not-reached' ? { isThere: false } : { isThere: true, lastSeenAt: drill.at }),
      })),
    noteLook: (id, look) =>
      change(id, (entry) => ({
        ...entry,
        isThere: look.isThere,
        ...(look.isThere ? { lastSeenAt: look.at } : {}),
        ...(look.file === undefined ? {} : { file: look.file }),
      })),
    forget: (id) => {
      const left = content.entries.filter((entry) => entry.id !== id)
      return left.length === content.entries.length
        ? fail('backup/unknown', 'this backup is not on the list')
        : write({ ...content, entries: left })
    },
    configure: (settings) => write({ ...content, settings }),
    retain(folder, keep) {
      const removed = removeOld(content.entries, { folder, keep, files })
      if (removed.length === 0) return ok({ removed })
      const written = write({ ...content, entries: content.entries.filter((entry) => !removed.includes(entry.file)) })
      return written.ok ? ok({ removed }) : written
    },
  }
}

interface Loaded {
  readonly content: Content
  readonly problem?: string
  /** A newer version's file is never written over. */
  readonly isLocked: boolean
}

function load(file: string, { log, now, files }: Required<BookOptions>): Loaded {
  const empty: Content = { settings: DEFAULT_BACKUP_SETTINGS, entries: [] }
  try {
    const json: unknown = JSON.parse(Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8'))
    const version = z.looseObject({ version: z.number() }).safeParse(json)
    if (version.success && version.data.version > BOOK_VERSION)
      return {
        content: empty,
        isLocked: true,
        problem: 'The list of backups was written by a newer Smeshkeeper and is left as it is: update Smeshkeeper.',
      }
    const { settings, entries } = bookSchema.parse(json)
    return { content: { settings, entries: entries as unknown as readonly BackupEntry[] }, isLocked: false }
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'ENOENT') return { content: empty, isLocked: false }
    // It may be good, only not now.
    if (code !== '' && code !== 'EFBIG') return { content: empty, isLocked: true, problem: cannotBeRead(file, cause) }
    const aside = `${file}.damaged-${now()}`
    log.error('backup-book.damaged', { why: textOf(cause), aside })
    return { content: empty, ...keepAside(file, aside, files) }
  }
}

function keepAside(file: string, aside: string, files: Files): Omit<Loaded, 'content'> {
  try {
    files.rename(file, aside)
    files.syncFolder(path.dirname(file))
    return {
      isLocked: false,
      problem: `The list of backups could not be read and was put aside as ${aside}. The backups themselves are untouched: open one by its file.`,
    }
  } catch (cause) {
    return { isLocked: true, problem: cannotBeRead(file, cause) }
  }
}

const cannotBeRead = (file: string, cause: unknown): string =>
  `The list of backups ${file} cannot be read (${textOf(cause)}) and is left as it is: give yourself the right to read it, or look at the health of its disk. Then start Smeshkeeper again.`

/**
 * Files that go, the oldest first. A file that cannot be removed now stays on the list; one that somebody else removed keeps
 * no place of those that stay.
 */
function removeOld(
  entries: readonly BackupEntry[],
  { folder, keep, files }: { readonly folder: string; readonly keep: number; readonly files: Files },
): string[] {
  const here = entries
    .filter((entry) => path.dirname(entry.file) === folder && isBackupName(path.basename(entry.file)))
    .sort((a, b) => b.madeAt - a.madeAt)
  const there = thoseThere(here, files)
  if (there === undefined) return []
  const kept = there.slice(0, Math.max(1, keep))
  const lastGood = there.find((entry) => !isBroken(entry))
  const oldest = kept.at(-1)?.madeAt ?? 0
  const old = here.filter((entry) => entry.madeAt <= oldest && entry !== lastGood && !kept.includes(entry))
  const removed = old.reverse().flatMap(({ file }) => (remove(file, files) ? [file] : []))
  if (removed.length > 0) settle(folder, files)
  return removed
}

/** undefined when the drive does not tell: then nothing on it is removed. */
function thoseThere(entries: readonly BackupEntry[], files: Files): readonly BackupEntry[] | undefined {
  try {
    return entries.filter(({ file }) => files.facts(file) !== undefined)
  } catch {
    return undefined
  }
}

/** They are gone for good before they are forgotten: one that came back after a power cut would be on no list. */
function settle(folder: string, files: Files): void {
  try {
    files.syncFolder(folder)
  } catch {
    // Some file systems of sticks cannot.
  }
}

function remove(file: string, files: Files): boolean {
  try {
    for (const one of [secondFileOf(file), file]) if (files.facts(one) !== undefined) files.unlink(one)
    return true
  } catch {
    return false
  }
}
