import { createHash } from 'node:crypto'
import type { Database, Statement } from 'better-sqlite3'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Alarm, IdentityStatus } from '../../shared/domain/status.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import type { NetworkTiming } from '../../shared/domain/network.ts'
import { foldProof, type Folded, type ProofBook } from './proof-book.ts'
import { isEnd, type Track } from './proof-track.ts'
import { evidenceChange, eventSentence, type Tone } from './sentences.ts'

/** One thing to write; what can be lost last is dropped first when the disk stays full. */
export type Item =
  | { readonly is: 'observation'; readonly seen: Observation }
  | {
      readonly is: 'status'
      readonly at: number
      readonly identity: string
      readonly from: IdentityStatus | undefined
      readonly to: IdentityStatus
    }
  | { readonly is: 'alarm'; readonly at: number; readonly alarm: Alarm }
  | { readonly is: 'process'; readonly run: ProcessRun }
  | { readonly is: 'sent'; readonly sent: SentMessage }

/** A start (without `ended`) or an end of a process. `name` is the supervisor's, e.g. `node`, `post-service-…`. */
export interface ProcessRun {
  readonly name: string
  readonly identity?: string
  readonly pid?: number
  readonly startedAt: number
  readonly wasAdopted?: boolean
  readonly ended?: { readonly at: number; readonly code?: number; readonly signal?: string; readonly cause?: string }
}

export interface SentMessage {
  /** Once-only key: the alarm's own, or one made from what happened (`proof-finished:<id>:<epoch>`). */
  readonly key: string
  readonly at: number
  readonly way: 'desktop' | 'webhook' | 'none'
  readonly outcome: 'sent' | 'queued' | 'failed' | 'quiet'
  readonly title: string
  readonly body: string
}

type Binding = string | number | null | Buffer
type Row = Statement<Binding[]>

/** The statements of one open database; `apply` runs inside the caller's transaction. */
export class Rows {
  readonly #put: Record<'entry' | 'event' | 'proof' | 'run' | 'runEnd' | 'status' | 'alarm' | 'sent' | 'atx' | 'evidence', Row>
  readonly #lastEvidence: Statement<[string], { value: string }>
  readonly #openRun: Statement<[string, string], { id: number; pid: number | null; started_at: number }>
  readonly #endedRun: Statement<[string, string, number], { id: number }>
  readonly #timing: () => NetworkTiming | undefined

