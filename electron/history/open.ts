import { existsSync, mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { Logger } from '../lib/logger.ts'
import { migrate, MIGRATIONS, versionOf } from './schema.ts'

export type OpenFault = 'history/newer' | 'history/unreadable'

export interface Opened {
  readonly db: Database
  /** Where a damaged predecessor was preserved, when a new file had to be begun. */
  readonly preservedAs?: string
}

/** SQLite's code of an error, e.g. `SQLITE_FULL`; empty for anything else. */
export const sqliteCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

export const isDamage = (cause: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(cause))

/** Whether a row was refused for what it holds: the next one may be taken, and the same one never will. */
export const isOfItsContent = (cause: unknown): boolean =>
  /^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)/.test(sqliteCode(cause)) || cause instanceof TypeError || cause instanceof RangeError

/**
 * Opens `file` in WAL mode and brings it to this version.
 *
 * `synchronous = NORMAL`: what was committed survives any crash of ours; a power cut may take the last commits, never
 * the file. That suits history, from which nothing is decided that could cost a key or a proof.
 *
 * @fault `history/newer`       written by a later version; untouched
 * @fault `history/unreadable`  no access, no space for the first page, or a folder in its place
 */
export function openFile(file: string, options: { log: Logger; nowMs: number }): Result<Opened, OpenFault> {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    return openOnce(file)
  } catch (cause) {
    if (!isDamage(cause)) return unreadable(file, cause)
    try {
      const preservedAs = setAside(file, options.nowMs)
      options.log.error('history.damaged', { file, preservedAs, detail: textOf(cause) })
      const opened = openOnce(file)
      return opened.ok ? ok({ ...opened.value, preservedAs }) : opened
    } catch (second) {
      return unreadable(file, second)
    }
  }
}

const unreadable = (file: string, cause: unknown) =>
  fail('history/unreadable', `the history file cannot be used: ${textOf(cause)}`, { context: { file } })

function openOnce(file: string): Result<Opened, OpenFault> {
  const db = new Sqlite(file, { timeout: 2000 })
  try {
    const version = versionOf(db)
    if (version > MIGRATIONS.length) {
      db.close()
      return fail('history/newer', `${file} was written by a newer version (${version}, this one knows ${MIGRATIONS.length})`, {
        context: { file, version },
      })
    }
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('journal_size_limit = 8388608')
    migrate(db)
    touchEveryTable(db)
    return ok({ db })
  } catch (cause) {
    db.close()
    throw cause
  }
}

/** Reads the ends of every table: finds damage where we are going to work, without reading the whole file. */
function touchEveryTable(db: Database): void {
  const tables = db.prepare<[], { name: string; type: string }>("SELECT name, type FROM sqlite_schema WHERE type = 'table'").all()
  for (const { name } of tables) db.prepare(`SELECT * FROM "${name}" ORDER BY 1 DESC LIMIT 1`).get()
}

/** Moves the file and what belongs to it out of the way; nothing is deleted. */
export function setAside(file: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')
  let target = `${file}.damaged-${stamp}`
  for (let n = 2; existsSync(target); n += 1) target = `${file}.damaged-${stamp}-${n}`
  renameSync(file, target)
  for (const tail of ['-wal', '-shm']) if (existsSync(file + tail)) renameSync(file + tail, target + tail)
  return target
}
