import { accessSync, constants, realpathSync, statfsSync, statSync, type Stats } from 'node:fs'
import path from 'node:path'
import { codeOf } from '../../identities/index.ts'

/** Where a data folder really is. */
export interface PlaceFacts {
  readonly is: 'folder' | 'absent' | 'no-folder' | 'unreadable'
  /** Links resolved, as far as it is there. */
  readonly realPath: string
  /** Device and inode of the folder, its `identities` and its local.sql: equal ones are one and the same. */
  readonly marks: { readonly folder?: string; readonly identities?: string; readonly database?: string }
  /** Whether files can be made in it, or in the nearest folder above that is there. */
  readonly canWrite: boolean
  readonly freeBytes: number
  /** Of the nearest folder that is there. */
  readonly device: string
}

const markOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return undefined
  }
}

/** The nearest folder above that is there. */
function nearest(folder: string): string {
  let at = folder
  while (statOf(at) === undefined && path.dirname(at) !== at) at = path.dirname(at)
  return at
}

function resolved(folder: string): string {
  const there = nearest(folder)
  try {
    return path.join(realpathSync(there), path.relative(there, folder))
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return folder
  }
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}

/** Only looks; a folder that cannot be looked at is `unreadable`. */
export function readPlace(folder: string): PlaceFacts {
  const stat = statOf(folder)
  const there = nearest(folder)
  const inside = { identities: statOf(path.join(folder, 'identities')), database: statOf(path.join(folder, 'local.sql')) }
  const hasNames = stat?.isDirectory() === true && (inside.identities === undefined || canWrite(path.join(folder, 'identities')))
  const is = stat === undefined ? 'absent' : stat.isDirectory() ? (isListed(folder) ? 'folder' : 'unreadable') : 'no-folder'
  return {
    is,
    realPath: resolved(folder),
    marks: {
      ...(stat === undefined ? {} : { folder: markOf(stat) }),
      ...(inside.identities === undefined ? {} : { identities: markOf(inside.identities) }),
      ...(inside.database === undefined ? {} : { database: markOf(inside.database) }),
    },
    canWrite: canWrite(there) && (is === 'absent' || hasNames),
    freeBytes: freeBytes(there),
    device: String(statOf(there)?.dev ?? ''),
  }
}

function isListed(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
