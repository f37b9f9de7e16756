import { spawnSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { systemFiles } from '../../electron/lib/files.ts'
import { silentLogger } from '../../electron/lib/logger.ts'
import { createEngine } from '../../electron/operations/engine.ts'
import { stepRules } from '../../electron/operations/registry.ts'
import type { Draft } from '../../electron/operations/types.ts'
import { LOCAL_SCHEMA } from '../../electron/practice/node/schemas.ts'
import { writeRows, type NodeKey } from '../fakes/crash-nodes.ts'
import { draftOf, mergeSteps } from '../unit/operations/stories.ts'
import { loadNote } from './parts/proc.ts'
import { median } from './parts/stats.ts'
import { atMost, below, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'merge'
export const describe =
  'merge of 1,000 identities with rows in all tables, on the real disk, beside a copy without syncs (--minutes is not used)'

const IDENTITIES = 1000
const TURNS = 5
/** One second where merge-nodes, which syncs and checks nothing, takes 0.12 s. */
const MOST_TIMES = 8.3

/** Keys that are the same in every run. */
function keysOf(count: number): readonly NodeKey[] {
  return Array.from({ length: count }, (_, n) => {
    const seed = createHash('sha256').update(`bench ${n}`).digest()
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    const identity = key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
    return { name: `key-${n}.key`, identity, hex: seed.toString('hex') + identity }
  })
}

/** A node's folder as it is left by a node that was killed: rows in the log. */
function makeNode(dataFolder: string, keys: readonly NodeKey[]): void {
  mkdirSync(path.join(dataFolder, 'identities'), { recursive: true })
  for (const { name: file, hex } of keys) writeFileSync(path.join(dataFolder, 'identities', file), hex, { mode: 0o600 })
  const aside = path.join(dataFolder, 'aside.sql')
  const db = new Sqlite(aside)
  db.pragma('journal_mode = WAL')
  db.pragma('wal_autocheckpoint = 0')
  db.exec(`${LOCAL_SCHEMA}; PRAGMA user_version = 9`)
  db.transaction(() => {
    for (const { identity } of keys) writeRows(db, identity, 1)
  })()
  for (const tail of ['', '-wal', '-shm'])
    if (existsSync(aside + tail)) copyFileSync(aside + tail, path.join(dataFolder, `local.sql${tail}`))
  db.close()
  for (const tail of ['', '-wal', '-shm']) rmSync(aside + tail, { force: true })
}

interface Folders {
  readonly root: string
  readonly main: string
  readonly attic: string
}

function aWorld(parent: string, keys: readonly NodeKey[], own: NodeKey): Folders {
  const root = mkdtempSync(path.join(parent, 'turn-'))
  const folders = { root, main: path.join(root, 'main'), attic: path.join(root, 'attic') }
  makeNode(folders.main, [own])
  makeNode(folders.attic, keys)
  return folders
}

/** What merge-nodes does: copies the key files, and rows in one transaction; nothing is synced or looked at. */
function plainly({ main, attic }: Folders): number {
  const began = performance.now()
  for (const file of readdirSync(path.join(attic, 'identities')))
    copyFileSync(path.join(attic, 'identities', file), path.join(main, 'identities', `merged-${file}`))
  const db = new Sqlite(path.join(main, 'local.sql'))
  db.pragma('synchronous = OFF')
  db.prepare('ATTACH ? AS source').run(path.join(attic, 'local.sql'))
  db.transaction(() => {
    for (const table of ['post', 'challenge', 'poet_registration', 'nipost', 'poet_certificates'])
      db.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`)
  })()
  db.close()
  return performance.now() - began
}

/** With what the disk asks for a sync alone, so that a figure of one machine can be read on another. */
function oneSync(folder: string): number {
  const file = path.join(folder, 'sync')
  const began = performance.now()
  const fd = systemFiles.create(file, 0o600)
  systemFiles.write(fd, Buffer.alloc(4096))
  systemFiles.sync(fd)
  systemFiles.close(fd)
  return performance.now() - began
}

async function throughEngine({ root, main, attic }: Folders, keys: readonly NodeKey[]): Promise<ReadonlyMap<string, number>> {
  const draft: Draft = draftOf('merge', mergeSteps(main, [{ folder: attic, keys }]))
  const engine = createEngine({
    files: systemFiles,
    folder: path.join(root, 'operations'),
    quarantine: path.join(root, 'quarantine'),
    temporary: path.join(root, 'tmp'),
    rules: stepRules(),
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: Date.now,
    monotonic: () => performance.now(),
  })
  const began = performance.now()
  const begun = engine.begin(draft)
  if (!begun.ok) throw new Error(begun.fault.detail)
  const ended = await engine.finish(draft.plan.id)
  const took = performance.now() - began
  if (!ended.ok) throw new Error(ended.fault.detail)
  return new Map([['all', took], ...ended.value.steps.map(({ title, tookMs = 0 }) => [title, tookMs] as const)])
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const parent = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-bench-'))
  const [own, ...keys] = keysOf(IDENTITIES + 1)
  if (own === undefined) throw new Error('no key')
  const plain: number[] = []
  const syncs: number[] = []
  const ours: ReadonlyMap<string, number>[] = []
  try {
    for (let turn = 1; turn <= TURNS; turn += 1) {
      const worlds = [aWorld(parent, keys, own), aWorld(parent, keys, own)] as const
      // What was written to make them is not waited for by what is measured.
      spawnSync('sync')
      plain.push(plainly(worlds[0]))
      syncs.push(oneSync(worlds[0].root))
      const took = await throughEngine(worlds[1], keys)
      ours.push(took)
      say(`turn ${turn}: ${[...took].map(([what, ms]) => `${what} ${Math.round(ms)} ms`).join(', ')}`)
      for (const { root } of worlds) rmSync(root, { recursive: true, force: true })
    }
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
  const of = (what: string): number => median(ours.map((took) => took.get(what) ?? 0)) / 1000
  const usedMiB = process.resourceUsage().maxRSS / 1024
  return {
    figures: [
      { name: 'merge, with snapshot, syncs, reading back and checks, median', value: of('all'), unit: 's' },
      atMost('the same, in multiples of the copy', of('all') / (median(plain) / 1000), '×', MOST_TIMES),
      below('memory at most, whole process', usedMiB, 'MiB', 300),
      { name: 'copy of the keys and rows without syncs and checks, median', value: median(plain) / 1000, unit: 's' },
      ...['snapshot', 'build-rows', 'keys-out', 'swap-rows', 'keys-in'].map((step) => ({
        name: `of it ${step}`,
        value: of(step),
        unit: 's',
      })),
      { name: 'one small write with its sync', value: median(syncs), unit: 'ms' },
    ],
    notes: [`${TURNS} turns; ${loadNote()}`],
  }
}
