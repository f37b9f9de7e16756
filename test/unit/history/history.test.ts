import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHistory, type History } from '../../../electron/history/index.ts'
import { SQL } from '../../../electron/history/queries.ts'
import { migrate, MIGRATIONS, versionOf } from '../../../electron/history/schema.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { NodeEvent, Observation } from '../../../shared/domain/observation.ts'
import type { IdentityStatus } from '../../../shared/domain/status.ts'

const A = 'ab'.repeat(32) as IdentityId
const B = 'cd'.repeat(32) as IdentityId
let folder: string
let file: string
let clock: FakeClock
let open: History[]

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-history-'))
  file = path.join(folder, 'state', 'history.sqlite')
  clock = new FakeClock()
  open = []
})
afterEach(() => {
  for (const history of open) history.close()
  rmSync(folder, { recursive: true, force: true })
})

function begin(): History {
  const opened = openHistory(file, { clock, log: silentLogger })
  if (!opened.ok) throw new Error(opened.fault.detail)
  open.push(opened.value)
  return opened.value
}
const event = (at: number, more: Partial<NodeEvent & { challenge: string; identity: IdentityId }> = {}): Observation => ({
  kind: 'node-event',
  at: clock.now(),
  event: { event: 'post-start', emittedAt: at, failure: false, help: '', identity: A, challenge: 'c1'.repeat(32), ...more } as NodeEvent,
})

