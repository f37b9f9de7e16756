import { textOf } from '../../shared/domain/fault.ts'
import { bytes as sizeOf } from '../../shared/domain/words.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import { MOST_KEY_BYTES, parseKeyBytes, type KeyReading } from './key-text.ts'

/** What is at the path of a key, whatever it is. */
export interface KeyFileReading extends KeyReading {
  /** Why there is nothing to parse; `parsed` when there was. */
  readonly found: 'parsed' | 'absent' | 'dangling-link' | 'folder' | 'special' | 'unreadable'
}

/**
 * Whether the node takes a file of this name in `identities` for a key: the extension must be exactly `.key`, so `.key` and
 * `._a.key` are keys, `A.KEY` and `a.key.bak` are not. Folders are skipped whatever their name, links are followed.
 * @source go-spacemesh node/node_identities.go; run: facts/identity-and-keys.md §3
 */
export const isLoadedByNode = (name: string): boolean => name.endsWith('.key')

/** The system's code of what was thrown, or nothing. */
export const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

/** Reads one key file and never throws for what it finds there; a fifo or a dead link does not hold it up. */
export function readKeyFile(file: string, files: Files = systemFiles): KeyFileReading {
  const nothing = (found: KeyFileReading['found'], problem: string): KeyFileReading => ({ form: 'bad', found, problem })
  let isLink = false
  try {
    const facts = files.facts(file)
    if (facts === undefined) return nothing('absent', 'the file is not there any more')
    if (facts.is === 'folder') return nothing('folder', 'this is a folder, so it holds no key')
    if (facts.is === 'other') return nothing('special', 'this is a pipe, a socket or a device, so it holds no key: remove it')
    isLink = facts.is === 'link'
    return { ...parseKeyBytes(files.readWhole(file, MOST_KEY_BYTES)), found: 'parsed' }
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    if (code === 'EFBIG')
      return {
        form: 'bad',
        found: 'parsed',
        problem: `the file has more than ${sizeOf(MOST_KEY_BYTES)} and a key file has 128 bytes, so it is something else`,
      }
    if (code === 'ENOENT' && isLink)
      return nothing('dangling-link', 'this is a link to nothing: bring back what it points to, or remove the link')
    if (code === 'ENOENT') return nothing('absent', 'the file is not there any more')
    if (code === 'EISDIR') return nothing('folder', 'this is a folder, so it holds no key')
    if (code === 'EINVAL' || code === 'ENXIO')
      return nothing('special', 'this leads to a pipe, a socket or a device, so it holds no key: remove it')
    return nothing('unreadable', whyUnreadable(code, cause))
  }
}

function whyUnreadable(code: string, cause: unknown): string {
  if (code === 'EACCES' || code === 'EPERM')
    return 'there is no permission to read the file, so it is not known which key it holds: give your user the right to read it'
  if (code === 'ELOOP') return 'this is a link that leads back to itself, so it holds no key: remove it'
  if (code === 'EIO')
    return 'the disk reports an error when the file is read: copy what is left from this disk, and restore this key from a backup'
  return `the file cannot be read: ${textOf(cause)}`
}
