import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import path from 'node:path'

const nameOf = (file: string, age: number): string => (age === 0 ? file : `${file}.${age}`)

/** Makes room for `<file>.1`: each older log becomes one older, the oldest goes. */
function shift(file: string, keep: number): void {
  rmSync(nameOf(file, keep), { force: true })
  for (let age = keep - 1; age >= 1; age--) {
    if (statSync(nameOf(file, age), { throwIfNoEntry: false })) renameSync(nameOf(file, age), nameOf(file, age + 1))
  }
}

/**
 * Opens a log for a new child: an older one becomes `<file>.1` and so on, `keep` of them.
 * Appending, so that emptying it under the running child works; readable by its owner alone.
 * @throws the system's error
 */
export function openLog(file: string, keep: number): number {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0) {
    if (keep > 0) {
      shift(file, keep)
      renameSync(file, nameOf(file, 1))
    } else rmSync(file)
  }
  return openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600)
}

/**
 * Copies a running child's log to `<file>.1` and empties it. What is written between the last copied byte and the
 * emptying (microseconds) is lost: the price of a child that does not reopen its log.
 * @returns whether a copy was kept: on a full disk emptying matters more
 */
export async function copyTruncate(file: string, keep: number): Promise<boolean> {
  let isKept = false
  if (keep > 0) {
    try {
      shift(file, keep)
      await copyFile(file, nameOf(file, 1), constants.COPYFILE_FICLONE)
      isKept = true
    } catch {
      rmSync(nameOf(file, 1), { force: true }) // half a copy helps nobody
    }
  }
  const fd = openSync(file, constants.O_RDWR)
  try {
    if (isKept) isKept = copyRest(fd, nameOf(file, 1))
    ftruncateSync(fd)
  } finally {
    closeSync(fd)
  }
  return isKept
}

/** Brings the copy up to what was written meanwhile, without giving way. */
function copyRest(from: number, copy: string): boolean {
  const to = openSync(copy, constants.O_WRONLY)
  try {
    let at = statSync(copy).size
    const block = Buffer.allocUnsafe(64 * 1024)
    for (let read = readSync(from, block, 0, block.length, at); read > 0; read = readSync(from, block, 0, block.length, at)) {
      writeSync(to, block, 0, read, at)
      at += read
    }
    return true
  } catch {
    return false
  } finally {
    closeSync(to)
  }
}

/** The last `bytes` of a log as text; empty when there is none. */
export async function logTail(file: string, bytes = 64 * 1024): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      const length = Math.min(size, bytes)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch {
    return ''
  }
}
