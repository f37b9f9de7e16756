import { existsSync, mkdirSync, openSync, closeSync } from 'node:fs'
import path from 'node:path'
import { tryLock } from '../../lib/file-lock.ts'
import { StartError } from './exits.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  ENOTDIR: 'not a directory',
}

const why = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return REASONS[code] ?? code
}

/** Takes the node's lock for the life of the process; its folder is made, one level only. @throws StartError */
export function takeLock(file: string): void {
  const lead = 'getting exclusive file lock:'
  const folder = path.dirname(file)
  if (!existsSync(folder)) {
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (cause: unknown) {
      throw new StartError(`${lead} creating dir ${folder} for lock ${file}: mkdir ${folder}: ${why(cause)}`, true)
    }
  }
  try {
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause: unknown) {
    throw new StartError(`${lead} flock ${file}: open ${file}: ${why(cause)}`, true)
  }
  const held = tryLock(file)
  if (held.ok) return
  if (held.fault.code === 'lock/held') {
    throw new StartError(`${lead} only one spacemesh instance should be running (locking file ${file})`, true)
  }
  throw new StartError(`${lead} flock ${file}: ${held.fault.detail}`, true)
}
