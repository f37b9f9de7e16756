import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { makeNodeFolder } from '../../builders/node-folder.ts'
import { aKey } from '../../unit/identities/keys.ts'

export const RECORDINGS = path.join(import.meta.dirname, '../../fixtures/recordings')

const tree = z.array(z.tuple([z.string(), z.number().nullable()]).rest(z.unknown()))
const counts = z.union([z.record(z.string(), z.number()), z.string()]).nullable()
const state = z.object({ from_tree: tree, to_tree: tree, from_db: counts, to_db: counts })
const runSchema = z.object({
  case: z.string(),
  version: z.string().optional(),
  cmd: z.string(),
  exit: z.number(),
  stderr: z.string(),
  before: state,
  after: state,
})

/** One run of merge-nodes with both folders before and after. */
export interface RecordedRun extends z.output<typeof runSchema> {
  readonly file: string
  /** Names of the folders. */
  readonly from: string
  readonly to: string
}

/** Every recorded run that had two folders. */
export function recordedRuns(): readonly RecordedRun[] {
  const folder = path.join(RECORDINGS, 'merge-nodes')
  return readdirSync(folder)
    .filter((name) => /^merge-1\.[\d.]+(-b)?\.json$/.test(name))
    .flatMap((file) =>
      z
        .array(z.unknown())
        .parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
        .flatMap((one) => {
          const run = runSchema.safeParse(one)
          const named = run.success ? /--from \$HOME\/spacemesh\/(.*) --to \$HOME\/spacemesh\/(.*)$/.exec(run.data.cmd) : null
          return run.success && named !== null ? [{ ...run.data, file, from: named[1] ?? '', to: named[2] ?? '' }] : []
        }),
    )
}

/** Folders of real nodes that took part. */
const REAL: Readonly<Record<string, string>> = {
  n176: '1.7.6-remote-after-sigterm',
  n168: '1.6.8-remote-after-sigterm',
  n183: '1.8.3-remote-after-sigterm',
}

class Numbers {
  readonly #byName = new Map<string, number>()
  readonly #isPaired: boolean
  constructor({ case: name }: RecordedRun) {
    this.#isPaired = name.startsWith('same-keys')
  }
  /** The same key for the same name, and where the run says so for the same number. */
  of(side: string, name: string, isClash: boolean): number {
    const key = this.#isPaired ? (/\d+/.exec(name)?.[0] ?? name) : isClash ? `${side} ${name}` : name
    const known = this.#byName.get(key) ?? this.#byName.size + 1
    this.#byName.set(key, known)
    return known
  }
}

const inIdentities = (entries: RecordedRun['before']['from_tree']): RecordedRun['before']['from_tree'] =>
  entries.flatMap((entry): typeof entries =>
    entry[0].startsWith('identities/') && entry[0] !== 'identities/' ? [[entry[0].slice('identities/'.length), entry[1]]] : [],
  )

/** Key files of a recorded tree: whole ones by number, others as their size says. */
function keysOf(run: RecordedRun, side: 'from' | 'to', numbers: Numbers): Record<string, number | Uint8Array> {
  const isClash = run.case.startsWith('name-clash')
  return Object.fromEntries(
    inIdentities(run.before[`${side}_tree`]).flatMap(([name, bytes]): (readonly [string, number | Uint8Array])[] => {
      if (bytes === null || bytes === 12) return []
      const n = numbers.of(side, name, isClash)
      const { hex } = aKey(n)
      if (!name.endsWith('.key')) return [[name, Buffer.alloc(bytes, 'x')]]
      if (run.case === 'source-key-upper-case' && side === 'from') return [[name, Buffer.from(hex.toUpperCase())]]
      if (bytes === 128) return [[name, n]]
      return [[name, Buffer.from(bytes > 128 ? `${hex}\n` : hex.slice(0, bytes))]]
    }),
  )
}

function spoil(dataFolder: string, run: RecordedRun, side: 'from' | 'to'): void {
  const file = path.join(dataFolder, 'local.sql')
  for (const [name, bytes] of inIdentities(run.before[`${side}_tree`])) {
    const at = path.join(dataFolder, 'identities', name)
    if (bytes === 12) symlinkSync('/nonexistent', at)
    if (bytes === null && name.endsWith('/')) mkdirSync(at)
  }
  const db = run.before[`${side}_db`]
  const size = run.before[`${side}_tree`].find(([name]) => name === 'local.sql')?.[1] ?? 0
  if (size === 0 && existsSync(file)) writeFileSync(file, '')
  if (typeof db !== 'string') return
  if (db.includes('not a database')) writeFileSync(file, Buffer.alloc(size, 'no database '))
  else {
    const bytes = readFileSync(file)
    bytes.fill(0x55, 4096, bytes.length)
    writeFileSync(file, bytes)
  }
}

/** Makes one side of a run again, as its tree and counts say. */
function makeSide(dataFolder: string, run: RecordedRun, side: 'from' | 'to', numbers: Numbers): void {
  const entries = run.before[`${side}_tree`]
  if (entries.length === 0) return
  const db = run.before[`${side}_db`]
  const keys = keysOf(run, side, numbers)
  const proper = Object.keys(keys)
    .filter((name) => name.endsWith('.key'))
    .map((name) => numbers.of(side, name, run.case.startsWith('name-clash')))
  const counted = typeof db === 'object' && db !== null ? db : {}
  const rows = counted['challenge'] ?? 0
  // Rows without keys belong to somebody else.
  const rowsOf = [...proper, ...Array.from({ length: rows }, (_, index) => 1000 + index)].slice(0, rows)
  const schema = db === null ? null : (counted['user_version'] ?? 9)
  makeNodeFolder(dataFolder, {
    keys,
    schema: schema === 0 ? 9 : schema,
    rowsIn: 'main',
    rowsOf,
    poets: Array.from({ length: rows === 0 ? 0 : (counted['poet_registration'] ?? 0) / rows }, (_, index) => `http://poet.${index}`),
    activesets: counted['prepared_activeset'] ?? 0,
    genesis: null,
    ...('extra' in counted ? { sql: 'CREATE TABLE extra (a INT)' } : {}),
  })
  if (!entries.some(([name]) => name.startsWith('identities/'))) rmSync(path.join(dataFolder, 'identities'), { recursive: true })
  spoil(dataFolder, run, side)
}

/** Without its genesis: some runs merge nodes of two networks, and merge-nodes never looks. */
function copyReal(name: string, to: string): void {
  cpSync(path.join(RECORDINGS, 'data-folders', name), to, { recursive: true })
  rmSync(path.join(to, 'genesis.json'))
}

/** Both folders of a run as they were before it. */
export function makeRun(run: RecordedRun, folder: string): { readonly from: string; readonly to: string } {
  const numbers = new Numbers(run)
  const at = { from: path.join(folder, run.from), to: path.join(folder, run.to) }
  for (const side of ['to', 'from'] as const) {
    const name = run[side]
    const real = REAL[name] ?? (name === 'nowal' || run.case === 'source-copied-without-wal' ? REAL['n183'] : undefined)
    const isReal = real !== undefined && (side === 'from' || REAL[name] !== undefined)
    if (existsSync(at[side])) continue
    if (isReal || (side === 'from' && run.case === 'source-real-node-rows-in-wal')) copyReal(real ?? REAL['n176'] ?? '', at[side])
    else makeSide(at[side], run, side, numbers)
    if (side === 'from' && run.case === 'source-copied-without-wal')
      for (const tail of ['-wal', '-shm']) rmSync(path.join(at.from, `local.sql${tail}`), { force: true })
  }
  return at
}
