import type { Database } from 'better-sqlite3'
import { OperationStopped } from '../types.ts'
import { countRows, schemaText } from './build.ts'

/** Tables whose `id` is an identity, in every release that we have seen; elsewhere it may be anything. */
const OF_IDENTITIES = ['initial_post', 'post', 'challenge', 'poet_registration', 'nipost']
const CERTIFICATES = 'poet_certificates'

/** What comes from one source: its untouched copy, where it came from, and the identities that move. */
export interface Coming {
  readonly kept: string
  readonly dataFolder: string
  readonly ids: readonly string[]
}

export const toolStopped = (code: string, text: string): OperationStopped => new OperationStopped(`operation/${code}`, text)
const failed = (text: string): OperationStopped => toolStopped('tool-failed', `${text}. Nothing was changed. Roll back`)

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Attaches a database as `other` for `work`. */
export function withOther<T>(db: Database, file: string, work: () => T): T {
  db.prepare('ATTACH ? AS other').run(file)
  try {
    return work()
  } finally {
    db.exec('DETACH other')
  }
}

const tablesOf = (db: Database): readonly string[] => Object.keys(countRows(db, 'other'))

function missingRows(db: Database, table: string, where: string): number {
  const [other, main] = [`other.${quoted(table)}`, `main.${quoted(table)}`]
  return Number(db.prepare(`SELECT count(*) FROM (SELECT * FROM ${other} ${where} EXCEPT SELECT * FROM ${main})`).pluck().get())
}

/** Both have the same tables: otherwise rows could land in the wrong columns. */
export function requireSameTables(db: Database, what: string): void {
  if (schemaText(db, 'other') !== schemaText(db)) throw failed(`${what}, although the versions are equal`)
}

/** Nothing that was at the target is gone. `other` is the target as it was. */
export function requireKept(db: Database): void {
  for (const table of tablesOf(db)) {
    const missing = missingRows(db, table, '')
    if (missing > 0) throw failed(`The tool lost ${missing} rows of ${table} of the node that stays`)
  }
}

/**
 * Every row that belongs to an identity is there, of whatever table and column: of those that move, and of those without a
 * key, whose rows merge-nodes brings too. Rows of the node itself stay behind. `other` is the untouched source.
 */
export function requireComing(db: Database, { ids, dataFolder }: Coming): void {
  const tables = tablesOf(db)
  db.exec('CREATE TEMP TABLE IF NOT EXISTS known (id BLOB PRIMARY KEY, hex TEXT); DELETE FROM temp.known')
  const insert = db.prepare('INSERT OR IGNORE INTO temp.known VALUES (?, ?)')
  db.transaction(() => ids.forEach((id) => insert.run(Buffer.from(id, 'hex'), id.toLowerCase())))()
  if (tables.includes(CERTIFICATES)) bringCertificates(db)
  for (const table of OF_IDENTITIES.filter((one) => tables.includes(one) && columnsOf(db, one).includes('id')))
    db.exec(`INSERT OR IGNORE INTO temp.known SELECT id, lower(hex(id)) FROM other.${table} WHERE typeof(id) = 'blob'`)
  for (const table of tables.filter((one) => one !== CERTIFICATES)) {
    const isOfSomebody = columnsOf(db, table).map(
      (name) =>
        `${quoted(name)} IN (SELECT id FROM temp.known) OR (typeof(${quoted(name)}) = 'text' AND lower(${quoted(name)}) IN (SELECT hex FROM temp.known))`,
    )
    const missing = missingRows(db, table, `WHERE ${isOfSomebody.join(' OR ')}`)
    if (missing > 0) throw failed(`The tool left ${missing} rows of ${table} of ${dataFolder} behind, although it ended well`)
  }
}

/** merge-nodes leaves certificates behind. They are the one table that we copy for it, and only with an id that moves. */
function bringCertificates(db: Database): void {
  if (!columnsOf(db, CERTIFICATES).includes('node_id')) return
  const where = 'WHERE node_id IN (SELECT id FROM temp.known)'
  db.exec(`DELETE FROM main.${CERTIFICATES} ${where}; INSERT INTO main.${CERTIFICATES} SELECT * FROM other.${CERTIFICATES} ${where}`)
}

const columnsOf = (db: Database, table: string): readonly string[] =>
  db.prepare<[string], string>("SELECT name FROM pragma_table_info(?, 'other')").pluck().all(table)
