import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemFiles } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { planMerge } from '../../../electron/operations/plans/merge.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { makeNodeFolder } from '../../builders/node-folder.ts'
import { makeRun, recordedRuns, RECORDINGS, type RecordedRun } from './parity-runs.ts'

let folder = ''
const at = (name: string): string => path.join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'parity-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const NOW = Date.UTC(2026, 10, 28)

const plan = (from: string | readonly string[], to: string): Promise<Draft> =>
  planMerge(
    { from: typeof from === 'string' ? [from] : from, to, names: {} },
    { now: NOW, random: 'ab12', names: {}, nodes: [], held: [], window: { is: 'safe' }, setUp: () => undefined, stops: [] },
    { files: systemFiles, temporary: at('temporary') },
  )

function engine(): Engine {
  mkdirSync(at('home/state'), { recursive: true })
  return createEngine({
    files: systemFiles,
    folder: at('home/state/operations'),
    quarantine: at('home/quarantine'),
    temporary: at('temporary'),
    rules: stepRules(),
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: () => NOW,
    monotonic: () => performance.now(),
  })
}

async function applied(draft: Draft): Promise<void> {
  const one = engine()
  expect(one.begin(draft)).toMatchObject({ ok: true })
  expect(await one.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
}

/** Works on a copy: opening a database changes it. */
function inDatabase<T>(dataFolder: string, work: (db: Database) => T): T {
  const copy = mkdtempSync(path.join(folder, 'look-'))
  for (const tail of ['', '-wal'])
    if (readdirSync(dataFolder).includes(`local.sql${tail}`))
      cpSync(path.join(dataFolder, `local.sql${tail}`), path.join(copy, `local.sql${tail}`))
  const db = new Sqlite(path.join(copy, 'local.sql'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

const tablesIn = (db: Database): readonly string[] =>
  db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all()
const contents = (dataFolder: string): Record<string, readonly string[]> =>
  inDatabase(dataFolder, (db) =>
    Object.fromEntries(
      tablesIn(db).map((table) => [
        table,
        db
          .prepare(`SELECT * FROM "${table}"`)
          .raw()
          .all()
          .map((row) => JSON.stringify(row))
          .toSorted(),
      ]),
    ),
  )
const countsIn = (dataFolder: string): Record<string, number> =>
  Object.fromEntries(Object.entries(contents(dataFolder)).map(([table, rows]) => [table, rows.length]))
const versionIn = (dataFolder: string): unknown => inDatabase(dataFolder, (db) => db.pragma('user_version', { simple: true }))
const keysIn = (dataFolder: string): readonly string[] =>
  readdirSync(path.join(dataFolder, 'identities'))
    .filter((name) => name.endsWith('.key'))
    .toSorted()

/** What merge-nodes refuses and we do: we give another name, convert on the way, or only read there. */
const HANDLED = /^(name-clash-different-key|target-has-local-key|same-non-key-file-both|path-with-per%20cent)$/
/** What merge-nodes does and we refuse: it ends in lost rows, a node that does not start, or nothing. */
const SAFER = /^(same-keys-other-names-rows-source-only|source-without-identities-folder|target-path-with-.*[#?].*)$/
/** Need a disk of their own. */
const ELSEWHERE = /^(target-read-only|source-read-only|disk-full-.*|no-flags|unknown-flag|help|version)$/

const isRefused = ({ exit, case: name }: RecordedRun): boolean => (exit === 0 ? SAFER.test(name) : !HANDLED.test(name))
const runs = recordedRuns().filter((run) => !ELSEWHERE.test(run.case))
const label = (run: RecordedRun): [string, RecordedRun] => [`${run.file}: ${run.case}`, run]

describe('what merge-nodes refused', () => {
  it.each(runs.filter(isRefused).map(label))('is refused as well: %s', async (_label, run) => {
    const { from, to } = makeRun(run, folder)
    const { plan: made, steps } = await plan(from, to)
    expect(steps).toEqual([])
    expect(made.refusals.length, JSON.stringify(made.checks)).toBeGreaterThan(0)
    for (const sense of senses(run)) expect(made.refusals.map(({ detail }) => detail).join('\n')).toContain(sense)
  })
})

/** Words of its answer that ours must hold, so that a reader of its documents knows it again. */
function senses({ stderr, case: name }: RecordedRun): readonly string[] {
  const known = [/old database version: \d+ < \d+/, /not a valid key file/, /schema drift detected/, /no such file or directory/]
  const found = known.flatMap((one) => one.exec(stderr)?.[0] ?? [])
  if (/duplicate|same-keys|success-again/.test(name)) return ['duplicate key found']
  return name === 'source-dangling-symlink' ? ['link to nothing'] : found
}

describe('what merge-nodes did', () => {
  const done = runs.filter((run) => run.exit === 0 && !isRefused(run))
  it.each(done.map(label))('is planned and done with the same rows and keys, and certificates besides: %s', async (_label, run) => {
    const { from, to } = makeRun(run, folder)
    const certificates = typeof run.before.from_db === 'object' ? (run.before.from_db?.['poet_certificates'] ?? 0) : 0
    const draft = await plan(from, to)
    expect(draft.plan.refusals).toEqual([])
    const { user_version: version, ...rows } = run.after.to_db as Record<string, number>
    const wanted = 'poet_certificates' in rows ? { ...rows, poet_certificates: (rows['poet_certificates'] ?? 0) + certificates } : rows
    expect(Object.fromEntries(draft.plan.tables.map(({ table, before, added, removed }) => [table, before + added - removed]))).toEqual(
      wanted,
    )
    await applied(draft)
    expect(countsIn(to)).toEqual(wanted)
    expect(versionIn(to)).toBe(version)
    if (run.case !== 'target-has-local-key-no-db') {
      const names = run.after.to_tree.flatMap(([name]) => (/^identities\/[^/]*\.key$/.test(name) ? [path.basename(name)] : []))
      expect(keysIn(to)).toEqual(names.toSorted())
    }
    expect(keysIn(from).filter((name) => name !== 'old.key')).toEqual([])
  })

  it.each(runs.filter(({ case: name }) => HANDLED.test(name)).map(label))(
    'and what it refused is done without loss: %s',
    async (_label, run) => {
      const { from, to } = makeRun(run, folder)
      const before = [countsIn(from), countsIn(to)] as const
      const keys = keysIn(from).length + keysIn(to).length
      const draft = await plan(from, to)
      expect(draft.plan.refusals).toEqual([])
      await applied(draft)
      const after = countsIn(to)
      for (const table of ['challenge', 'nipost', 'poet_registration'])
        expect(after[table]).toBe((before[0][table] ?? 0) + (before[1][table] ?? 0))
      expect(keysIn(to)).toHaveLength(keys)
      expect(keysIn(to)).not.toContain('local.key')
    },
  )
})

describe('the recorded merge with contents', () => {
  const recorded = (name: string): string => path.join(RECORDINGS, 'merge-nodes/success-1.7.6', name)

  it('has the same contents, table by table and file by file, but for certificates and the source, which is disarmed', async () => {
    cpSync(recorded('before-from'), at('from'), { recursive: true })
    cpSync(recorded('before-to'), at('to'), { recursive: true })
    cpSync(recorded('after-to'), at('after'), { recursive: true })
    const own = contents(at('from'))
    await applied(await plan(at('from'), at('to')))
    const { poet_certificates: certificates = [], ...rest } = contents(at('to'))
    const { poet_certificates: theirs = [], ...wanted } = contents(at('after'))
    expect(rest).toEqual(wanted)
    expect(certificates).toEqual([...theirs, ...(own['poet_certificates'] ?? [])].toSorted())
    expect(keysIn(at('to'))).toEqual(keysIn(at('after')))
    for (const name of keysIn(at('to')))
      expect(readFileSync(at(`to/identities/${name}`), 'utf8')).toBe(readFileSync(at(`after/identities/${name}`), 'utf8'))
    expect(contents(at('from'))).toEqual(own)
    expect(keysIn(at('from'))).toEqual([])
  })
})

describe('two thousand identities', () => {
  it('come over with all their rows, from several nodes at once', { timeout: 120_000 }, async () => {
    const keys = (first: number, count: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`key-${n}.key`, first + n]))
    makeNodeFolder(at('to'), { keys: keys(1, 10), rowsIn: 'both' })
    const from = [at('one'), at('two')]
    makeNodeFolder(at('one'), { keys: keys(100, 1000) })
    makeNodeFolder(at('two'), { keys: keys(2000, 990), rowsIn: 'both' })
    const draft = await plan(from, at('to'))
    expect(draft.plan.refusals).toEqual([])
    await applied(draft)
    expect(countsIn(at('to'))).toMatchObject({
      post: 2000,
      challenge: 2000,
      poet_registration: 2000,
      nipost: 2000,
      poet_certificates: 2000,
    })
    expect(keysIn(at('to'))).toHaveLength(2000)
    expect(from.flatMap(keysIn)).toEqual([])
  })
})
