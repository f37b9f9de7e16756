import type { BackupEntry, BackupSettings, BackupSummary, DrillResult } from './backup.ts'
import type { IdentityId, UnixMs } from './ids.ts'
import { plural, THIN } from './words.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A drill is due a month after the last that reached its file. */
const DRILL_MS = 30 * DAY_MS
/** Every so manieth drill the passphrase is typed: a remembered one proves the file only, not the user's memory. */
const TYPED_EVERY = 3
/** Without a schedule a backup is old after this. */
const OLD_MS = 31 * DAY_MS
/** Beyond its schedule a backup is late by this before it is called old: the machine may have been off. */
const LATE_MS = 2 * DAY_MS

export interface SummaryInput {
  readonly entries: readonly BackupEntry[]
  readonly settings: BackupSettings
  /** Identities with a key here now. */
  readonly identities: readonly IdentityId[]
  /** When keys last changed (added, restored, moved); absent = not known to have. */
  readonly keysChangedAt?: UnixMs
  readonly now: UnixMs
}

/**
 * The backup's standing on Now, from what is remembered. A drive that is away is no fault: its backups count, with their
 * age; only a drill that found one broken takes it out.
 */
export function summaryOf(input: SummaryInput): BackupSummary {
  const { now } = input
  const entries = [...input.entries].sort((a, b) => b.madeAt - a.madeAt)
  const good = entries.filter((entry) => !isBroken(entry))
  const [newest] = good
  const lastDrill = latestDrill(entries)
  const covered = new Set(good.flatMap(({ identities }) => identities))
  const missing = input.identities.filter((id) => !covered.has(id))
  const common = { missing, mustTypePassphrase: mustType(entries), ...(lastDrill === undefined ? {} : { lastDrill }) }
  if (newest === undefined) {
    const [broken] = entries
    return broken === undefined
      ? {
          ...common,
          is: 'none',
          sentence: input.identities.length === 0 ? 'No backup yet' : 'No backup: lost keys could not be brought back',
        }
      : { ...common, is: 'broken', sentence: 'No backup opens: make one now', lastMadeAt: broken.madeAt }
  }
  const drills = drillDates(good, now)
  const dates = { lastMadeAt: newest.madeAt, nextDrillAt: drills.dueAt }
  const is = standing(input, { entries, good, newest, missing, isDrillDue: drills.isDue })
  return { ...common, ...dates, is, sentence: sentenceOf(is, { input, newest, missing }) }
}

interface Weighed {
  readonly entries: readonly BackupEntry[]
  readonly good: readonly BackupEntry[]
  readonly newest: BackupEntry
  readonly missing: readonly IdentityId[]
  readonly isDrillDue: boolean
}

/** Worst first. */
function standing(input: SummaryInput, { entries, good, newest, missing, isDrillDue }: Weighed): BackupSummary['is'] {
  if (missing.length > 0) return 'incomplete'
  if (entries[0] !== undefined && isBroken(entries[0])) return 'broken'
  if (input.now - newest.madeAt > oldAfter(input.settings)) return 'old'
  if (!good.some(({ isOnOtherDisk }) => isOnOtherDisk)) return 'not-elsewhere'
  return isDrillDue ? 'drill-due' : 'good'
}

const oldAfter = ({ folder, everyDays }: BackupSettings): number => (folder === null ? OLD_MS : everyDays * DAY_MS + LATE_MS)

function sentenceOf(
  is: BackupSummary['is'],
  { input, newest, missing }: { readonly input: SummaryInput; readonly newest: BackupEntry; readonly missing: readonly IdentityId[] },
): string {
  const drillWords = input.entries.some(({ drills }) => drills.some(({ is }) => is === 'passed')) ? 'drill passed' : 'read back'
  const age = `Backup ${ageOf(input.now - newest.madeAt)} old`
  switch (is) {
    case 'incomplete':
      return `${age}; ${plural(missing.length, 'key')} ${missing.length === 1 ? 'is' : 'are'} in none: back up now`
    case 'broken':
      return `The newest backup does not open; ${age.toLowerCase()} is whole: make a new one`
    case 'old':
      return `${age}: make a new one`
    case 'not-elsewhere':
      return `${age}, on no second disk: put one on another drive`
    case 'drill-due':
      return `${age}, drill due`
    case 'good':
    case 'none':
      return `${age}, ${drillWords}${newest.isThere ? '' : `, last seen ${ageOf(input.now - newest.lastSeenAt)} ago`}`
    default:
      return is satisfies never
  }
}