describe('openHistory', () => {
  it('keeps what was recorded across a restart, newest first, in pages', () => {
    const history = begin()
    for (let i = 0; i < 5; i += 1) history.recordObservation(event(1000 + i))
    history.recordObservation(event(5000, { identity: B }))
    history.close()
    const again = begin()
    expect(again.entries({ limit: 10 }).map((e) => e.at)).toEqual([5000, 1004, 1003, 1002, 1001, 1000])
    const page = again.entries({ identity: A, limit: 2 })
    expect(page.map((e) => e.at)).toEqual([1004, 1003])
    expect(again.entries({ identity: A, limit: 2, before: page[1]?.id }).map((e) => e.at)).toEqual([1002, 1001])
    expect(page[0]).toMatchObject({ identity: A, kind: 'node-event', severity: 'info', sentence: 'A proof began.' })
  })

  it('takes an event once, however often the node replays its ring and in whatever key order', () => {
    const history = begin()
    history.recordObservation(event(1000))
    history.flush()
    history.recordObservation(event(1000))
    history.recordObservation(event(1000, { help: 'another' }))
    const reversed = event(1000) as Observation & { kind: 'node-event' }
    history.recordObservation({ ...reversed, event: Object.fromEntries(Object.entries(reversed.event).reverse()) as NodeEvent })
    expect(history.entries({ limit: 10 })).toHaveLength(2)
    history.close()
    const again = begin()
    again.recordObservation(event(1000))
    expect(again.entries({ limit: 10 })).toHaveLength(2)
  })

  it('writes after 250 ms or 200 rows, not for each row', () => {
    const history = begin()
    const reader = new Sqlite(file, { readonly: true })
    const count = () => (reader.prepare('SELECT count(*) AS n FROM node_events').get() as { n: number }).n
    history.recordObservation(event(1))
    expect(count()).toBe(0)
    clock.advance(250)
    expect(count()).toBe(1)
    for (let i = 0; i < 199; i += 1) history.recordObservation(event(10 + i))
    expect(count()).toBe(1)
    history.recordObservation(event(500))
    expect(count()).toBe(201)
    reader.close()
  })

  it('goes on with a running proof after a restart', () => {
    const first = begin()
    first.recordObservation(event(1000))
    first.close()
    const second = begin()
    second.recordObservation(event(9000, { event: 'post-complete' }))
    expect(second.proofs({ limit: 10 })).toMatchObject([{ startedAt: 1000, finishedAt: 9000, outcome: 'accepted', epoch: -1 }])
  })

  it('tells an evidence change once, and again after a restart only when it differs', () => {
    const gone: Observation = { kind: 'volume', at: 5, identity: A, volume: { is: 'gone' } }
    const first = begin()
    first.recordObservation(gone)
    first.recordObservation(gone)
    first.close()
    const second = begin()
    second.recordObservation(gone)
    expect(second.entries({ limit: 10 })).toMatchObject([{ kind: 'evidence', severity: 'bad', sentence: 'drive gone' }])
    second.recordObservation({
      kind: 'volume',
      at: 9,
      identity: A,
      volume: { is: 'mounted', mountPoint: '/mnt/a', device: '/dev/sda1', freeBytes: 1, totalBytes: 2 },
    })
    expect(second.entries({ limit: 1 })[0]?.sentence).toBe('drive mounted (before: drive gone)')
  })

  it('makes runs of process states, each start and end once', () => {
    const history = begin()
    const state = (at: number, s: Extract<Observation, { kind: 'service-process' }>['state']): void =>
      history.recordObservation({ kind: 'service-process', at, identity: A, state: s })
    state(10, { at: 'starting', attempt: 1, since: 10, readyBy: 99, pid: 7 })
    state(11, { at: 'starting', attempt: 1, since: 10, readyBy: 99, pid: 7 })
    state(20, { at: 'ready', since: 20, pid: 7 })
    const last = { at: 50, signal: 'SIGKILL', ranMs: 40 }
    state(50, { at: 'backoff', attempt: 1, until: 60, last })
    state(51, { at: 'failed', last })
    expect(history.entries({ limit: 10 }).map((e) => e.sentence)).toEqual([
      'post-service ended: signal SIGKILL.',
      'post-service started (pid 7).',
    ])
  })

  it('remembers across restarts what was told', () => {
    const first = begin()
    expect(first.wasSent('drive-gone:ab')).toBe(false)
    expect(first.lastSentAt('drive-gone:ab')).toBeUndefined()
    first.markSent({ key: 'drive-gone:ab', at: 1, way: 'desktop', outcome: 'sent', title: 'Drive is gone', body: '' })
    expect(first.wasSent('drive-gone:ab')).toBe(true)
    const reader = new Sqlite(file, { readonly: true })
    expect(reader.prepare('SELECT count(*) AS n FROM notifications').get()).toEqual({ n: 1 })
    reader.close()
    first.close()
    const second = begin()
    expect(second.wasSent('drive-gone:ab')).toBe(true)
    expect(second.lastSentAt('drive-gone:ab')).toBe(1)
    second.markSent({ key: 'drive-gone:ab', at: 7, way: 'desktop', outcome: 'sent', title: 'Drive is gone', body: '' })
    expect(second.lastSentAt('drive-gone:ab')).toBe(7)
  })

  it('stores status changes, alarms and confirmed ATXs', () => {
    const history = begin()
    const to: IdentityStatus = { kind: 'missed', timing: 'lost', sentence: 'Epoch 61 is lost.', since: 3 }
    history.recordStatusChange({ at: 3, identity: A, from: undefined, to })
    history.recordAlarm(4, { key: 'k', code: 'missed', severity: 'bad', identity: A, sentence: 'Missed.', since: 4 })
    const atxs = {
      kind: 'activations',
      at: 5,
      identities: [A],
      fromEpoch: 1,
      toEpoch: 2,
      list: [{ identity: A, atxId: 'aa', publishEpoch: 2 }],
    }
    history.recordObservation(atxs as unknown as Observation)
    history.recordObservation(atxs as unknown as Observation)
    expect(history.entries({ limit: 9 }).map((e) => [e.kind, e.severity])).toEqual([
      ['atx', 'info'],
      ['alarm', 'bad'],
      ['status', 'bad'],
    ])
  })

  it('prunes what is old but never node events, proofs and ATXs', () => {
    const history = begin()
    history.recordObservation(event(1000))
    history.recordObservation({ kind: 'volume', at: 1000, identity: A, volume: { is: 'gone' } })
    history.recordObservation({ kind: 'clock-jump', at: clock.now(), byMs: 86_400_000 })
    expect(history.prune(30)).toBe(1)
    expect(history.entries({ limit: 9 }).map((e) => e.kind)).toEqual(['clock', 'node-event'])
    expect(history.proofs({ limit: 9 })).toHaveLength(1)
  })

  it('refuses a file of a newer version, names it and leaves it as it is', () => {
    begin().close()
    const db = new Sqlite(file)
    db.pragma('user_version = 99')
    db.close()
    const before = readFileSync(file)
    const opened = openHistory(file, { clock, log: silentLogger })
    expect(opened).toMatchObject({ ok: false, fault: { code: 'history/newer', context: { file, version: 99 } } })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('preserves a file that is no database and begins a new one', () => {
    begin().close()
    writeFileSync(file, 'this was a database once '.repeat(400))
    const history = begin()
    expect(history.preservedAs).toMatch(/history\.sqlite\.damaged-/)
    expect(readFileSync(history.preservedAs ?? '', 'utf8')).toContain('this was a database once')
    history.recordObservation(event(1))
    expect(history.entries({ limit: 5 })).toHaveLength(1)
  })

  it('preserves a truly damaged file: pages overwritten with rubbish', () => {
    const history = begin()
    for (let i = 0; i < 3000; i += 1) history.recordObservation(event(i))
    history.close()
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096)
    writeFileSync(file, bytes)
    const again = begin()
    expect(again.preservedAs).toBeDefined()
    expect(readdirSync(path.dirname(file)).some((name) => name.includes('.damaged-'))).toBe(true)
  })

  it('preserves a file that is damaged while it is in use, and goes on in a new one with what waited', () => {
    const first = begin()
    for (let i = 0; i < 3000; i += 1) first.recordObservation(event(i))
    first.close()
    const history = begin()
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 8192)
    writeFileSync(file, bytes)
    for (let i = 0; i < 50; i += 1) history.recordObservation(event(10_000 + i))
    clock.advance(60_000)
    expect(history.preservedAs).toMatch(/\.damaged-/)
    expect(history.trouble).toBeUndefined()
    expect(history.entries({ limit: 100 })).toHaveLength(50)
  })

  it('keeps a bounded number of rows while the disk takes none, and writes them when it does', () => {
    const history = begin()
    const blocker = new Sqlite(file)
    blocker.pragma('query_only = 0')
    blocker.exec('ALTER TABLE entries RENAME TO away')
    for (let i = 0; i < 50_300; i += 1) history.recordObservation({ kind: 'clock-jump', at: i, byMs: 1 })
    expect(history.trouble).toMatchObject({ code: 'history/not-written' })
    blocker.exec('ALTER TABLE away RENAME TO entries')
    blocker.close()
    clock.advance(15_000)
    expect(history.trouble).toBeUndefined()
    expect(history.entries({ limit: 100_000 })).toHaveLength(50_000)
  })

  it('does not throw when it cannot prune', () => {
    const history = begin()
    history.recordObservation({ kind: 'clock-jump', at: 1, byMs: 1 })
    history.flush()
    const other = new Sqlite(file)
    other.exec('DROP TABLE alarms')
    other.close()
    expect(history.prune(1)).toBe(0)
    expect(history.entries({ limit: 9 })).toHaveLength(1)
  })

  it('leaves out what no database takes, says so, and keeps everything beside it', () => {
    const warned: unknown[] = []
    const opened = openHistory(file, { clock, log: { ...silentLogger, error: (name, fields) => void warned.push([name, fields]) } })
    if (!opened.ok) throw new Error(opened.fault.detail)
    const history = opened.value
    open.push(history)
    history.recordObservation(event(1000))
    history.recordObservation(event(2 ** 63 * 1000))
    history.recordObservation({
      kind: 'service-log',
      at: 1500,
      identity: A,
      fact: { fact: 'pow-started', nonces: { start: 1e30, end: 1e30 + 1e15 } },
    })
    history.recordObservation(event(2000, { event: 'post-complete' }))
    history.markSent({ key: 'told', at: 1, way: 'desktop', outcome: 'sent', title: 'Told', body: '' })
    expect(history.trouble).toBeUndefined()
    expect(
      history
        .entries({ limit: 9 })
        .filter((e) => e.kind === 'node-event')
        .map((e) => e.at),
    ).toEqual([2000, 1000])
    expect(history.proofs({ limit: 9 })).toMatchObject([{ startedAt: 1000, finishedAt: 2000, outcome: 'accepted' }])
    expect(warned).not.toEqual([])
    history.close()
    expect(begin().wasSent('told')).toBe(true)
  })

  it('reports a folder in its place as unreadable', () => {
    begin().close()
    rmSync(file)
    for (const tail of ['-wal', '-shm']) rmSync(file + tail, { force: true })
    writeFileSync(path.join(folder, 'plain'), '')
    const opened = openHistory(path.join(folder, 'plain', 'history.sqlite'), { clock, log: silentLogger })
    expect(opened).toMatchObject({ ok: false, fault: { code: 'history/unreadable' } })
  })

  it('opens an empty file as new', () => {
    begin().close()
    truncateSync(file, 0)
    for (const tail of ['-wal', '-shm']) rmSync(file + tail, { force: true })
    const history = begin()
    expect(history.preservedAs).toBeUndefined()
    expect(history.entries({ limit: 1 })).toEqual([])
  })
})

