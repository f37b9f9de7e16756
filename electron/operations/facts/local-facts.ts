import type { Database } from 'better-sqlite3'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import type { LocalRows } from '../../../shared/domain/inventory.ts'
import { localDatabaseOf, withSnapshot, type Snapshot, type SnapshotFault } from '../../identities/index.ts'
import { countRows, identityTables } from '../database/build.ts'
import { LOCAL_SCHEMAS } from './local-schemas.ts'

/** Rows of one identity in one table. By hex of the id, whatever its length. */
export type RowsPerId = ReadonlyMap<string, number>

/** A node's local.sql, read whole, with its log. */
export type DatabaseFacts =
  | { readonly is: 'absent' }
  | {
      readonly is: 'read'
      readonly schema: number
      /** Of the file and its log. */
      readonly bytes: number
      readonly isInWal: boolean
      readonly rows: readonly LocalRows[]
      /** Rows of every table. */
      readonly tables: Readonly<Record<string, number>>
      /** Of every table with rows of identities. */
      readonly perId: Readonly<Record<string, RowsPerId>>
      /** What differs from the tables as nodes make them; undefined when nothing, or when those are not known. */
      readonly drift?: string
      /** Its tables as text, white space collapsed. */
      readonly shape: string
    }
  | {
      readonly is: 'unsupported'
      readonly schema: number
      readonly bytes: number
      readonly name: 'local.sql' | 'node_state.sql'
      readonly text: string
    }
  | { readonly is: 'locked' | 'corrupt' | 'unreadable'; readonly text: string }

const collapse = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim()

/** Everything that a node compares with its built-in script. @source facts/local-db.md §4 */
function shapeOf(db: Database): readonly string[] {
  const statements = db
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all()
  return statements.map(collapse).sort()
}

const shortened = (sql: string): string => (sql.length <= 80 ? sql : `${sql.slice(0, 77)}…`)

/** What differs from the tables of this version, told by the statements concerned. */
export function driftOf(schema: number, shape: readonly string[]): string | undefined {
  const known = LOCAL_SCHEMAS[schema]
  if (known === undefined) return undefined
  const extra = shape.filter((sql) => !known.includes(sql)).map((sql) => `it has “${shortened(sql)}”`)
  const missing = known.filter((sql) => !shape.includes(sql)).map((sql) => `“${shortened(sql)}” is missing`)
  const all = [...extra, ...missing]
  return all.length === 0 ? undefined : all.slice(0, 3).join('; ')
}

function rowsPerId(db: Database, table: string, column: string): RowsPerId {
  const rows = db.prepare<[], [string, number]>(`SELECT lower(hex(${column})), count(*) FROM ${table} GROUP BY 1`).raw().all()
  return new Map(rows)
}

function look(snapshot: Snapshot): Result<DatabaseFacts, SnapshotFault> {
  const judged = localDatabaseOf(snapshot)
  if (!judged.ok) return judged
  const { value } = judged
  const { db, schema, name } = snapshot
  if (value.is === 'unsupported') return ok({ is: 'unsupported', schema: value.schema, bytes: snapshot.bytes, name, text: value.text })
  if (value.is !== 'read') return ok(value)
  const shape = shapeOf(db)
  const drift = driftOf(schema, shape)
  return ok({
    ...value,
    tables: countRows(db),
    perId: Object.fromEntries(identityTables(schema).map(({ table, id }) => [table, rowsPerId(db, table, id)])),
    shape: shape.join('\n'),
    ...(drift === undefined ? {} : { drift }),
  })
}

/** From a private copy in `temporary`, after a full page check: nothing in the data folder is changed. */
export function readLocalFacts(dataFolder: string, temporary: string): DatabaseFacts {
  const read = withSnapshot(dataFolder, temporary, look)
  if (read.ok) return read.value
  const { code, detail: text } = read.fault
  if (code === 'database/absent') return { is: 'absent' }
  return { is: code === 'database/locked' ? 'locked' : code === 'database/corrupt' ? 'corrupt' : 'unreadable', text }
}
