import path from 'node:path'
import { codeOf } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'

/**
 * Names of unfinished files: hidden, and nothing that a node, Smapp or a user would take for a whole one. `mark` tells
 * whose they are, so that two machines that back up to one share leave each other's alone.
 */
const partialName = (mark: string, random: string): string => `.smeshkeeper-${mark}-${random}.partial`
const PARTIAL = /^\.smeshkeeper-([0-9a-z]+)-[0-9a-z]+\.partial$/
/** Another machine's unfinished file is left alone for so long. */
const FOREIGN_MS = 2 * 86_400_000

export interface PartialFile {
  readonly file: string
  readonly fd: number
}

/** @throws the system's error */
export function createPartial(folder: string, mark: string, files: Files): PartialFile {
  const random = Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  const file = path.join(folder, partialName(mark, random))
  return { file, fd: files.create(file, 0o600) }
}

/** Takes away what killed jobs left in `folder`; what cannot be taken away now is met again next time. */
export function sweepPartials(folder: string, options: { readonly mark: string; readonly now: number; readonly files: Files }): number {
  const { files } = options
  let swept = 0
  try {
    for (const name of files.list(folder)) {
      const owner = PARTIAL.exec(name)?.[1]
      if (owner === undefined) continue
      const file = path.join(folder, name)
      const isStale = options.now - (files.facts(file)?.modifiedAt ?? options.now) > FOREIGN_MS
      if (owner !== options.mark && !isStale) continue
      files.unlink(file)
      swept += 1
    }
  } catch {
    return swept
  }
  return swept
}

const TEMPORARY = /^vault-[0-9a-z]+\.sql(-wal|-shm|-journal)?$/

/** Copies of databases that a killed job left in our own folder. Only one job runs at a time. */
export function sweepTemporary(folder: string, files: Files): number {
  try {
    const left = files.list(folder).filter((name) => TEMPORARY.test(name))
    for (const name of left) discard(path.join(folder, name), files)
    return left.length
  } catch {
    return 0
  }
}

/**
 * Gives the finished and synced `partial` its name, never over an existing file, and makes the name durable. On file
 * systems without hard links (FAT, exFAT: most sticks) the name is asked for first; nobody else makes such names there.
 *
 * @returns false when the name is taken; the partial file is then still there
 * @throws the system's error
 */
export function publish(partial: string, file: string, files: Files): boolean {
  try {
    files.link(partial, file)
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    if (!WITHOUT_LINKS.includes(codeOf(cause))) throw cause
    if (files.facts(file) !== undefined) return false
    files.rename(partial, file)
    syncNames(path.dirname(file), files)
    return true
  }
  // First the name is durable, then the other one goes: a cut between them leaves both, and the sweep takes one.
  syncNames(path.dirname(file), files)
  try {
    files.unlink(partial)
    syncNames(path.dirname(file), files)
  } catch {
    // A second name of a whole file: the next sweep takes it.
  }
  return true
}

const WITHOUT_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EINVAL']

/** Some file systems of sticks and shares cannot sync a folder; they say so, and there is nothing more to do. */
function syncNames(folder: string, files: Files): void {
  try {
    files.syncFolder(folder)
  } catch (cause) {
    if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(cause))) throw cause
  }
}

/** Takes an unfinished file away as far as that is possible; the sweep of the next job does the rest. */
export function discard(file: string, files: Files): void {
  try {
    files.unlink(file)
  } catch {
    // The drive may be gone with it.
  }
}
