import path from 'node:path'
import { shortId, type IdentityId } from '../../../shared/domain/ids.ts'
import {
  codeOf,
  createKeyStore,
  identitiesOf,
  isLoadedByNode,
  isThere,
  LOCAL_KEY,
  MOST_KEY_BYTES,
  readKeyFile,
  tryTo,
} from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { OperationStopped, type StepTools } from '../types.ts'

/** One key to be written: where, and its bytes. */
export interface KeyToWrite {
  readonly identity: string
  readonly final: string
  readonly bytes: Uint8Array
}

/** No node loads a name that ends so, and `KeyStore.recover` knows it. */
export const asideName = (identity: string): string => `.smeshkeeper-${identity}.part`
const asideOf = (final: string, identity: string): string => path.join(path.dirname(final), asideName(identity))

/**
 * Makes these keys appear under their names, all of one folder, with one sync of bytes and one of names. Never over another
 * file: a name that has the same key already is left, one that has anything else stops the operation.
 */
export function writeKeys(files: Files, folder: string, keys: readonly KeyToWrite[]): void {
  const missing = keys.filter(({ final, identity }) => !holds(files, final, identity))
  const asides: string[] = []
  for (const { final, identity, bytes } of missing) {
    if (isThere(files, final))
      throw new OperationStopped(
        'operation/name-taken',
        `${final} holds something else, and nothing is overwritten. Move it away, then finish or roll back`,
      )
    const aside = asideOf(final, identity)
    if (isThere(files, aside)) files.unlink(aside)
    const fd = files.create(aside, 0o600)
    try {
      files.write(fd, bytes)
    } finally {
      files.close(fd)
    }
    asides.push(aside)
  }
  if (asides.length > 0) files.syncFiles(asides)
  for (const { final, identity, bytes } of missing) {
    const aside = asideOf(final, identity)
    if (!Buffer.from(files.readWhole(aside, MOST_KEY_BYTES)).equals(bytes))
      throw new OperationStopped(
        'operation/not-as-written',
        `${aside} reads back otherwise than it was written: look at the health of this disk`,
      )
  }
  // Names of the asides are durable before one of them moves: after a cut either name leads to the key.
  if (asides.length > 0) files.syncFolder(folder)
  for (const { final, identity } of missing) giveName(files, asideOf(final, identity), final)
  files.syncFolder(folder)
  for (const { final, identity } of keys) if (isThere(files, asideOf(final, identity))) files.unlink(asideOf(final, identity))
}

function giveName(files: Files, aside: string, final: string): void {
  try {
    files.link(aside, final)
  } catch (cause) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(cause))) throw cause
    files.rename(aside, final)
  }
}

/** Whether this file is this identity's key, as a node would load it. */
export const holds = (files: Files, file: string, identity: string): boolean => {
  const reading = readKeyFile(file, files)
  return reading.form === 'good' && reading.identity === identity
}

/** An empty one is the place where its disk was mounted. */
export const isFolderThere = (files: Files, dataFolder: string): boolean => isThere(files, dataFolder) && files.list(dataFolder).length > 0

/**
 * A data folder that was renamed, or whose disk is away, may come back with its keys armed: nothing is said of it unseen, and
 * nothing is written where it should be.
 * @throws OperationStopped
 */
export function requireFolder(files: Files, dataFolder: string): void {
  if (isFolderThere(files, dataFolder)) return
  throw new OperationStopped(
    'operation/folder-gone',
    `${dataFolder} vanished: it was renamed, or its disk is away. Bring it back under this name, then finish or roll back`,
  )
}

interface LoadedKey {
  readonly file: string
  readonly identity: IdentityId | undefined
}

/** Files of `identities` that a node would load, with the identity each holds; in the order of their names. */
export const loadedKeys = (files: Files, dataFolder: string): readonly LoadedKey[] => readAll(files, dataFolder, () => undefined)

/**
 * The same, where a key that could not be read now, and so would be missed, may be armed twice later.
 * @throws OperationStopped
 */
export const knownKeys = (files: Files, dataFolder: string): readonly LoadedKey[] =>
  readAll(files, dataFolder, (file, problem) => {
    throw new OperationStopped('operation/key-unreadable', `${file}: ${problem}. Then finish or roll back`)
  })

function readAll(files: Files, dataFolder: string, onUnreadable: (file: string, problem: string) => void): readonly LoadedKey[] {
  const folder = identitiesOf(dataFolder)
  if (!isThere(files, folder)) return []
  return [...files.list(folder)]
    .filter(isLoadedByNode)
    .sort()
    .flatMap((name) => {
      const file = path.join(folder, name)
      const { found, identity, problem = '' } = readKeyFile(file, files)
      if (found === 'unreadable') onUnreadable(file, problem)
      return found === 'folder' || found === 'absent' ? [] : [{ file, identity }]
    })
}

/** The bytes of one key in the form that a node wants, from a copy that may be in any form. */
export function canonicalOf(files: Files, file: string, identity: string): Uint8Array {
  const { identity: found, canonical } = readKeyFile(file, files)
  if (found !== identity || canonical === undefined) throw missingKey(identity, file)
  return canonical
}

const missingKey = (identity: string, file: string): OperationStopped =>
  new OperationStopped(
    'operation/key-changed',
    `The key of ${shortId(identity)} is not at ${file} any more. Find where it went, or bring it back from a backup, then finish or roll back`,
  )

/**
 * A node that was started on a folder without keys made itself a fresh `local.key`, with which no other key is loaded: it
 * goes to the quarantine. One of ours stays.
 */
export function setAsideFreshLocalKey(tools: StepTools, dataFolder: string, ours: ReadonlySet<string>): void {
  const file = path.join(identitiesOf(dataFolder), LOCAL_KEY)
  const { found, identity } = readKeyFile(file, tools.files)
  if (found === 'absent' || (identity !== undefined && ours.has(identity))) return
  const store = createKeyStore({ files: tools.files, folder: tools.quarantine, now: tools.now, log: tools.log })
  const taken = store.quarantine(file, { why: 'A node made it by itself when it was started on this folder without keys' })
  if (!taken.ok) throw new OperationStopped('operation/stopped', taken.fault.detail)
}

/** Takes names away and makes that durable; what is away already is fine. */
export function unlinkAll(files: Files, folder: string, names: readonly string[]): void {
  let isChanged = false
  for (const name of names) {
    const file = path.join(folder, name)
    if (!isThere(files, file)) continue
    files.unlink(file)
    isChanged = true
  }
  // Also when nothing was there: the process that took it away may have been killed before it could sync.
  if (isChanged || isThere(files, folder)) files.syncFolder(folder)
}

/** Removes a folder of ours when it is empty; that it stays changes nothing. */
export function removeIfEmpty(files: Files, folder: string): void {
  tryTo(() => {
    if (files.facts(folder)?.is !== 'folder' || files.list(folder).length > 0) return
    files.removeFolder(folder)
    files.syncFolder(path.dirname(folder))
  })
}
