import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../../electron/operations/engine.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import { ROW_TABLES, type NodeFolderSpec, type RowTable } from '../../../builders/node-folder.ts'
import { aKey } from '../../identities/keys.ts'
import { mergeWorld, type MergeWorld } from './merge-world.ts'

/** Runs; more by hand: `MERGE_RUNS=500`. */
const RUNS = Number(process.env['MERGE_RUNS'] ?? 12)

interface Side {
  readonly name: string
  readonly keys: number
  readonly rowsIn: 'wal' | 'main' | 'both'
  readonly tables: readonly RowTable[]
  readonly poets: number
  /** Identities with rows and no key. */
  readonly strangers: number
  readonly isSupervised: boolean
  readonly hasBadKey: boolean
}

const NAMES = ['attic', 'sp ace', 'ünï ☂', 'ha#sh', 'ques?tion', 'per%20cent', "quo'te", 'ба́за'] as const
const side = (most: number): fc.Arbitrary<Side> =>
  fc.record({
    name: fc.constantFrom(...NAMES),
    keys: fc.integer({ min: 1, max: most }),
    rowsIn: fc.constantFrom('wal', 'main', 'both'),
    tables: fc.subarray([...ROW_TABLES]),
    poets: fc.integer({ min: 1, max: 2 }),
    strangers: fc.integer({ min: 0, max: 2 }),
    isSupervised: fc.boolean(),
    hasBadKey: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  })
const story = fc.record({
  schema: fc.constantFrom(7, 8, 9),
  target: side(4),
  hasTarget: fc.boolean(),
  sources: fc.array(side(6), { minLength: 1, maxLength: 3 }),
  /** Whether all key files are called alike. */
  clashes: fc.boolean(),
})
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

/** Folders of a story: each in a folder of its own, so that names may repeat. */
function put(world: MergeWorld, { schema, target, hasTarget, sources, clashes }: Story): { from: string[]; to: string; ids: string[] } {
  let next = 1
  const ids: string[] = []
  const make = (one: Side, index: number): string => {
    const numbers = Array.from({ length: one.isSupervised ? 1 : one.keys }, () => next++)
    const strangers = Array.from({ length: one.strangers }, (_, n) => 5000 + n)
    const name = (n: number): string => (one.isSupervised ? 'local.key' : clashes ? `key-${n - (numbers[0] ?? 0)}.key` : `key-${n}.key`)
    const spec: NodeFolderSpec = {
      keys: { ...Object.fromEntries(numbers.map((n) => [name(n), n])), ...(one.hasBadKey ? { 'zero.key': Buffer.alloc(0) } : {}) },
      schema,
      rowsIn: one.rowsIn,
      rowsOf: [...numbers, ...strangers],
      tables: one.tables,
      poets: Array.from({ length: one.poets }, (_, n) => `http://poet.${n}`),
    }
    ids.push(...numbers.map((n) => aKey(n).id))
    return world.put(`${index}/${one.name}`, spec).dataFolder
  }
  const to = hasTarget ? make(target, 0) : world.at(`0/${target.name}`)
  return { from: sources.map((one, index) => make(one, index + 1)), to, ids }
}

/** Every file with its hash; the folder of nothing is nothing. */
function hashes(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {}
  return Object.fromEntries(
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => statSync(path.join(folder, name)).isFile())
      .toSorted()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex'),
      ]),
  )
}

type Rows = ReadonlyMap<string, readonly string[]>

