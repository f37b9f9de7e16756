import path from 'node:path'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { KeyCopy } from '../../shared/domain/inventory.ts'
import { figure } from '../../shared/domain/words.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import { codeOf, isLoadedByNode, readKeyFile, type KeyFileReading } from './key-file.ts'

/** The name that marks a supervised identity. */
export const LOCAL_KEY = 'local.key'

export interface IdentitiesFolder {
  /** Every file that the node would load, whatever its form, and every other file that holds a key. By name. */
  readonly keys: readonly KeyCopy[]
  /** What would keep the node from starting, or make it start with other keys. Sentences without a full stop. */
  readonly problems: readonly string[]
  /** A link to nothing is there: the node would start without any of these keys, on a fresh `local.key`. */
  readonly wouldDropAll: boolean
}

export const identitiesOf = (dataFolder: string): string => path.join(dataFolder, 'identities')

/**
 * What a node would make of `<dataFolder>/identities`, and whether it would start. Never throws for what it finds.
 * @source facts/identity-and-keys.md §3
 */
export function readIdentitiesFolder(dataFolder: string, files: Files = systemFiles): IdentitiesFolder {
  const folder = identitiesOf(dataFolder)
  let names: readonly string[]
  try {
    names = [...files.list(folder)].sort()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    return { keys: [], problems: code === 'ENOENT' ? [] : [whyNoList(folder, code)], wouldDropAll: false }
  }
  const keys: KeyCopy[] = []
  const problems: string[] = []
  let wouldDropAll = false
  for (const name of names) {
    const isLoaded = isLoadedByNode(name)
    const file = path.join(folder, name)
    const reading = readKeyFile(file, files)
    if (reading.found === 'folder' || reading.found === 'absent') continue
    if (!isLoaded && reading.form === 'bad') continue
    keys.push(copyOf(file, dataFolder, reading, files))
    if (isLoaded && reading.found === 'dangling-link') {
      wouldDropAll = true
      problems.push(
        `${file} is a link to nothing: at its next start the node would drop all keys of this folder and run on a fresh ${LOCAL_KEY}. ` +
          'Bring back what the link points to, or remove the link',
      )
    } else if (isLoaded && reading.form !== 'good') {
      problems.push(`${file}: ${reading.problem ?? 'it holds no key'}. The node does not start as long as this file is here`)
    }
    if (!isLoaded) problems.push(`${file} holds a key, but the node does not load it: it loads only names that end in .key`)
  }
  return { keys, problems: [...problems, ...duplicates(keys), ...supervisedBesideOthers(keys, folder)], wouldDropAll }
}

function copyOf(file: string, nodeFolder: string, reading: KeyFileReading, files: Files): KeyCopy {
  return {
    path: file,
    form: reading.form,
    place: 'node',
    nodeFolder,
    isLoaded: isLoadedByNode(path.basename(file)),
    modifiedAt: modifiedAtOf(file, files),
    ...(reading.identity === undefined ? {} : { identity: reading.identity }),
    ...(reading.problem === undefined ? {} : { problem: reading.problem }),
  }
}

function modifiedAtOf(file: string, files: Files): number {
  try {
    return files.facts(file)?.modifiedAt ?? 0
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return 0
  }
}

const inWords = (copies: readonly string[]): string =>
  copies.length <= 3 ? copies.join(' and ') : `${copies.slice(0, 2).join(', ')} and ${figure(copies.length - 2)} more`

function duplicates(keys: readonly KeyCopy[]): string[] {
  const byIdentity = new Map<IdentityId, string[]>()
  for (const { identity, path: file, isLoaded } of keys) {
    if (identity === undefined || isLoaded !== true) continue
    const copies = byIdentity.get(identity)
    if (copies === undefined) byIdentity.set(identity, [file])
    else copies.push(file)
  }
  return [...byIdentity].flatMap(([identity, copies]) =>
    copies.length < 2
      ? []
      : [
          `${inWords(copies)} hold the same key ${shortId(identity)}: the node does not start with both. Move one of them out of the folder`,
        ],
  )
}

function supervisedBesideOthers(keys: readonly KeyCopy[], folder: string): string[] {
  const loaded = keys.filter(({ isLoaded }) => isLoaded)
  if (loaded.length < 2 || !loaded.some((key) => path.basename(key.path) === LOCAL_KEY)) return []
  const local = path.join(folder, LOCAL_KEY)
  return [
    `${local} lies beside other keys: the node does not start with both. If the node made it by itself on an empty folder, move it out; ` +
      'if it has PoS data, give it another name',
  ]
}

function whyNoList(folder: string, code: string): string {
  if (code === 'ENOTDIR') return `${folder} is not a folder, so it holds no keys: the node cannot start on it`
  if (code === 'EACCES' || code === 'EPERM')
    return `there is no permission to read ${folder}, so it is not known which keys are in it: give your user the right to read it`
  return `${folder} cannot be read (${code}), so it is not known which keys are in it: look at the disk`
}