describe('migrate', () => {
  it('applies each step once, with its version, and leaves the last whole step when one fails', () => {
    const db = new Sqlite(':memory:')
    const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x); INSERT INTO b VALUES (1)']
    migrate(db, steps.slice(0, 1))
    migrate(db, steps)
    migrate(db, steps)
    expect(versionOf(db)).toBe(2)
    expect(db.prepare('SELECT count(*) AS n FROM b').get()).toEqual({ n: 1 })
    expect(() => migrate(db, [...steps, 'CREATE TABLE c (x); THIS IS NOT SQL'])).toThrow(/syntax/)
    expect(versionOf(db)).toBe(2)
    expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'c'").get()).toEqual({ n: 0 })
    db.close()
  })
})

describe('queries with a million entries', () => {
  it('are answered from an index, without a scan or a sort', () => {
    const db = new Sqlite(file.replace('state/', ''))
    db.pragma('synchronous = OFF')
    migrate(db, MIGRATIONS)
    db.exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
      INSERT INTO entries SELECT i, 1700000000000 + i * 1000, CASE WHEN i % 3 = 0 THEN NULL ELSE printf('%064x', i % 200) END, 'node-event', 'info', 'x' FROM n`)
    for (const [name, sql] of Object.entries(SQL)) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.match(/\?/g) ?? []).map(() => 1)) as { detail: string }[]
      for (const { detail } of plan) {
        expect(detail, name).not.toMatch(/TEMP B-TREE/)
        if (detail.startsWith('SCAN')) expect(detail, name).toMatch(/USING (COVERING )?INDEX/)
      }
      expect(
        plan.some(({ detail }) => detail.includes('USING')),
        name,
      ).toBe(true)
    }
    expect(db.prepare(SQL.entriesOfBefore).all('0'.repeat(62) + 'c7', 500_000, 50)).toHaveLength(50)
    db.close()
  }, 60_000)
})
