import path from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Files } from '../../../electron/lib/files.ts'

/** Some functions of a disk done otherwise; all else stays as it is, also what tests alone see of it. */
export const changed = (files: Files, changes: Partial<Files>): Files => Object.setPrototypeOf({ ...changes }, files) as Files

/** The path that each descriptor stands for. */
function withNames(files: Files, changes: (nameOf: (fd: number) => string) => Partial<Files>): Files {
  const names = new Map<number, string>()
  const keep = (fd: number, file: string): number => {
    names.set(fd, file)
    return fd
  }
  return changed(files, {
    create: (file, mode) => keep(files.create(file, mode), file),
    openAppend: (file) => keep(files.openAppend(file), file),
    ...changes((fd) => names.get(fd) ?? ''),
  })
}

type Bug = (files: Files) => Files

/** Bytes of files whose path matches are never made durable. */
export const noSync =
  (of: RegExp): Bug =>
  (files) =>
    withNames(files, (nameOf) => ({
      sync: (fd) => (of.test(nameOf(fd)) ? undefined : files.sync(fd)),
      syncFiles: (all) => files.syncFiles(all.filter((file) => !of.test(file))),
    }))

export const noFolderSync =
  (of: RegExp): Bug =>
  (files) =>
    changed(files, { syncFolder: (folder) => (of.test(folder) ? undefined : files.syncFolder(folder)) })

/** Files whose path matches are not seen. */
export const unseen =
  (of: RegExp): Bug =>
  (files) =>
    changed(files, { facts: (file) => (of.test(file) ? undefined : files.facts(file)) })

/** A file whose path matches is never removed. */
export const staying =
  (of: RegExp): Bug =>
  (files) =>
    changed(files, { unlink: (file) => (of.test(file) ? undefined : files.unlink(file)) })

/** Before a file is renamed to a path that matches. */
export const beforeRename =
  (to: RegExp, work: (files: Files, to: string) => void): Bug =>
  (files) =>
    changed(files, {
      rename: (from, target) => {
        if (to.test(target)) work(files, target)
        files.rename(from, target)
      },
    })

/** Lines of the journal that match are written only with the next one. */
export const lateLines =
  (of: RegExp): Bug =>
  (files) => {
    let waiting: Uint8Array[] = []
    return withNames(files, (nameOf) => ({
      write: (fd, bytes) => {
        if (!nameOf(fd).endsWith('/journal.jsonl')) return files.write(fd, bytes)
        waiting.push(bytes)
        if (of.test(Buffer.from(bytes).toString())) return undefined
        files.write(fd, Buffer.concat(waiting))
        waiting = []
        return undefined
      },
    }))
  }

/** What is read of the journal says something else. */
export const misreadJournal =
  (from: string, to: string): Bug =>
  (files) =>
    changed(files, {
      readWhole: (file, most) => {
        const bytes = files.readWhole(file, most)
        return file.endsWith('/journal.jsonl') ? Buffer.from(Buffer.from(bytes).toString().replaceAll(from, to)) : bytes
      },
    })

/** A disk that writes keys otherwise than it was told, and, as with nobody reading back, answers from its memory. */
export const lyingDisk =
  (readsBack: boolean): Bug =>
  (files) => {
    const told = new Map<string, Uint8Array>()
    return withNames(files, (nameOf) => ({
      write: (fd, bytes) => {
        const file = nameOf(fd)
        const isKey = path.posix.basename(file).startsWith('.smeshkeeper-') && file.endsWith('.part')
        told.set(file, bytes)
        files.write(fd, isKey ? Buffer.concat([Buffer.from('0'), bytes.subarray(1)]) : bytes)
      },
      readWhole: (file, most) =>
        (readsBack ? undefined : file.endsWith('.part') ? told.get(file) : undefined) ?? files.readWhole(file, most),
    }))
  }

/** Runs `work` while every SQL text goes through `map`. */
export async function withSql<T>(map: (sql: string) => string, work: () => Promise<T>): Promise<T> {
  const own = { ...Sqlite.prototype }
  Sqlite.prototype.exec = function (sql) {
    return own.exec.call(this, map(sql))
  }
  Sqlite.prototype.prepare = function (this: Sqlite.Database, sql: string) {
    return own.prepare.call(this, map(sql))
  } as typeof own.prepare
  Sqlite.prototype.pragma = function (sql, options) {
    return own.pragma.call(this, map(sql), options)
  }
  try {
    return await work()
  } finally {
    Object.assign(Sqlite.prototype, own)
  }
}
