import { existsSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { textOf } from '../../../shared/domain/fault.ts'
import { figure } from '../../../shared/domain/words.ts'
import { codeOf, isThere } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { OperationStopped } from '../types.ts'
import type { RowsData } from '../steps/data.ts'
import { copyOut, type Hashed } from './scratch.ts'

export const MAIN = 'local.sql'

/** Tables with rows of an identity, and the column that names it. @source facts/local-db.md §2, §5 */
export function identityTables(schema: number): readonly { readonly table: string; readonly id: string }[] {
  const post = schema < 8 ? 'initial_post' : 'post'
  const tables = [post, 'challenge', 'poet_registration', 'nipost'].map((table) => ({ table, id: 'id' }))
  return schema < 8 ? tables : [...tables, { table: 'poet_certificates', id: 'node_id' }]
}

/** A database as it lies in a data folder: hashes of the file and of its log. */
export interface Inputs {
  readonly main: Hashed | null
  readonly wal: Hashed | null
}

/** Copies a data folder's database with its log to scratch. */
export function takeOut(files: Files, from: { readonly main: string; readonly wal: string }, real: string): Inputs {
  if (!isThere(files, from.main)) return { main: null, wal: null }
  const wal = isThere(files, from.wal) ? copyOut(files, from.wal, `${real}-wal`) : null
  return { main: copyOut(files, from.main, real), wal }
}

/** Folds the log of a scratch copy into its file, so that the file alone is the database. */
export function fold(real: string, what: string): void {
  const db = openWhole(real, what)
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
  assertAlone(real, what)
}

/** Scratch is thrown away after a crash, and what is built there is synced where it goes: nothing waits for the disk here. */
const UNSYNCED = 'synchronous = OFF'

function openWhole(real: string, what: string): Database {
  try {
    const db = new Sqlite(real, { fileMustExist: true })
    db.pragma(UNSYNCED)
    const problem = String(db.pragma('integrity_check(1)', { simple: true }))
    if (problem === 'ok') return db
    db.close()
    throw new OperationStopped(
      'operation/database-corrupt',
      `${what} has damaged pages (${problem}): restore it from a backup, then finish or roll back`,
    )
  } catch (cause) {
    if (cause instanceof OperationStopped) throw cause
    // What is wrong with the copy's own disk says nothing of the database.
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(cause)))
      throw new OperationStopped(
        'operation/scratch-failed',
        `The disk of ${path.dirname(path.dirname(real))} is full or fails, so a copy of ${what} cannot be worked on there (${textOf(cause)}). Make room, then finish or roll back`,
        cause,
      )
    throw new OperationStopped(
      'operation/database-corrupt',
      `${what} cannot be read (${textOf(cause)}): restore it from a backup, then finish or roll back`,
      cause,
    )
  }
}

/** A leftover log beside a new file would replay old pages over it, and no check would notice. */
export function assertAlone(real: string, what: string): void {
  const beside = ['-wal', '-shm', '-journal'].find((tail) => existsSync(real + tail))
  if (beside !== undefined)
    throw new OperationStopped('operation/database-not-folded', `${what} keeps a ${beside} after its log was folded in`)
}

const versionOf = (db: Database): number => Number(db.pragma('user_version', { simple: true }))
/** Every table and index of a database, or of the one that is attached as `schema`. */
export const schemaText = (db: Database, schema: 'main' | 'other' = 'main'): string =>
  JSON.stringify(
    db
      .prepare(`SELECT type, name, sql FROM ${schema}.sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name`)
      .all(),
  )

export interface Built {
  /** Rows of every table afterwards. */
  readonly rows: Readonly<Record<string, number>>
  readonly added: number
  readonly removed: number
}

/** Where the scratch copies are: the database that is changed, and those that rows come from, each with its log beside it. */
export interface Scratch {
  readonly base: string
  /** In the order of `data.bring`; undefined: that folder has no database. */
  readonly sources: readonly (string | undefined)[]
}

/**
 * Makes the changed database out of scratch copies: same tables, same rows as merge-nodes, plus certificates. The base copy
 * becomes the new database, alone in its file, marked, checked.
 * @throws OperationStopped when something is not as the plan saw it
 */
export function buildRows(data: RowsData, { base, sources }: Scratch): Built {
  if (!existsSync(base)) makeEmpty(base, sources)
  const db = openWhole(base, path.join(data.dataFolder, MAIN))
  try {
    assertVersion(db, data.schema, data.dataFolder)
    const before = schemaText(db)
    let added = 0
    for (const [index, source] of sources.entries()) {
      const bring = data.bring[index]
      if (source === undefined || bring === undefined) continue
      added += bringRows(db, data, { source, bring })
    }
    const removed = dropRows(db, data)
    if (schemaText(db) !== before)
      throw new OperationStopped('operation/schema-changed', 'The schema changed while rows were copied: nothing was swapped in')
    db.pragma(`application_id = ${data.marker}`)
    db.pragma('wal_checkpoint(TRUNCATE)')
    return { rows: countRows(db), added, removed }
  } finally {
    db.close()
    assertAlone(base, 'The database that was built')
  }
}

function assertVersion(db: Database, schema: number, dataFolder: string): void {
  const version = versionOf(db)
  if (version !== schema)
    throw new OperationStopped(
      'operation/schema-changed',
      `The database of ${dataFolder} has version ${version} and the plan saw ${schema}: a node of another release ran on it. Roll back, and plan anew`,
    )
}