/** Rows of identities as text, by table and id. */
function rowsIn(dataFolder: string): Rows {
  const all = new Map<string, string[]>()
  if (!existsSync(path.join(dataFolder, 'local.sql'))) return all
  const copy = mkdtempSync(path.join(os.tmpdir(), 'rows-'))
  for (const tail of ['', '-wal'])
    if (existsSync(path.join(dataFolder, `local.sql${tail}`)))
      cpSync(path.join(dataFolder, `local.sql${tail}`), path.join(copy, `local.sql${tail}`))
  const db = new Sqlite(path.join(copy, 'local.sql'))
  const post = db.pragma('user_version', { simple: true }) === 7 ? 'initial_post' : 'post'
  const tables = [post, 'challenge', 'poet_registration', 'nipost', ...(post === 'post' ? ['poet_certificates'] : [])]
  for (const table of tables)
    for (const row of db.prepare<[], readonly unknown[]>(`SELECT * FROM ${table}`).raw().all()) {
      const id = Buffer.from(row[0] as Uint8Array).toString('hex')
      const key = `${table} ${id}`
      all.set(key, [...(all.get(key) ?? []), JSON.stringify(row)].toSorted())
    }
  db.close()
  rmSync(copy, { recursive: true })
  return all
}

function armed(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const identities = path.join(folder, 'identities')
    if (!existsSync(identities)) return []
    return readdirSync(identities)
      .filter((name) => name.endsWith('.key'))
      .map((name) => readFileSync(path.join(identities, name), 'utf8').slice(64))
  })
}

function engineIn(world: MergeWorld): Engine {
  mkdirSync(world.at('home/state'), { recursive: true })
  return createEngine({
    files: systemFiles,
    folder: world.at('home/state/operations'),
    quarantine: world.at('home/quarantine'),
    temporary: world.at('temporary'),
    rules: stepRules(),
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: Date.now,
    monotonic: () => performance.now(),
  })
}

/** What the rows must be: of moved keys as their source has them, of all others as whoever came first had them. */
function expected(target: Rows, sources: readonly { readonly keys: ReadonlySet<string>; readonly rows: Rows }[]): Rows {
  const all = new Map(target)
  for (const { keys, rows } of sources) {
    const known = new Set([...all.keys()].map((key) => key.split(' ')[1]))
    for (const [key, own] of rows) {
      const id = key.split(' ')[1] ?? ''
      if (keys.has(id) || !known.has(id)) all.set(key, own)
    }
  }
  return all
}

async function check(world: MergeWorld, one: Story): Promise<void> {
  const { from, to, ids } = put(world, one)
  const folders = [to, ...from]
  const before = folders.map(hashes)
  const rows = folders.map(rowsIn)
  const keys = from.map((folder) => new Set(armed([folder])))
  const draft = await world.plan(from, to)
  expect(folders.map(hashes)).toEqual(before)
  const reasons = [/[#?%]/.test(one.target.name), (one.hasTarget && one.target.hasBadKey) || one.sources.some(({ hasBadKey }) => hasBadKey)]
  expect(draft.plan.refusals.length > 0, draft.plan.refusals.map(({ detail }) => detail).join('\n')).toBe(reasons.some(Boolean))
  if (draft.plan.refusals.length > 0) return
  const engine = engineIn(world)
  expect(engine.begin(draft)).toMatchObject({ ok: true })
  expect(await engine.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
  expect(armed(folders).toSorted()).toEqual(ids.toSorted())
  expect(armed(from)).toEqual([])
  expect(readdirSync(path.join(to, 'identities'))).not.toContain('local.key')
  const now = rowsIn(to)
  expect(now).toEqual(
    expected(
      rows[0] ?? new Map(),
      from.map((_, n) => ({ keys: keys[n] ?? new Set(), rows: rows[n + 1] ?? new Map() })),
    ),
  )
  for (const { table, before: had, added, removed } of draft.plan.tables)
    if (table !== 'prepared_activeset' && !table.includes('sync'))
      expect(had + added - removed, table).toBe(
        [...now].filter(([key]) => key.startsWith(`${table} `)).reduce((sum, [, own]) => sum + own.length, 0),
      )
  expect(await engine.rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
  expect(folders.map(hashes)).toEqual(before)
}

describe('any merge', () => {
  it(
    'changes nothing while it is planned, arms every key once, keeps every row, counts right, and is undone to the byte',
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(story, async (one) => {
          const world = mergeWorld()
          try {
            await check(world, one)
          } finally {
            world.remove()
          }
        }),
        { numRuns: RUNS },
      )
    },
  )
})
