import path from 'node:path'
import type { Files } from '../lib/files.ts'
import { canNotLink, publishNew, syncBytes, writeAside } from './durable.ts'
import { codeOf } from './key-file.ts'

/** A file above this is no key; it is moved where a second name can be given, and never copied. */
const MOST_COPY_BYTES = 1_048_576

/**
 * Puts the regular file `file` under `target` as well, whole and durable and never over another file; the source stays.
 * @throws the system's error
 */
export function bringCopy(files: Files, file: string, target: string): void {
  const facts = files.facts(file)
  if (facts === undefined) throw Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' })
  const canCopy = facts.bytes <= MOST_COPY_BYTES
  // A second name keeps the permissions of the first: what others may read is copied into a file of its own.
  if ((facts.mode & 0o077) === 0 || !canCopy) {
    try {
      syncBytes(files, file)
      files.link(file, target)
      files.syncFolder(path.dirname(target))
      return
    } catch (cause) {
      if (!canCopy || !(canNotLink(cause) || codeOf(cause) === 'EXDEV')) throw cause
    }
  }
  const aside = `${target}.part`
  writeAside(files, aside, files.readWhole(file, MOST_COPY_BYTES))
  publishNew(files, aside, target)
}

/** Whether both are the same file, or two files with the same bytes, now. */
export function areSame(files: Files, one: string, other: string): boolean {
  const [first, second] = [files.facts(one), files.facts(other)]
  if (first === undefined || second === undefined) return false
  if (first.device === second.device && first.inode === second.inode) return true
  if (first.is !== 'file' || second.is !== 'file' || first.bytes !== second.bytes || first.bytes > MOST_COPY_BYTES) return false
  return Buffer.from(files.readWhole(one, MOST_COPY_BYTES)).equals(files.readWhole(other, MOST_COPY_BYTES))
}
