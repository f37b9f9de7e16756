import type { Database } from 'better-sqlite3'
import { fail, ok, textOf, type Fault, type Result } from '../../shared/domain/fault.ts'
import type { NetworkTiming } from '../../shared/domain/network.ts'
import type { NodeEvent, Observation } from '../../shared/domain/observation.ts'
import type { Alarm, IdentityStatus } from '../../shared/domain/status.ts'
import type { HistoryEntry, ProofRecord } from '../../shared/ipc/contract.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { isDamage, isOfItsContent, openFile, setAside, sqliteCode, type OpenFault } from './open.ts'
import type { ProofBook } from './proof-book.ts'
import type { Track } from './proof-track.ts'
import { Queries } from './queries.ts'
import { Rows, type Item, type ProcessRun, type SentMessage } from './rows.ts'

const FLUSH_MS = 250
const FLUSH_ROWS = 200
const RETRY_MS = 15_000
/** Kept in memory while the disk is full; what comes then is counted and said. */
const MOST_WAITING = 50_000
/** Figures of a running proof are stored at most this often. */
const MINOR_MS = 30_000
const DAY_MS = 86_400_000

export interface HistoryOptions {
  readonly clock: Clock
  readonly log: Logger
  /** For the epoch of a proof; absent or `undefined` = unknown, then epoch −1. */
  readonly timing?: () => NetworkTiming | undefined
}

export interface History {
  recordObservation(seen: Observation): void
  recordStatusChange(change: { at: number; identity: string; from: IdentityStatus | undefined; to: IdentityStatus }): void
  /** For processes that no observation tells of; node and services are taken from `recordObservation`. */
  recordProcess(run: ProcessRun): void
  recordAlarm(at: number, alarm: Alarm): void
  /** Whether `key` was told before, also in an earlier life of the app. */
  wasSent(key: string): boolean
  /** When `key` was last told, Unix ms, also in an earlier life; `undefined` = never. */
  lastSentAt(key: string): number | undefined
  /** Written at once. */
  markSent(sent: SentMessage): void
  proofs(ask: { identity?: string | undefined; limit: number }): readonly ProofRecord[]
  /** Newest first; `before` = id of the last entry of the page above. */
  entries(ask: { identity?: string | undefined; before?: number | undefined; limit: number }): readonly HistoryEntry[]
  /** What the node told since then, oldest first: its own ring holds the last 100 only. */
  recentNodeEvents(sinceMs: number): readonly NodeEvent[]
  /** Deletes what is older than `days`; node events, proofs and ATXs are kept for ever. @returns rows deleted */
  prune(days: number): number
  /** Writes what waits. @returns false while it cannot be written. */
  flush(): boolean
  /** Why rows are waiting, when they are. */
  readonly trouble: Fault<'history/not-written'> | undefined
  /** Where a damaged predecessor was preserved, when a new file was begun. */
  readonly preservedAs: string | undefined
  close(): void
}

/** @fault see `openFile` */
export function openHistory(file: string, options: HistoryOptions): Result<History, OpenFault> {
  const opened = openFile(file, { log: options.log, nowMs: options.clock.now() })
  return opened.ok ? ok(new SqliteHistory(file, opened.value.db, opened.value.preservedAs, options)) : opened
}

/** Kinds that leave rows; all others (polls without news) cost nothing here. */
const KEPT: readonly Observation['kind'][] = [
  'node-event',
  'node-process',
  'node-api',
  'node-version',
  'node-sync',
  'node-log',
  'activations',
  'malfeasance',
  'service-process',
  'operator',
  'service-log',
  'pos-folder',
  'volume',
  'key-file',
  'clock-jump',
]

class SqliteHistory implements History {
  readonly #file: string
  readonly #options: HistoryOptions
  #db: Database
  #rows: Rows
  #queries: Queries
  #book: ProofBook
  #proofIds: Map<string, { readonly id: number; readonly startedAt: number }>
  readonly #minor = new Map<string, Track>()
  #minorStoredAt: number
  #waiting: Item[] = []
  #dropped = 0
  readonly #sent = new Map<string, number>()
  #cancel: (() => void) | undefined
  #isClosed = false
  trouble: Fault<'history/not-written'> | undefined
  preservedAs: string | undefined