  constructor(db: Database, timing: () => NetworkTiming | undefined) {
    this.#timing = timing
    const sql = (text: string): Row => db.prepare(text)
    this.#put = {
      entry: sql('INSERT INTO entries (at, identity, kind, severity, sentence) VALUES (?, ?, ?, ?, ?)'),
      event: sql('INSERT OR IGNORE INTO node_events (content, at, event, identity, failure, json) VALUES (?, ?, ?, ?, ?, ?)'),
      proof: sql(
        `INSERT INTO proofs (id, identity, epoch, started_at, finished_at, outcome, challenge, passes, pow_ms, read_ms, bytes_per_second, cause, last_log_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome, challenge = excluded.challenge,
           passes = excluded.passes, pow_ms = excluded.pow_ms, read_ms = excluded.read_ms,
           bytes_per_second = excluded.bytes_per_second, cause = excluded.cause, last_log_at = excluded.last_log_at`,
      ),
      run: sql('INSERT INTO process_runs (name, identity, pid, started_at, was_adopted) VALUES (?, ?, ?, ?, ?)'),
      runEnd: sql('UPDATE process_runs SET ended_at = ?, exit_code = ?, exit_signal = ?, cause = ? WHERE id = ?'),
      status: sql('INSERT INTO status_changes (at, identity, from_kind, to_kind, timing, sentence) VALUES (?, ?, ?, ?, ?, ?)'),
      alarm: sql('INSERT INTO alarms (at, key, code, severity, identity, sentence) VALUES (?, ?, ?, ?, ?, ?)'),
      sent: sql('INSERT INTO notifications (key, way, outcome, at, title, body) VALUES (?, ?, ?, ?, ?, ?)'),
      atx: sql('INSERT OR IGNORE INTO atxs (atx_id, identity, publish_epoch, num_units, seen_at) VALUES (?, ?, ?, ?, ?)'),
      evidence: sql(
        'INSERT INTO evidence (key, value, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at',
      ),
    }
    this.#lastEvidence = db.prepare('SELECT value FROM evidence WHERE key = ?')
    this.#openRun = db.prepare(
      "SELECT id, pid, started_at FROM process_runs WHERE name = ? AND identity IS nullif(?, '') AND ended_at IS NULL ORDER BY id DESC LIMIT 1",
    )
    this.#endedRun = db.prepare("SELECT id FROM process_runs WHERE name = ? AND identity IS nullif(?, '') AND ended_at = ? LIMIT 1")
  }

  /** @returns the proof book after `item` and the tracks to store. */
  apply(item: Item, book: ProofBook): Folded {
    switch (item.is) {
      case 'observation':
        return this.#observe(item.seen, book)
      case 'status': {
        const { at, identity, from, to } = item
        this.#put.status.run(at, identity, from?.kind ?? null, to.kind, to.timing, to.sentence)
        this.#entry(at, identity, 'status', { severity: toneOf(to), sentence: to.sentence })
        return { book, changed: [] }
      }
      case 'alarm': {
        const { alarm } = item
        this.#put.alarm.run(item.at, alarm.key, alarm.code, alarm.severity, alarm.identity ?? null, alarm.sentence)
        this.#entry(item.at, alarm.identity, 'alarm', { severity: alarm.severity, sentence: alarm.sentence })
        return { book, changed: [] }
      }
      case 'process':
        this.#process(item.run)
        return { book, changed: [] }
      case 'sent': {
        const { sent } = item
        this.#put.sent.run(sent.key, sent.way, sent.outcome, sent.at, sent.title, sent.body)
        if (sent.outcome !== 'quiet')
          this.#entry(sent.at, undefined, 'notification', { severity: 'info', sentence: `${sentWord(sent)}: ${sent.title}. ${sent.body}` })
        return { book, changed: [] }
      }
      default:
        return assertNever(item)
    }
  }

  storeProof(track: Track, id: number | undefined): number {
    const { record: r } = track
    const { lastInsertRowid } = this.#put.proof.run(
      id ?? null,
      r.identity,
      r.epoch,
      r.startedAt,
      r.finishedAt ?? null,
      r.outcome,
      track.challenge ?? null,
      r.passes,
      whole(r.powMs),
      whole(r.readMs),
      r.bytesPerSecond ?? null,
      r.cause ?? null,
      track.lastLogAt ?? null,
    )
    return id ?? Number(lastInsertRowid)
  }

  #observe(seen: Observation, book: ProofBook): Folded {
    if (seen.kind === 'node-event') {
      const { event } = seen
      const identity = 'identity' in event ? event.identity : undefined
      const json = canonicalJson(event)
      const content = createHash('sha256').update(json).digest().subarray(0, 16)
      const { changes } = this.#put.event.run(content, event.emittedAt, event.event, identity ?? null, event.failure ? 1 : 0, json)
      if (changes === 0) return { book, changed: [] } // the node's ring, told again
      const { sentence, severity } = eventSentence(event)
      this.#entry(event.emittedAt, identity, 'node-event', { severity: severity, sentence: sentence })
    } else if (seen.kind === 'activations') {
      for (const atx of seen.list) {
        const { changes } = this.#put.atx.run(atx.atxId, atx.identity, atx.publishEpoch, atx.numUnits ?? null, seen.at)
        if (changes > 0)
          this.#entry(seen.at, atx.identity, 'atx', {
            severity: 'info',
            sentence: `The network lists its ATX for epoch ${atx.publishEpoch}.`,
          })
      }
    } else if (seen.kind === 'clock-jump') {
      this.#entry(seen.at, undefined, 'clock', { severity: 'warn', sentence: `The clock jumped by ${Math.round(seen.byMs / 1000)} s.` })
    } else if (seen.kind === 'node-process' || seen.kind === 'service-process') this.#processState(seen)
    this.#evidence(seen)
    return foldProof(book, seen, this.#timing())
  }

  #evidence(seen: Observation): void {
    const change = evidenceChange(seen)
    if (change === undefined) return
    const before = this.#lastEvidence.get(change.key)?.value
    if (before === change.value) return
    this.#put.evidence.run(change.key, change.value, seen.at)
    const sentence = before === undefined ? change.value : `${change.value} (before: ${before})`
    this.#entry(seen.at, 'identity' in seen ? seen.identity : undefined, 'evidence', { severity: change.severity, sentence: sentence })
  }

  /** Supervisor states become runs; the same state told again adds nothing. */
  #processState(seen: Observation & { readonly kind: 'node-process' | 'service-process' }): void {
    const { state } = seen
    const identity = seen.kind === 'service-process' ? seen.identity : undefined
    const who = { name: identity === undefined ? 'node' : 'post-service', ...(identity === undefined ? {} : { identity }) }
    const pid = 'pid' in state && state.pid !== undefined ? { pid: state.pid } : {}
    if (state.at === 'starting') this.#process({ ...who, ...pid, startedAt: state.since })
    else if (state.at === 'ready' && state.adopted === true) this.#process({ ...who, ...pid, startedAt: state.since, wasAdopted: true })
    else if (isEnd(state)) {
      const { at, ranMs, code, signal, cause } = state.last
      const ended = {
        at,
        ...(code === undefined ? {} : { code }),
        ...(signal === undefined ? {} : { signal }),
        ...(cause === undefined ? {} : { cause }),
      }
      this.#process({ ...who, startedAt: at - (ranMs ?? 0), ended })
    }
  }

  #process(run: ProcessRun): void {
    const { ended } = run
    const identity = run.identity ?? ''
    const begin = (): number =>
      Number(
        this.#put.run.run(run.name, run.identity ?? null, run.pid ?? null, run.startedAt, run.wasAdopted === true ? 1 : 0).lastInsertRowid,
      )
    if (ended === undefined) {
      const open = this.#openRun.get(run.name, identity)
      if (open !== undefined && (open.started_at === run.startedAt || (run.pid !== undefined && open.pid === run.pid))) return
      begin()
      const how = run.wasAdopted === true ? 'was found running and is watched again' : 'started'
      this.#entry(run.startedAt, run.identity, 'process', {
        severity: 'info',
        sentence: `${run.name} ${how}${run.pid === undefined ? '' : ` (pid ${run.pid})`}.`,
      })
      return
    }
    if (this.#endedRun.get(run.name, identity, ended.at) !== undefined) return
    const id = this.#openRun.get(run.name, identity)?.id ?? begin()
    this.#put.runEnd.run(ended.at, ended.code ?? null, ended.signal ?? null, ended.cause ?? null, id)
    this.#entry(ended.at, run.identity, 'process', {
      severity: ended.code === 0 ? 'info' : 'warn',
      sentence: `${run.name} ended: ${howEnded(ended)}.`,
    })
  }

  #entry(at: number, identity: string | undefined, kind: string, text: { severity: Tone; sentence: string }): void {
    const { severity, sentence } = text
    this.#put.entry.run(at, identity ?? null, kind, severity, sentence)
  }
}

const whole = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value))

const sentWord = (sent: SentMessage): string =>
  ({ sent: 'Told', queued: 'Will be told', failed: 'Could not tell', quiet: 'Not told' })[sent.outcome]

const BAD_KINDS: readonly string[] = ['failed', 'failing', 'missed', 'twin-suspected', 'banned', 'drive-missing']
const WARN_KINDS: readonly string[] = ['incomplete', 'not-known-to-node', 'needs-service', 'not-connected', 'unknown']
const toneOf = (status: IdentityStatus): Tone =>
  BAD_KINDS.includes(status.kind) || status.timing === 'lost'
    ? 'bad'
    : WARN_KINDS.includes(status.kind) || status.timing === 'late'
      ? 'warn'
      : 'info'

/** JSON with sorted keys: the same event gives the same text whoever built the object. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : typeof inner === 'bigint'
        ? inner.toString()
        : inner,
  )

const howEnded = (ended: NonNullable<ProcessRun['ended']>): string =>
  ended.cause ??
  (ended.signal !== undefined ? `signal ${ended.signal}` : ended.code !== undefined ? `exit code ${ended.code}` : 'exit code unknown')
