import path from 'node:path'
import type { Files } from '../lib/files.ts'
import { codeOf } from './key-file.ts'

/** Bytes that were read back are not the ones that were written. */
const notAsWritten = (file: string): Error =>
  Object.assign(new Error(`EIO: ${file} reads back otherwise than it was written`), { code: 'EIO' })

const taken = (file: string): Error => Object.assign(new Error(`EEXIST: ${file}`), { code: 'EEXIST' })

/** `link` fails so on file systems without hard links, and on Linux for files of other users. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
export const canNotLink = (cause: unknown): boolean => NO_LINKS.has(codeOf(cause))

const MOST_NAME = 60

/** Work that only tidies up: what the system says to it changes nothing any more. Bugs and power cuts pass. */
export function tryTo(work: () => void): void {
  try {
    work()
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
  }
}

export const isThere = (files: Files, file: string): boolean => files.facts(file) !== undefined

/** Makes `folder` (0700) and what is missing above it, with names that survive a power cut. */
export function makeDurableFolder(files: Files, folder: string): void {
  const made: string[] = []
  for (let at = folder; !isThere(files, at) && path.dirname(at) !== at; at = path.dirname(at)) made.unshift(at)
  if (made.length > 0) files.makeFolder(folder, 0o700)
  for (const one of made) files.syncFolder(path.dirname(one))
  // One that is there already may be of a process that was killed before it could sync.
  if (made.length === 0) files.syncFolder(path.dirname(folder))
}

/**
 * Writes a file that nobody takes for a finished one yet: whole, synced and read back; a leftover of the same name is
 * replaced. Its name is not durable.
 * @throws the system's error; then nothing of it stays, as far as the disk lets us
 */
export function writeAside(files: Files, file: string, bytes: Uint8Array): void {
  if (isThere(files, file)) files.unlink(file)
  const fd = files.create(file, 0o600)
  try {
    try {
      files.write(fd, bytes)
      files.sync(fd)
    } finally {
      files.close(fd)
    }
    if (!Buffer.from(files.readWhole(file, bytes.length)).equals(bytes)) throw notAsWritten(file)
  } catch (cause) {
    tryTo(() => files.unlink(file))
    throw cause
  }
}

/**
 * Gives a file that was written aside its final name, for ever and never over another file.
 * @throws EEXIST when the name is taken, or the system's error; then `aside` is still there
 */
export function publishNew(files: Files, aside: string, final: string): void {
  try {
    files.link(aside, final)
  } catch (cause) {
    if (!canNotLink(cause)) throw cause
    if (isThere(files, final)) throw taken(final)
    files.rename(aside, final)
    files.syncFolder(path.dirname(final))
    return
  }
  files.syncFolder(path.dirname(final))
  tryTo(() => removeDurably(files, aside))
}

/** Replaces a note: whoever reads sees the old or the new. Never for keys. */
export function replaceNote(files: Files, file: string, value: unknown): void {
  const aside = `${file}.part`
  writeAside(files, aside, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`))
  try {
    files.rename(aside, file)
  } catch (cause) {
    tryTo(() => files.unlink(aside))
    throw cause
  }
  files.syncFolder(path.dirname(file))
}

export function removeDurably(files: Files, file: string): void {
  files.unlink(file)
  files.syncFolder(path.dirname(file))
}

/** Makes the bytes of a file durable that someone else wrote. Windows syncs only what is open for writing: there it is left. */
export function syncBytes(files: Files, file: string): void {
  const fd = files.openRead(file)
  try {
    files.sync(fd)
  } catch (cause) {
    if (!['EPERM', 'EBADF', 'EINVAL', 'EROFS'].includes(codeOf(cause))) throw cause
  } finally {
    files.close(fd)
  }
}

/** What the system's error means for a move, as the end of a sentence with what to do. */
export function whyNotMoved(cause: unknown): string {
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'the disk is full. Make room and try again'
  if (code === 'EROFS') return 'the disk is read-only. Make it writable, or use another one, and try again'
  if (code === 'EACCES' || code === 'EPERM')
    return 'there is no permission to change this folder. Give your user the right to write there and try again'
  if (code === 'EIO') return 'the disk reports an error. Look at its health before anything else, and try again'
  if (code === 'ENOENT') return 'it or its folder vanished meanwhile. See whether the disk is still there and try again'
  if (code === 'EEXIST') return 'something of the same name is there, and nothing is overwritten. Move it away and try again'
  return `the system says ${code}. Try again`
}

/** Letters, digits, dot, dash and underscore of a name that may be anything, short enough for every file system; `.key` stays. */
export function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[._-]+/, '')
  if (safe === '') return 'key'
  if (safe.length <= MOST_NAME) return safe
  return safe.endsWith('.key') ? `${safe.slice(0, MOST_NAME - '.key'.length)}.key` : safe.slice(0, MOST_NAME)
}
