import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { textOf } from '../../shared/domain/fault.ts'
import type { KeyCopy } from '../../shared/domain/inventory.ts'
import { readNode } from './findings.ts'
import { readCandidate } from './key-candidate.ts'
import type { LookedAt } from './looked-at.ts'
import { isOurBackup, mayBeKey, pathsOf, POS_DATA_FILE, saysKey } from './names.ts'
import type { Readers } from './readers.ts'

const METADATA = 'postdata_metadata.json'
/** First line of every age file, binary or armoured. */
const AGE_HEADS = ['age-encryption.org/', '-----BEGIN AGE ENCRYPTED FILE-----']
/** Files of one folder that are looked at for keys. */
const MOST_FILES = 20_000

/** What one path is. Blocks as long as its disk does: for the scan process. */
export function lookAt(path: string, platform: NodeJS.Platform, readers: Readers): LookedAt {
  try {
    const real = realpathSync.native(path)
    const stat = statSync(real)
    const look: Look = { path, real, name: pathsOf(platform).basename(real), paths: pathsOf(platform), readers }
    if (stat.isDirectory()) return lookAtFolder(look)
    return stat.isFile() ? lookAtFile(look) : { path, is: 'other', what: 'special' }
  } catch (cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === '') throw cause
    if (code === 'ENOENT' || code === 'ENOTDIR') return { path, is: 'absent' }
    const text = code === 'EACCES' || code === 'EPERM' ? 'there is no permission to read it' : textOf(cause)
    return { path, is: 'unreadable', text }
  }
}

interface Look {
  readonly path: string
  readonly real: string
  readonly name: string
  readonly paths: ReturnType<typeof pathsOf>
  readonly readers: Readers
}

function lookAtFile({ path, real, name, paths, readers }: Look): LookedAt {
  const folder = paths.dirname(real)
  if (name === METADATA || POS_DATA_FILE.test(name)) {
    return { path, is: 'pos-folder', folder, state: readers.inspectPosFolder(folder), file: name }
  }
  if (isOurBackup(name)) return { path, is: 'age-file', isOurs: true }
  const key = keyAt(real, name, readers, paths)
  if (key !== undefined) return { path, is: 'key', key }
  if (AGE_HEADS.some((head) => headOf(real).startsWith(head))) return { path, is: 'age-file', isOurs: false }
  if (saysKey(name))
    return { path, is: 'key', key: { path: real, form: 'bad', problem: 'it holds no identity key', place: 'loose', modifiedAt: 0 } }
  return { path, is: 'other', what: 'file' }
}

function headOf(file: string): string {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(64)
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0))
  } finally {
    closeSync(fd)
  }
}

function keyAt(file: string, name: string, readers: Readers, paths: Look['paths']): KeyCopy | undefined {
  const found = readCandidate(file, name, readers.parseKeyBytes)
  if (found === undefined) return undefined
  const folder = paths.dirname(file)
  if (paths.basename(folder) !== 'identities') return { path: file, ...found, place: 'loose' }
  return { path: file, ...found, place: 'node', nodeFolder: paths.dirname(folder), isLoaded: readers.isLoadedByNode(name) }
}

function lookAtFolder(look: Look): LookedAt {
  const { path, real, name, paths, readers } = look
  const names = readdirSync(real)
  if (names.includes(METADATA) || names.some((one) => POS_DATA_FILE.test(one))) {
    return { path, is: 'pos-folder', folder: real, state: readers.inspectPosFolder(real) }
  }
  const node = readNode(name === 'identities' ? paths.dirname(real) : real, readers)
  if (node !== undefined) return { path, is: 'node-folder', node: node.found, keys: node.keys }
  const isSmapp =
    names.includes('node-data') || (names.includes('config.json') && names.some((one) => /^node-config(\.[0-9a-f]{8})?\.json$/.test(one)))
  if (isSmapp) return { path, is: 'smapp' }
  const keys = names
    .filter(mayBeKey)
    .slice(0, MOST_FILES)
    .flatMap((one) => keyAt(paths.join(real, one), one, readers, paths) ?? [])
  return keys.length > 0 ? { path, is: 'keys', keys } : { path, is: 'other', what: 'folder' }
}
