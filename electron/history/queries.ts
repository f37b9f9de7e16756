import type { Database, Statement } from 'better-sqlite3'
import type { NodeEvent } from '../../shared/domain/observation.ts'
import type { HistoryEntry, ProofRecord } from '../../shared/ipc/contract.ts'
import type { Track } from './proof-track.ts'

interface ProofRow {
  readonly id: number
  readonly identity: string
  readonly epoch: number
  readonly started_at: number
  readonly finished_at: number | null
  readonly outcome: ProofRecord['outcome']
  readonly challenge: string | null
  readonly passes: number
  readonly pow_ms: number | null
  readonly read_ms: number | null
  readonly bytes_per_second: number | null
  readonly cause: string | null
  readonly last_log_at: number | null
}
type EntryRow = Omit<HistoryEntry, 'identity'> & { readonly identity: string | null }

/** Two epochs of two hundred identities are some ten thousand. */
const MOST_EVENTS = 50_000

/** The statements that pages of the window ask; each is answered from an index (a test reads the query plans). */
export const SQL = {
  entries: `SELECT id, at, identity, kind, severity, sentence FROM entries ORDER BY at DESC, id DESC LIMIT ?`,
  entriesBefore: `SELECT id, at, identity, kind, severity, sentence FROM entries
    WHERE (at, id) < (SELECT at, id FROM entries WHERE id = ?) ORDER BY at DESC, id DESC LIMIT ?`,
  entriesOf: `SELECT id, at, identity, kind, severity, sentence FROM entries WHERE identity = ? ORDER BY at DESC, id DESC LIMIT ?`,
  entriesOfBefore: `SELECT id, at, identity, kind, severity, sentence FROM entries
    WHERE identity = ? AND (at, id) < (SELECT at, id FROM entries WHERE id = ?) ORDER BY at DESC, id DESC LIMIT ?`,
  proofs: `SELECT * FROM proofs ORDER BY started_at DESC LIMIT ?`,
  proofsOf: `SELECT * FROM proofs WHERE identity = ? ORDER BY started_at DESC LIMIT ?`,
  eventsSince: `SELECT json FROM node_events WHERE at >= ? ORDER BY at LIMIT ?`,
  wasSent: `SELECT 1 AS found FROM notifications WHERE key = ? LIMIT 1`,
  lastSent: `SELECT max(at) AS at FROM notifications WHERE key = ?`,
} as const

type Asks = { readonly [Name in keyof typeof SQL]: Statement<(string | number)[]> }

export class Queries {
  readonly #ask: Asks
  readonly #latest: Statement<[]>

  constructor(db: Database) {
    const prepared = Object.entries(SQL).map(([name, text]) => [name, db.prepare(text)] as const)
    this.#ask = Object.fromEntries(prepared) as unknown as Asks
    this.#latest = db.prepare('SELECT * FROM proofs WHERE id IN (SELECT max(id) FROM proofs GROUP BY identity)')
  }

  /** Newest first; `before` is the id of the last entry of the page above. */
  entries(ask: { readonly identity?: string | undefined; readonly before?: number | undefined; readonly limit: number }): HistoryEntry[] {
    const { identity, before, limit } = ask
    const rows =
      identity === undefined
        ? before === undefined
          ? this.#ask.entries.all(limit)
          : this.#ask.entriesBefore.all(before, limit)
        : before === undefined
          ? this.#ask.entriesOf.all(identity, limit)
          : this.#ask.entriesOfBefore.all(identity, before, limit)
    return (rows as EntryRow[]).map(({ identity: of, ...entry }) => ({ ...entry, ...(of === null ? {} : { identity: of }) }))
  }

  /** Newest first. */
  proofs(ask: { readonly identity?: string | undefined; readonly limit: number }): ProofRecord[] {
    const rows = ask.identity === undefined ? this.#ask.proofs.all(ask.limit) : this.#ask.proofsOf.all(ask.identity, ask.limit)
    return (rows as ProofRow[]).map(recordOf)
  }

  /** Oldest first. */
  recentNodeEvents(sinceMs: number): NodeEvent[] {
    return (this.#ask.eventsSince.all(sinceMs, MOST_EVENTS) as { json: string }[]).map((row) => JSON.parse(row.json) as NodeEvent)
  }

  wasSent(key: string): boolean {
    return this.#ask.wasSent.get(key) !== undefined
  }

  lastSentAt(key: string): number | undefined {
    return (this.#ask.lastSent.get(key) as { at: number | null } | undefined)?.at ?? undefined
  }

  /** The last proof of each identity, to go on with after a restart. */
  latestTracks(): { readonly id: number; readonly track: Track }[] {
    return (this.#latest.all() as ProofRow[]).map((row) => ({
      id: row.id,
      track: {
        record: recordOf(row),
        challenge: row.challenge ?? undefined,
        // The log may be read again from its start: what was folded before is left out.
        logChallenge: row.outcome === 'running' && row.last_log_at !== null ? (row.challenge ?? undefined) : undefined,
        lastLogAt: row.last_log_at === null ? undefined : row.last_log_at + 1,
        readBytes: row.bytes_per_second !== null && row.read_ms !== null ? (row.bytes_per_second * row.read_ms) / 1000 : 0,
        readMs: row.read_ms ?? 0,
      },
    }))
  }
}

const recordOf = (row: ProofRow): ProofRecord => ({
  identity: row.identity,
  epoch: row.epoch,
  startedAt: row.started_at,
  ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
  outcome: row.outcome,
  passes: row.passes,
  ...(row.pow_ms === null ? {} : { powMs: row.pow_ms }),
  ...(row.read_ms === null ? {} : { readMs: row.read_ms }),
  ...(row.bytes_per_second === null ? {} : { bytesPerSecond: row.bytes_per_second }),
  ...(row.cause === null ? {} : { cause: row.cause }),
})
