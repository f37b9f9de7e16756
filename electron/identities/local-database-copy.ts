import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { syncFolder } from '../lib/files.ts'
import { firstProblem, withSnapshot, type Snapshot } from './database-snapshot.ts'
import { schemaProblem } from './local-database.ts'

export interface CopiedDatabase {
  readonly schema: number
  readonly bytes: number
  /** Rows of every table. */
  readonly rows: Readonly<Record<string, number>>
  /** Why this version cannot work with the copy; it is whole all the same. */
  readonly problem?: string
}

export type CopyFault = 'database/absent' | 'database/locked' | 'database/corrupt' | 'database/unsupported' | 'database/not-written'

/**
 * Writes all of a node's local.sql, log included, as one self-contained file `target`, whether the node runs or not. The
 * copy is checked (pages, version, rows of every table) and durable before it gets its name; nothing is overwritten.
 *
 * @fault `database/unsupported` an empty database (its log is missing): there is nothing to keep
 * @fault `database/not-written` `target` exists, or the disk did not take it; also: local.sql may not be read
 */
export function copyLocalDatabase(
  dataFolder: string,
  target: string,
  { temporary }: { readonly temporary: string },
): Result<CopiedDatabase, CopyFault> {
  const copied = withSnapshot(dataFolder, temporary, (snapshot): Result<CopiedDatabase, CopyFault> => {
    if (snapshot.schema === 0) return fail('database/unsupported', schemaProblem(0, snapshot.name) ?? '')
    return writeCopy(snapshot, target)
  })
  if (copied.ok) return copied
  const { code, ...fault } = copied.fault
  return { ok: false, fault: { ...fault, code: code === 'database/unreadable' ? 'database/not-written' : code } }
}

function writeCopy(snapshot: Snapshot, target: string): Result<CopiedDatabase, 'database/not-written' | 'database/corrupt'> {
  if (existsSync(target)) return fail('database/not-written', `${target} exists already and is not overwritten`)
  const aside = `${target}.${process.pid}.${Math.random().toString(36).slice(2, 8)}.new`
  try {
    // SQLite takes an empty file as target: so it has the right mode from its first byte.
    closeSync(openSync(aside, 'wx', 0o600))
    snapshot.db.prepare('VACUUM INTO ?').run(aside)
    const rows = rowCounts(snapshot.db)
    const problem = copyProblem(aside, snapshot.schema, rows)
    if (problem !== undefined) return fail('database/not-written', `the copy of local.sql is not what was read: ${problem}`)
    sync(aside)
    const { size } = statSync(aside)
    renameSync(aside, target)
    syncFolder(path.dirname(target))
    const strange = schemaProblem(snapshot.schema, snapshot.name)
    return ok({ schema: snapshot.schema, bytes: size, rows, ...(strange === undefined ? {} : { problem: strange }) })
  } catch (cause) {
    return fail('database/not-written', `the copy of local.sql could not be written to ${target}: ${textOf(cause)}`)
  } finally {
    for (const tail of ['', '-wal', '-shm', '-journal']) rmSync(aside + tail, { force: true })
  }
}

function rowCounts(db: Database): Record<string, number> {
  const tables = db.prepare<[], string>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  )
  const count = (table: string): number =>
    Number(
      db
        .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    )
  return Object.fromEntries(
    tables
      .pluck()
      .all()
      .map((table) => [table, count(table)]),
  )
}

/** What differs between the written file and what was read; `undefined` when it is the same. */
function copyProblem(file: string, schema: number, rows: Readonly<Record<string, number>>): string | undefined {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    const damage = firstProblem(db)
    if (damage !== undefined) return damage
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version !== schema) return `version ${version} instead of ${schema}`
    const have = JSON.stringify(rowCounts(db))
    if (have !== JSON.stringify(rows)) return `rows ${have} instead of ${JSON.stringify(rows)}`
    const mode = db.pragma('journal_mode', { simple: true })
    if (mode !== 'delete') return `journal mode ${String(mode)}`
  } finally {
    db.close()
  }
  const beside = ['-wal', '-shm', '-journal'].find((tail) => existsSync(file + tail))
  return beside === undefined ? headProblem(file) : `${beside} lies beside it`
}

/** Bytes 18 and 19 of the header: 1 = no log is needed to read the file. */
function headProblem(file: string): string | undefined {
  const fd = openSync(file, 'r')
  try {
    const head = Buffer.alloc(20)
    readSync(fd, head, 0, 20, 0)
    return head[18] === 1 && head[19] === 1 ? undefined : 'it still expects a log beside it'
  } finally {
    closeSync(fd)
  }
}

function sync(file: string): void {
  const fd = openSync(file, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
