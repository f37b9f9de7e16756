import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { fail, ok, textOf, type Fault, type Result } from '../../shared/domain/fault.ts'
import { codeOf } from './key-file.ts'
import { checkWal } from './wal-check.ts'

/** A private copy of a node's local.sql: one moment of it, whoever writes meanwhile. */
export interface Snapshot {
  readonly db: Database
  readonly schema: number
  /** Size of the file and its log, as they lie in the node's folder. */
  readonly bytes: number
  readonly isInWal: boolean
  readonly name: 'local.sql' | 'node_state.sql'
}

export type SnapshotFault = 'database/absent' | 'database/locked' | 'database/corrupt' | 'database/unreadable'

/**
 * What belongs to a database. The `-shm` is left out: SQLite makes it anew from the log, and a copied one could speak of
 * another state of it.
 */
const TAILS = ['', '-wal', '-journal'] as const
const TRIES = 5
/** A file that was changed this recently may be changed again with the same time stamp. */
const QUIET_MS = 25

const damagedText = (file: string, what: string): string =>
  `${file} has damaged pages (${what}): a node would not notice it before it fails to publish. Restore it from a backup`
const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Fault of something thrown by SQLite or the file system while `file` was read. */
function databaseFault(file: string, cause: unknown): { readonly ok: false; readonly fault: Fault<SnapshotFault> } {
  const code = codeOf(cause)
  if (code.startsWith('SQLITE_NOTADB'))
    return fail('database/corrupt', `${file} is no SQLite database: a node would not start on it. Put it aside or restore it from a backup`)
  if (code.startsWith('SQLITE_CORRUPT')) return fail('database/corrupt', damagedText(file, textOf(cause)))
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || code === 'EBUSY')
    return fail('database/locked', `${file} is locked by another program, so it cannot be read now. Stop that program or try again`, {
      retry: 'now',
    })
  if (code === 'ENOSPC' || code === 'SQLITE_FULL')
    return fail('database/unreadable', `there is no room for a private copy of ${file}: free some space and try again`)
  if (code === 'EACCES' || code === 'EPERM')
    return fail('database/unreadable', `${file} may not be read by this user: give read access to it and to its -wal file`)
  return fail('database/unreadable', `${file} cannot be read (${textOf(cause)})`)
}

/**
 * Opens one moment of the node's database in a private folder under `temporary`, gives it to `look`, and removes it again.
 * Nothing in the data folder is changed while nobody else has the database open; while a node writes, it is read as any
 * second reader would. No other connection of this process may be open on it: closing our handle would drop its locks.
 */