/** `9 d`, below two days `14 h`, below an hour `31 min`; never two parts. */
function ageOf(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)}${THIN}d`
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)}${THIN}h`
  return `${Math.max(1, Math.floor(ms / 60_000))}${THIN}min`
}

const lastReached = ({ drills }: BackupEntry): DrillResult | undefined =>
  drills.filter(({ is }) => is !== 'not-reached').sort((a, b) => b.at - a.at)[0]

/** The last drill that reached the file found it broken. */
export const isBroken = (entry: BackupEntry): boolean => lastReached(entry)?.is === 'failed'

const latestDrill = (entries: readonly BackupEntry[]): DrillResult | undefined =>
  entries.flatMap(({ drills }) => drills).sort((a, b) => b.at - a.at)[0]

/**
 * A month after the last drill that passed; without one, after the oldest backup. Making one does not put it off: what is
 * read back a second later proves neither the drive nor the passphrase that somebody remembers.
 */
function drillDates(good: readonly BackupEntry[], now: UnixMs): { readonly dueAt: UnixMs; readonly isDue: boolean } {
  const passed = good.flatMap(({ drills }) => drills).flatMap(({ is, at }) => (is === 'passed' ? [at] : []))
  const from = passed.length > 0 ? Math.max(...passed) : Math.min(...good.map(({ madeAt }) => madeAt))
  return { dueAt: from + DRILL_MS, isDue: now >= from + DRILL_MS }
}

/** Whether the next drill asks for the typed passphrase; files that only recipients open have none. */
function mustType(entries: readonly BackupEntry[]): boolean {
  if (!entries.some(({ openedBy }) => openedBy !== 'recipients')) return false
  const drills = entries
    .flatMap((entry) => (entry.openedBy === 'recipients' ? [] : entry.drills))
    .filter(({ is }) => is !== 'not-reached')
    .sort((a, b) => b.at - a.at)
  const sinceTyped = drills.findIndex(({ isTyped }) => isTyped)
  return (sinceTyped < 0 ? drills.length : sinceTyped) >= TYPED_EVERY - 1
}

/**
 * Whether a backup is to be made by itself now: its folder is set, and the days are over or the keys changed since.
 * @param lastTriedAt  a failed try is not repeated within an hour
 */
export function isBackupDue(input: SummaryInput & { readonly lastTriedAt?: UnixMs }): boolean {
  const { settings, now } = input
  if (settings.folder === null) return false
  if (input.lastTriedAt !== undefined && now - input.lastTriedAt < HOUR_MS) return false
  const newest = input.entries.filter((entry) => !isBroken(entry)).sort((a, b) => b.madeAt - a.madeAt)[0]
  if (newest === undefined) return input.identities.length > 0
  if (input.keysChangedAt !== undefined && input.keysChangedAt > newest.madeAt) return true
  // Once a day: a key that a search saw on a stick which is away now stays out, and old backups must not go for new ones of the same.
  const isLacking = input.identities.some((id) => !newest.identities.includes(id))
  return now - newest.madeAt >= (isLacking ? Math.min(1, settings.everyDays) : settings.everyDays) * DAY_MS
}

/** The backup to drill next: the newest that is there, a broken one last. */
export const nextToDrill = (entries: readonly BackupEntry[]): BackupEntry | undefined =>
  [...entries].sort((a, b) => Number(isBroken(a)) - Number(isBroken(b)) || Number(b.isThere) - Number(a.isThere) || b.madeAt - a.madeAt)[0]
