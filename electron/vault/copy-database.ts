import Database from 'better-sqlite3'
import { closeSync, fsyncSync, openSync, statSync } from 'node:fs'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'

/**
 * One self-contained file of a database that may be in use (our history): `VACUUM INTO` sees one moment of it and takes
 * the rows in the write-ahead log along.
 */
export function copyDatabase(from: string, target: string): Result<{ readonly bytes: number }> {
  let db: Database.Database | undefined
  try {
    db = new Database(from, { readonly: true, fileMustExist: true, timeout: 10_000 })
    db.prepare('VACUUM INTO ?').run(target)
    const fd = openSync(target, 'r+')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    return ok({ bytes: statSync(target).size })
  } catch (cause) {
    return fail('database/not-copied', `it cannot be copied (${textOf(cause)})`)
  } finally {
    db?.close()
  }
}