/** Rows that a fresh database of a node has. @source facts/local-db.md §2, recordings merge-nodes (target-missing) */
export const firstRows = (schema: number): readonly string[] =>
  schema === 7 || schema === 8 ? ['INSERT INTO malfeasance_sync_state VALUES (0)'] : []

/** A target without a database gets the tables of the first source, and none of its rows. */
function makeEmpty(base: string, sources: readonly (string | undefined)[]): void {
  const model = sources.find((one) => one !== undefined)
  if (model === undefined)
    throw new OperationStopped(
      'operation/database-absent',
      'There is no database to take the tables from. Start the node once, then plan anew',
    )
  const from = openWhole(model, 'the database that the tables come from')
  const made = new Sqlite(base)
  try {
    made.pragma(UNSYNCED)
    made.pragma('journal_mode = WAL')
    const statements = from
      .prepare<[], string>("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")
      .pluck()
      .all()
    made.transaction(() => {
      for (const sql of statements) made.exec(sql)
      for (const sql of firstRows(versionOf(from))) made.exec(sql)
      made.pragma(`user_version = ${versionOf(from)}`)
    })()
    made.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    made.close()
    from.close()
  }
}

function bringRows(
  db: Database,
  data: RowsData,
  { source, bring }: { readonly source: string; readonly bring: RowsData['bring'][number] },
): number {
  fold(source, `the database of ${bring.dataFolder}`)
  db.prepare('ATTACH ? AS source').run(source)
  try {
    const version = Number(db.pragma('source.user_version', { simple: true }))
    if (version !== data.schema)
      throw new OperationStopped(
        'operation/schema-changed',
        `The database of ${bring.dataFolder} has version ${version} and the plan saw ${data.schema}. Roll back, and plan anew`,
      )
    return db.transaction(() => copyRows(db, data, bring))()
  } finally {
    db.exec('DETACH source')
    db.exec('DROP TABLE IF EXISTS temp.wanted')
    db.exec('DROP TABLE IF EXISTS temp.known')
  }
}

/** Rows of `ids` replace what is here; rows of everybody else come only where nothing of theirs is here. */
function copyRows(db: Database, { schema, withCertificates }: RowsData, { ids, all }: RowsData['bring'][number]): number {
  const tables = identityTables(schema).filter(({ table }) => withCertificates || table !== 'poet_certificates')
  db.exec('CREATE TEMP TABLE wanted (id BLOB PRIMARY KEY)')
  db.exec('CREATE TEMP TABLE known (id BLOB PRIMARY KEY)')
  const want = db.prepare('INSERT OR IGNORE INTO temp.wanted VALUES (?)')
  for (const id of ids) want.run(Buffer.from(id, 'hex'))
  for (const { table, id } of identityTables(schema)) db.exec(`INSERT OR IGNORE INTO temp.known SELECT ${id} FROM main.${table}`)
  let added = 0
  for (const { table, id } of tables) {
    db.exec(`DELETE FROM main.${table} WHERE ${id} IN (SELECT id FROM temp.wanted)`)
    added += db.prepare(`INSERT INTO main.${table} SELECT * FROM source.${table} WHERE ${id} IN (SELECT id FROM temp.wanted)`).run().changes
    if (!all) continue
    added += db
      .prepare(
        `INSERT INTO main.${table} SELECT * FROM source.${table} WHERE ${id} NOT IN (SELECT id FROM temp.wanted) AND ${id} NOT IN (SELECT id FROM temp.known)`,
      )
      .run().changes
  }
  return added
}

function dropRows(db: Database, { drop, schema }: RowsData): number {
  let removed = 0
  db.transaction(() => {
    for (const { table, id } of identityTables(schema)) {
      const remove = db.prepare(`DELETE FROM main.${table} WHERE ${id} = ?`)
      for (const one of drop) removed += remove.run(Buffer.from(one, 'hex')).changes
    }
  })()
  return removed
}

/** Rows of every table of a database, or of the one that is attached as `schema`. */
export function countRows(db: Database, schema: 'main' | 'other' = 'main'): Record<string, number> {
  const names = db
    .prepare<[], string>(
      `SELECT name FROM ${schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .pluck()
    .all()
  return Object.fromEntries(
    names.map((name) => [
      name,
      Number(
        db
          .prepare(`SELECT count(*) FROM ${schema}."${name.replaceAll('"', '""')}"`)
          .pluck()
          .get(),
      ),
    ]),
  )
}

/** Opens a finished scratch file again and says whether it holds what was built. @throws OperationStopped */
export function checkBuilt(real: string, data: RowsData, rows: Readonly<Record<string, number>>): void {
  const db = openWhole(real, 'The database that was built')
  try {
    assertVersion(db, data.schema, data.dataFolder)
    const have = JSON.stringify(countRows(db))
    if (have !== JSON.stringify(rows))
      throw new OperationStopped(
        'operation/not-as-written',
        `The new database has rows ${have} instead of ${JSON.stringify(rows)}: nothing was swapped in`,
      )
  } finally {
    db.close()
  }
}

export const rowsSentence = (rows: number): string => `${figure(rows)} ${rows === 1 ? 'row' : 'rows'}`