  constructor(file: string, db: Database, preservedAs: string | undefined, options: HistoryOptions) {
    this.#file = file
    this.#options = options
    this.preservedAs = preservedAs
    this.#db = db
    this.#rows = new Rows(db, () => options.timing?.())
    this.#queries = new Queries(db)
    const latest = this.#queries.latestTracks()
    this.#book = new Map(latest.map(({ track }) => [track.record.identity, track]))
    this.#proofIds = new Map(latest.map(({ id, track }) => [track.record.identity, { id, startedAt: track.record.startedAt }]))
    this.#minorStoredAt = options.clock.monotonic()
  }

  recordObservation(seen: Observation): void {
    if (KEPT.includes(seen.kind)) this.#add({ is: 'observation', seen })
  }
  recordStatusChange(change: { at: number; identity: string; from: IdentityStatus | undefined; to: IdentityStatus }): void {
    this.#add({ is: 'status', ...change })
  }
  recordProcess(run: ProcessRun): void {
    this.#add({ is: 'process', run })
  }
  recordAlarm(at: number, alarm: Alarm): void {
    this.#add({ is: 'alarm', at, alarm })
  }
  wasSent(key: string): boolean {
    return this.#sent.has(key) || this.#read(() => this.#queries.wasSent(key), false)
  }
  lastSentAt(key: string): number | undefined {
    return this.#sent.get(key) ?? this.#read(() => this.#queries.lastSentAt(key), undefined)
  }
  markSent(sent: SentMessage): void {
    this.#sent.set(sent.key, sent.at)
    this.#add({ is: 'sent', sent })
    if (this.trouble === undefined) this.flush()
  }
  proofs(ask: { identity?: string | undefined; limit: number }): readonly ProofRecord[] {
    this.#flushIfWell()
    return this.#read(() => this.#queries.proofs(ask), [])
  }
  entries(ask: { identity?: string | undefined; before?: number | undefined; limit: number }): readonly HistoryEntry[] {
    this.#flushIfWell()
    return this.#read(() => this.#queries.entries(ask), [])
  }

  recentNodeEvents(sinceMs: number): readonly NodeEvent[] {
    this.#flushIfWell()
    return this.#read(() => this.#queries.recentNodeEvents(sinceMs), [])
  }