export function withSnapshot<T, Code extends string>(
  dataFolder: string,
  temporary: string,
  look: (snapshot: Snapshot) => Result<T, Code>,
): Result<T, Code | SnapshotFault> {
  const found = findDatabase(dataFolder)
  if (!found.ok) return found
  const { file, name } = found.value
  let folder: string | undefined
  try {
    mkdirSync(temporary, { recursive: true, mode: 0o700 })
    folder = mkdtempSync(path.join(temporary, 'local-sql-'))
    const copy = path.join(folder, 'copy.sql')
    const bytes = stampOf(file).reduce((sum, stamp) => sum + stamp.bytes, 0)
    const versionAlone = headerVersion(file)
    if (!copyStill(file, copy)) copyLive(file, copy)
    const broken = silentProblem(file, copy)
    if (broken !== undefined) return fail('database/corrupt', broken)
    return openCopy(copy, file, (db, schema) => look({ db, schema, bytes, isInWal: schema !== 0 && versionAlone === 0, name }))
  } catch (cause) {
    return databaseFault(file, cause)
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function openCopy<T, Code extends string>(
  copy: string,
  file: string,
  look: (db: Database, schema: number) => Result<T, Code>,
): Result<T, Code | SnapshotFault> {
  const db = new Sqlite(copy, { timeout: 2000 })
  try {
    const schema = Number(db.pragma('user_version', { simple: true }))
    const problem = firstProblem(db)
    return problem === undefined ? look(db, schema) : fail('database/corrupt', damagedText(file, problem))
  } finally {
    db.close()
  }
}

function findDatabase(dataFolder: string): Result<{ file: string; name: Snapshot['name'] }, SnapshotFault> {
  // What v1.3 called it; only v1.4 renames it.
  for (const name of ['local.sql', 'node_state.sql'] as const) {
    const file = path.join(dataFolder, name)
    try {
      if (lstatSync(file, { throwIfNoEntry: false }) === undefined) continue
      // Opening a fifo would wait for its other end for ever.
      if (!statSync(file).isFile()) return fail('database/unreadable', `${file} is not a file: a node could not use it. Look at what it is`)
      return ok({ file, name })
    } catch (cause) {
      return databaseFault(file, cause)
    }
  }
  return fail('database/absent', `${dataFolder} has no local.sql`)
}

interface Stamp {
  readonly text: string
  readonly bytes: number
  readonly changedMs: number
}

function stampOf(file: string): Stamp[] {
  return TAILS.map((tail) => {
    const stat = statSync(file + tail, { throwIfNoEntry: false, bigint: true })
    if (stat === undefined) return { text: 'none', bytes: 0, changedMs: 0 }
    if (!stat.isFile()) throw new Error(`${file + tail} is not a file`)
    return {
      text: `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`,
      bytes: Number(stat.size),
      changedMs: Number(stat.mtimeNs / 1_000_000n),
    }
  })
}

/** Copies file and log when they are the same before and after: then no writer came between. */
function copyStill(file: string, copy: string): boolean {
  for (let n = 1; n <= TRIES; n += 1) {
    const before = stampOf(file)
    const now = Date.now()
    if (before.every(({ changedMs }) => Math.abs(now - changedMs) > QUIET_MS)) {
      TAILS.forEach((tail, i) => {
        rmSync(copy + tail, { force: true })
        if (before[i]?.text !== 'none') copyFileSync(file + tail, copy + tail, constants.COPYFILE_FICLONE)
      })
      if (stampOf(file).every(({ text }, i) => text === before[i]?.text)) return true
    }
    sleep(QUIET_MS * n)
  }
  for (const tail of TAILS) rmSync(copy + tail, { force: true })
  return false
}

/** A reader beside the writer sees one moment of the database; both have `-shm` open, nothing else is touched. */
function copyLive(file: string, copy: string): void {
  // Without it the writer shares the database with nobody, or is no SQLite at all: opening it would make one.
  if (existsSync(`${file}-wal`) && !existsSync(`${file}-shm`))
    throw Object.assign(new Error('it is being written'), { code: 'SQLITE_BUSY' })
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 2000 })
  try {
    db.prepare('VACUUM INTO ?').run(copy)
  } finally {
    db.close()
  }
}

/** What SQLite would not notice: a cut last page reads as zeros, a log is ignored from its first damaged frame on. */
function silentProblem(file: string, copy: string): string | undefined {
  const { size } = statSync(copy)
  // A live copy has no log.
  if ((statSync(`${copy}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    return size % pageSize(copy) === 0 ? undefined : damagedText(file, 'its end is cut off')
  }
  if (size === 0) {
    return `${file} is empty while its log ${path.basename(file)}-wal is not: SQLite would throw the log away with all that it holds. Keep both and restore the file from a backup`
  }
  if (checkWal(readFileSync(`${copy}-wal`)) === 'whole') return undefined
  return `the log ${file}-wal is damaged in the middle: what was written after that is lost, and a node would go on from an older state, which can publish twice. Restore it from a backup and wait two epochs`
}

/** user_version as the main file alone has it: 0 while all rows are in the log. Big-endian at byte 60. */
const headerVersion = (file: string): number => headOf(file).readUInt32BE(60)

/** Big-endian at byte 16, where 1 stands for 65,536. 1 when the file has no header: that is told better later. */
function pageSize(file: string): number {
  const head = headOf(file)
  if (head.toString('latin1', 0, 16) !== 'SQLite format 3\0') return 1
  const size = head.readUInt16BE(16)
  return size === 1 ? 65_536 : Math.max(1, size)
}

/** First 64 bytes; zeros behind the end of a shorter file. */
function headOf(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const head = Buffer.alloc(64)
    readSync(fd, head, 0, 64, 0)
    return head
  } finally {
    closeSync(fd)
  }
}

/** First line of SQLite's full check, `undefined` when there is nothing to say. */
export function firstProblem(db: Database): string | undefined {
  const answer: unknown = db.pragma('integrity_check(1)', { simple: true })
  return answer === 'ok' ? undefined : String(answer)
}
