import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { loadedKeys } from '../../electron/operations/steps/key-moves.ts'
import { LOCAL_SCHEMA } from '../../electron/practice/node/schemas.ts'
import { aKey } from '../unit/identities/keys.ts'
import type { CrashFiles } from './crash-files.ts'
import { scratchFolder } from './scratch.ts'

/** What every identity's newest rows are, kept on the disk itself so that it survives what the disk survives. */
const LEDGER = '/ledger.json'

export interface NodeKey {
  readonly name: string
  readonly identity: string
  readonly hex: string
}
export const keyOf = (n: number, name: string): NodeKey => {
  const { id, hex } = aKey(n)
  return { name, identity: id, hex }
}

export type RowsIn = 'wal' | 'main' | 'both'

function inScratch<T>(work: (folder: string) => T): T {
  const folder = scratchFolder('crash-node-')
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const blob = (hex: string): Buffer => Buffer.from(hex, 'hex')
const filled = (value: number, bytes = 32): Buffer => Buffer.alloc(bytes, value % 256)

/** Rows in every table, told apart by `sequence`. */
export function writeRows(db: Database, id: string, sequence: number): void {
  const key = blob(id)
  db.prepare('INSERT OR REPLACE INTO post VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(key, 1, filled(sequence, 8), 7, 4, filled(1), 9, filled(0))
  db.prepare('INSERT OR REPLACE INTO challenge (id, epoch, sequence, prev_atx, pos_atx) VALUES (?, ?, ?, ?, ?)').run(
    key,
    3,
    sequence,
    filled(2),
    filled(3),
  )
  db.prepare('INSERT OR REPLACE INTO poet_registration VALUES (?, ?, ?, ?, ?)').run(
    key,
    filled(sequence),
    'http://poet.one',
    '3',
    1_800_000_000,
  )
  db.prepare('INSERT OR REPLACE INTO nipost VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    key,
    1,
    filled(5, 8),
    7,
    4,
    9,
    filled(6),
    filled(7),
    128,
  )
  db.prepare('DELETE FROM poet_certificates WHERE node_id = ?').run(key)
  db.prepare('INSERT INTO poet_certificates VALUES (?, ?, ?, ?)').run(key, filled(8), filled(sequence), filled(9))
}

/** Runs `work` on a database whose files lie in the fake disk, as a node would: WAL, and killed without folding it in. */
function asNode(files: CrashFiles, dataFolder: string, work: (db: Database) => void): void {
  inScratch((scratch) => {
    const real = path.join(scratch, 'local.sql')
    const at = path.posix.join(dataFolder, 'local.sql')
    for (const tail of ['', '-wal']) {
      const bytes = files.content(at + tail)
      if (bytes !== undefined) writeFileSync(real + tail, bytes)
    }
    const db = new Sqlite(real)
    try {
      db.pragma('journal_mode = WAL')
      db.pragma('wal_autocheckpoint = 0')
      if (db.pragma('user_version', { simple: true }) === 0) db.exec(`${LOCAL_SCHEMA}; PRAGMA user_version = 9`)
      work(db)
      for (const tail of ['', '-wal', '-shm'])
        if (existsSync(real + tail)) files.put(at + tail, readFileSync(real + tail))
        else if (files.content(at + tail) !== undefined) files.remove(at + tail)
    } finally {
      db.close()
    }
  })
}

/** Folds what is in the log into the file, so that later rows alone lie in the log. */
function foldAll(files: CrashFiles, dataFolder: string): void {
  inScratch((scratch) => {
    const real = path.join(scratch, 'local.sql')
    const at = path.posix.join(dataFolder, 'local.sql')
    for (const tail of ['', '-wal']) {
      const bytes = files.content(at + tail)
      if (bytes !== undefined) writeFileSync(real + tail, bytes)
    }
    const db = new Sqlite(real)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    files.put(at, readFileSync(real))
    for (const tail of ['-wal', '-shm']) if (files.content(at + tail) !== undefined) files.remove(at + tail)
  })
}

const readLedger = (files: CrashFiles): Record<string, number> =>
  JSON.parse(files.content(LEDGER)?.toString() ?? '{}') as Record<string, number>

/** A node's folder with keys and rows, where a real one leaves them; keys that were there before have left old rows. */
export function putNode(
  files: CrashFiles,
  dataFolder: string,
  {
    keys,
    rowsIn = 'wal',
    oldRowsOf = [],
  }: { readonly keys: readonly NodeKey[]; readonly rowsIn?: RowsIn; readonly oldRowsOf?: readonly NodeKey[] },
): void {
  files.putFolder(`${dataFolder}/identities`)
  files.put(`${dataFolder}/genesis.json`, '{}')
  for (const { name, hex } of keys) files.put(`${dataFolder}/identities/${name}`, hex)
  const ledger = readLedger(files)
  const [first, ...rest] = keys
  asNode(files, dataFolder, (db) => {
    for (const { identity } of rowsIn === 'both' && first !== undefined ? [first] : keys) writeRows(db, identity, (ledger[identity] = 10))
    for (const { identity } of oldRowsOf) writeRows(db, identity, 3)
    db.exec("INSERT OR REPLACE INTO prepared_activeset VALUES (1, 3, x'00', 5, x'01')")
  })
  if (rowsIn !== 'wal') foldAll(files, dataFolder)
  if (rowsIn === 'both')
    asNode(files, dataFolder, (db) => {
      for (const { identity } of rest) writeRows(db, identity, (ledger[identity] = 10))
    })
  files.put(LEDGER, JSON.stringify(ledger))
}

/** `sequence` of every identity with a challenge, and whether all its five rows are there once. */
export function rowsOf(files: CrashFiles, dataFolder: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  inScratch((scratch) => {
    const real = path.join(scratch, 'local.sql')
    const at = path.posix.join(dataFolder, 'local.sql')
    const main = files.content(at)
    if (main === undefined) return
    mkdirSync(scratch, { recursive: true })
    writeFileSync(real, main)
    const wal = files.content(`${at}-wal`)
    if (wal !== undefined) writeFileSync(`${real}-wal`, wal)
    const db = new Sqlite(real)
    try {
      if (db.pragma('integrity_check', { simple: true }) !== 'ok') throw new Error(`${dataFolder}: damaged`)
      if (db.pragma('user_version', { simple: true }) === 0) return
      const count = (table: string, id: string, column = 'id'): number =>
        Number(db.prepare(`SELECT count(*) FROM ${table} WHERE ${column} = ?`).pluck().get(blob(id)))
      for (const row of db.prepare<[], { id: Buffer; sequence: number }>('SELECT id, sequence FROM challenge').all()) {
        const id = row.id.toString('hex')
        const counts = [count('post', id), count('poet_registration', id), count('nipost', id), count('poet_certificates', id, 'node_id')]
        const certificate = db.prepare('SELECT certificate FROM poet_certificates WHERE node_id = ?').pluck().get(row.id)
        const isOne = counts.every((one) => one === 1) && certificate instanceof Buffer && certificate[0] === row.sequence % 256
        found.set(id, isOne ? row.sequence : -1)
      }
    } finally {
      db.close()
    }
  })
  return found
}

/** Keys that a node on this folder would load; undefined when it would not start at all. */
export function wouldLoad(files: CrashFiles, dataFolder: string): readonly string[] | undefined {
  const keys = loadedKeys(files, dataFolder)
  if (keys.some(({ identity }) => identity === undefined)) return undefined
  const ids = keys.map(({ identity }) => String(identity))
  if (new Set(ids).size !== ids.length) return undefined
  return ids.length > 1 && keys.some(({ file }) => path.basename(file) === 'local.key') ? undefined : ids
}

/** Another one for each folder. */
const freshNumber = (folder: string): number => Buffer.from(folder).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 1000)

/**
 * Starts a node on each folder, as a user might after a crash, and stops it: it makes itself a `local.key` where it finds no
 * key, and moves the rows of its keys on. @returns what is broken: a key that loads twice, or one that meets old rows
 */
export function startNodes(files: CrashFiles, folders: readonly string[]): string | undefined {
  const seen = new Map<string, string>()
  const ledger = readLedger(files)
  for (const folder of folders) {
    if (files.facts(folder) === undefined) continue
    const ids = wouldLoad(files, folder)
    if (ids === undefined) continue
    for (const id of ids) {
      const other = seen.get(id)
      if (other !== undefined) return `${id.slice(0, 8)} loads in ${other} and in ${folder}`
      seen.set(id, folder)
    }
    if (ids.length === 0) files.put(`${folder}/identities/local.key`, keyOf(freshNumber(folder), 'local.key').hex)
    const rows = rowsOf(files, folder)
    for (const id of ids)
      if (ledger[id] !== undefined && rows.get(id) !== ledger[id])
        return `${id.slice(0, 8)} starts in ${folder} with rows ${rows.get(id) ?? 'none'} instead of ${ledger[id]}`
    asNode(files, folder, (db) => {
      for (const id of ids) if (ledger[id] !== undefined) writeRows(db, id, (ledger[id] = (ledger[id] ?? 0) + 1))
    })
  }
  files.put(LEDGER, JSON.stringify(ledger))
  return undefined
}

/** Where each of these keys is armed, as `folder/name`; a key that is nowhere whole is told. */
export function armedPlaces(files: CrashFiles, folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>()
  for (const folder of folders)
    for (const { file, identity } of loadedKeys(files, folder)) {
      if (identity === undefined) continue
      places.set(identity, [...(places.get(identity) ?? []), file])
    }
  return places
}

export const newestRows = (files: CrashFiles): Readonly<Record<string, number>> => readLedger(files)