  prune(days: number): number {
    this.#flushIfWell()
    const before = this.#options.clock.now() - days * DAY_MS
    try {
      return this.#db
        .transaction(() =>
          [
            "DELETE FROM entries WHERE at < ? AND kind NOT IN ('node-event', 'atx')",
            'DELETE FROM status_changes WHERE at < ?',
            'DELETE FROM alarms WHERE at < ?',
            'DELETE FROM notifications WHERE at < ?',
            'DELETE FROM process_runs WHERE started_at < ? AND ended_at IS NOT NULL',
          ].reduce((deleted, sql) => deleted + this.#db.prepare(sql).run(before).changes, 0),
        )
        .immediate()
    } catch (cause) {
      this.#options.log.warn('history.not-pruned', { detail: textOf(cause) }) // tried again at the next time
      return 0
    }
  }

  flush(): boolean {
    if (this.#isClosed) return false
    this.#cancel?.()
    this.#cancel = undefined
    const items = this.#waiting
    if (items.length === 0 && this.#minor.size === 0) return true
    try {
      this.#write(items)
    } catch (cause) {
      this.#onFailure(cause)
      return false
    }
    this.#waiting = []
    if (this.trouble !== undefined) this.#options.log.info('history.written-again', { rows: items.length, dropped: this.#dropped })
    this.trouble = undefined
    this.#dropped = 0
    return true
  }

  close(): void {
    if (this.#isClosed) return
    this.#minorStoredAt = Number.NEGATIVE_INFINITY
    const isWritten = this.flush()
    if (!isWritten) this.#options.log.error('history.lost-at-close', { rows: this.#waiting.length })
    this.#cancel?.()
    this.#isClosed = true
    this.#db.close()
  }

  /** A page that cannot be read is empty and said in the log: reading history never stops the keeper. */
  #read<T>(ask: () => T, otherwise: T): T {
    try {
      return ask()
    } catch (cause) {
      this.#options.log.error('history.not-read', { detail: textOf(cause) })
      if (isDamage(cause)) this.#onFailure(cause)
      return otherwise
    }
  }

  #flushIfWell(): void {
    if (this.trouble === undefined) this.flush()
  }

  #add(item: Item): void {
    if (this.#isClosed) return
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(item)
    if (this.trouble === undefined && this.#waiting.length >= FLUSH_ROWS) this.flush()
    else this.#cancel ??= this.#options.clock.after(this.trouble === undefined ? FLUSH_MS : RETRY_MS, () => void this.flush())
  }

  /** All of `items` or nothing; but one that no database takes, an absurd figure of a log or a node, keeps nothing else out. */
  #write(items: readonly Item[]): void {
    try {
      this.#commit(items, (_what, run) => run())
    } catch (cause) {
      if (!this.#db.open || !isOfItsContent(cause)) throw cause
      this.#commit(items, (what, run) => this.#orLeaveOut(what, run))
    }
  }

  #orLeaveOut(what: string, run: () => void): void {
    try {
      this.#db.transaction(run)()
    } catch (cause) {
      if (!isOfItsContent(cause)) throw cause
      this.#options.log.error('history.left-out', { what, detail: textOf(cause) })
    }
  }

  /** Book and ids change only after the commit, and after a piece of it that is `guarded` only when that went well. */
  #commit(items: readonly Item[], guarded: (what: string, run: () => void) => void): void {
    const now = this.#options.clock.monotonic()
    const ids = new Map(this.#proofIds)
    const minor = new Map(this.#minor)
    let book = this.#book
    const store = (track: Track): void => {
      const { identity, startedAt } = track.record
      const known = ids.get(identity)
      const id = this.#rows.storeProof(track, known?.startedAt === startedAt ? known.id : undefined)
      ids.set(identity, { id, startedAt })
      minor.delete(identity)
    }
    const take = (item: Item): void => {
      const folded = this.#rows.apply(item, book)
      for (const { track, isMinor } of folded.changed) {
        if (isMinor && ids.get(track.record.identity)?.startedAt === track.record.startedAt) minor.set(track.record.identity, track)
        else store(track)
      }
      book = folded.book
    }
    const isMinorDue = now - this.#minorStoredAt >= MINOR_MS
    this.#db
      .transaction(() => {
        for (const item of items) guarded(item.is === 'observation' ? item.seen.kind : item.is, () => take(item))
        if (!isMinorDue) return
        for (const track of minor.values()) guarded('figures of a proof', () => store(track))
        minor.clear()
      })
      .immediate()
    if (isMinorDue) this.#minorStoredAt = now
    this.#book = book
    this.#proofIds = ids
    this.#minor.clear()
    for (const [identity, track] of minor) this.#minor.set(identity, track)
  }

  #onFailure(cause: unknown): void {
    if (isDamage(cause) && this.#beginAnew(cause)) return
    if (this.trouble === undefined) {
      this.trouble = fail('history/not-written', whyNotWritten(cause), {
        retry: 'now',
        context: { file: this.#file, code: sqliteCode(cause) },
      }).fault
      this.#options.log.error('history.not-written', { file: this.#file, code: sqliteCode(cause), detail: textOf(cause) })
    }
    this.#cancel = this.#options.clock.after(RETRY_MS, () => void this.flush())
  }

  /** Damage met at run time: the file is preserved and a new one begun; what waits goes there. */
  #beginAnew(cause: unknown): boolean {
    try {
      this.#db.close()
      const preservedAs = setAside(this.#file, this.#options.clock.now())
      this.#options.log.error('history.damaged', { file: this.#file, preservedAs, detail: textOf(cause) })
      const opened = openFile(this.#file, { log: this.#options.log, nowMs: this.#options.clock.now() })
      if (!opened.ok) return false
      this.preservedAs = preservedAs
      this.#db = opened.value.db
      this.#rows = new Rows(this.#db, () => this.#options.timing?.())
      this.#queries = new Queries(this.#db)
      this.#proofIds = new Map()
      this.#cancel = this.#options.clock.after(0, () => void this.flush())
      return true
    } catch (second) {
      this.#options.log.error('history.not-begun-anew', { detail: textOf(second) })
      return false
    }
  }
}

function whyNotWritten(cause: unknown): string {
  const code = sqliteCode(cause)
  if (code === 'SQLITE_FULL')
    return 'The disk of Smeshkeeper’s own folder is full. History waits in memory and is written when there is space; proving goes on.'
  if (code.startsWith('SQLITE_READONLY')) return 'The history file is read-only now. History waits in memory; proving goes on.'
  return `History cannot be written (${textOf(cause)}). It waits in memory and is tried again; proving goes on.`
}
