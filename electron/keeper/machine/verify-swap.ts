import path from 'node:path'
import { isThere, makeDurableFolder, tryTo } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'

/** A file that was made anew, the place that it belongs to, and where the one that is there now is kept. One file system. */
export interface Swap {
  /** Whole, and its bytes are durable already. */
  readonly made: string
  readonly place: string
  readonly kept: string
}

/** Of no name that a PoST service or postcli takes for data. */
const asideOf = (place: string): string => path.join(path.dirname(place), `.smeshkeeper-${path.basename(place).replace(/\D/g, '')}.part`)

/**
 * Puts the new file into its place; whoever reads finds the old one or the new one, also after a power cut. Repeatable until
 * it says `done`. Where the file system has no hard links the place may be empty in between.
 * @returns `lost` when a power cut took the new file, and it must be made again; the old one is in its place or kept then
 * @throws the system's error
 */
export function putInPlace(files: Files, swap: Swap): 'done' | 'lost' {
  const { made, place, kept } = swap
  makeDurableFolder(files, path.dirname(kept))
  if (!linked(files, swap)) renamed(files, swap)
  if (!isThere(files, place)) return 'lost'
  const [now, before] = [files.facts(place), files.facts(kept)]
  if (isThere(files, made) || (before !== undefined && now?.inode === before.inode)) return 'lost'
  return 'done'
}

/** @returns false when this file system has no hard links */
function linked(files: Files, { made, place, kept }: Swap): boolean {
  const folder = path.dirname(place)
  const aside = asideOf(place)
  try {
    if (isThere(files, place) && !isThere(files, kept) && isThere(files, made)) files.link(place, kept)
    files.syncFolder(path.dirname(kept))
    if (isThere(files, made) && !isThere(files, aside)) files.link(made, aside)
  } catch (cause) {
    if (canNotLink(cause)) return false
    throw cause
  }
  files.syncFolder(folder)
  if (isThere(files, aside)) files.rename(aside, place)
  files.syncFolder(folder)
  if (isThere(files, made)) files.unlink(made)
  files.syncFolder(path.dirname(made))
  return true
}

function renamed(files: Files, { made, place, kept }: Swap): void {
  const folder = path.dirname(place)
  if (isThere(files, place) && !isThere(files, kept)) files.rename(place, kept)
  files.syncFolder(path.dirname(kept))
  files.syncFolder(folder)
  if (isThere(files, made)) files.rename(made, place)
  files.syncFolder(folder)
  tryTo(() => files.syncFolder(path.dirname(made)))
}

const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
const canNotLink = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && NO_LINKS.has(cause.code)
