import { existsSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { z } from 'zod'
import { sha256Of } from '../steps/write-file.ts'
import { fold, identityTables, MAIN, takeOut } from '../database/build.ts'
import { copyIn, dropScratch, freshScratch, removeIfThere, type Hashed } from '../database/scratch.ts'
import { databaseFiles } from '../database/snapshot.ts'
import { LOCAL_SCHEMAS } from '../facts/local-schemas.ts'
import { OperationStopped, type StepTools } from '../types.ts'

const valueSchema = z.union([
  z.null(),
  z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})*$/) }),
  /** Decimal: 64 bits do not fit a JSON number. */
  z.strictObject({ int: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ real: z.number() }),
  z.strictObject({ text: z.string() }),
])
type Value = z.output<typeof valueSchema>

/** Rows of one identity in local.sql. */
export const rowsSchema = z.object({
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  /** user_version of the database that they are from. */
  schema: z.number().int().min(0),
  tables: z.array(z.object({ table: z.string().max(100), columns: z.array(z.string().max(100)), rows: z.array(z.array(valueSchema)) })),
})
export type IdentityRows = z.output<typeof rowsSchema>

export const countOf = ({ tables }: IdentityRows): number => tables.reduce((sum, { rows }) => sum + rows.length, 0)

/** Equal for equal rows: whether a node has moved on since. */
export const rowsDigest = (rows: IdentityRows | null): string => sha256Of(JSON.stringify(rows))

/** @source facts/local-db.md §2: versions before 7 keep other tables under these names */
const OLDEST = 7

function packed(value: unknown): Value {
  if (value === null) return null
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') }
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'number') return { real: value }
  return { text: typeof value === 'string' ? value : '' }
}

function unpacked(value: Value): unknown {
  if (value === null) return null
  if ('hex' in value) return Buffer.from(value.hex, 'hex')
  if ('int' in value) return BigInt(value.int)
  return 'real' in value ? value.real : value.text
}

/** Opens a private copy of a folder's database with its log; undefined when there is none. @throws OperationStopped */
function withCopy<T>(tools: Pick<StepTools, 'files' | 'temporary'>, dataFolder: string, look: (db: Database) => T): T | undefined {
  const scratch = freshScratch(tools.temporary, 'exchange')
  try {
    const real = path.join(scratch, 'copy.sql')
    if (takeOut(tools.files, databaseFiles(dataFolder), real).main === null) return undefined
    fold(real, path.join(dataFolder, MAIN))
    const db = new Sqlite(real, { readonly: true, fileMustExist: true })
    try {
      return look(db)
    } finally {
      db.close()
    }
  } finally {
    dropScratch(scratch)
  }
}

const versionOf = (db: Database): number => Number(db.pragma('user_version', { simple: true }))

/** Rows of an identity as they are now; null when the folder has no database. @throws OperationStopped */
export function readRows(tools: Pick<StepTools, 'files' | 'temporary'>, dataFolder: string, identity: string): IdentityRows | null {
  const read = withCopy(tools, dataFolder, (db): IdentityRows | null => {
    const schema = versionOf(db)
    // A node that never came to its first row: the same as none.
    if (schema === 0) return null
    if (!isKnownSchema(schema)) throw unknownSchema(dataFolder, schema)
    const tables = identityTables(schema).map(({ table, id }) => {
      const statement = db.prepare(`SELECT * FROM ${table} WHERE ${id} = ? ORDER BY 1, 2, 3`).safeIntegers().raw()
      const rows = statement.all(Buffer.from(identity, 'hex')) as unknown[][]
      return { table, columns: statement.columns().map(({ name }) => name), rows: rows.map((row) => row.map(packed)) }
    })
    return { identity, schema, tables }
  })
  return read ?? null
}

const unknownSchema = (dataFolder: string, schema: number): OperationStopped =>
  new OperationStopped(
    'exchange/schema',
    `The database of ${dataFolder} has version ${schema}, which this Smeshkeeper does not carry to another machine. Start go-spacemesh v1.7.6 on it once, then plan anew`,
  )

/** user_version of a folder's database; undefined when there is none, or an empty one. @throws OperationStopped */
export function schemaIn(tools: Pick<StepTools, 'files' | 'temporary'>, dataFolder: string): number | undefined {
  const schema = withCopy(tools, dataFolder, versionOf)
  return schema === 0 ? undefined : schema
}

/** Whether we can make a database of this version. */
export const isKnownSchema = (schema: number): boolean => schema >= OLDEST && LOCAL_SCHEMAS[schema] !== undefined

/** Why these rows cannot be those of a node's database, as the end of a sentence. */
export function rowsProblem({ identity, schema, tables }: IdentityRows): string | undefined {
  const known = new Map(identityTables(schema).map(({ table, id }) => [table, id]))
  for (const { table, columns, rows } of tables) {
    const at = columns.indexOf(known.get(table) ?? '')
    if (at < 0) return `it has rows of a table ${JSON.stringify(table.slice(0, 40))} that no node keeps for an identity`
    const isForeign = rows.some((row) => {
      const value = row[at]
      return row.length !== columns.length || value === null || value === undefined || !('hex' in value) || value.hex !== identity
    })
    if (isForeign) return `it has rows in ${table} that are not its own`
  }
  return undefined
}

/** A small database with these rows alone and the tables that nodes make, at `<folder>/local.sql`. Durable. */
export function writeRowsDatabase(tools: StepTools, folder: string, rows: IdentityRows): Hashed {
  const scratch = freshScratch(tools.temporary, 'exchange-rows')
  try {
    const real = path.join(scratch, MAIN)
    const db = new Sqlite(real)
    try {
      db.transaction(() => {
        for (const sql of LOCAL_SCHEMAS[rows.schema] ?? []) db.exec(sql)
        for (const one of rows.tables) insertRows(db, one)
        db.pragma(`user_version = ${rows.schema}`)
      })()
    } finally {
      db.close()
    }
    if (existsSync(`${real}-journal`)) throw new Error('SQLite left a journal beside a closed database')
    const to = path.join(folder, MAIN)
    removeIfThere(tools.files, to)
    const hashed = copyIn(tools.files, real, to)
    tools.files.syncFolder(folder)
    return hashed
  } finally {
    dropScratch(scratch)
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function insertRows(db: Database, { table, columns, rows }: IdentityRows['tables'][number]): void {
  if (rows.length === 0) return
  const insert = db.prepare(
    `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  for (const row of rows) insert.run(row.map(unpacked))
}

/** Publish epoch that the node was working for; undefined between two of them. */
export function challengeEpoch(rows: IdentityRows | null): number | undefined {
  const challenge = rows?.tables.find(({ table }) => table === 'challenge')
  const value = challenge?.rows[0]?.[challenge.columns.indexOf('epoch')]
  return value !== null && value !== undefined && 'int' in value ? Number(value.int) : undefined
}
