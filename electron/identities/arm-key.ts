import path from 'node:path'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Files } from '../lib/files.ts'
import { isThere, makeDurableFolder, publishNew, removeDurably, safeName, syncBytes, tryTo, writeAside } from './durable.ts'
import { identitiesOf, LOCAL_KEY, readIdentitiesFolder } from './identities-folder.ts'
import { codeOf, isLoadedByNode, readKeyFile } from './key-file.ts'

/** A key on its way into a node's folder; the node does not load a name that ends so. */
const ASIDE = /^\.smeshkeeper-([0-9a-f]{64})\.part$/
const asideName = (identity: IdentityId): string => `.smeshkeeper-${identity}.part`

/** Whether a name in `identities` is a key of ours that was not finished. */
const isAside = (name: string): boolean => ASIDE.test(name)

/**
 * Where this key is in the folder already, or whether it may be added.
 * @fault 'keys/no-node' the data folder is not there · 'keys/conflict' the node would not start with it
 */
export function findPlace(
  files: Files,
  dataFolder: string,
  identity: IdentityId,
): Result<{ readonly armedAt?: string }, 'keys/no-node' | 'keys/conflict'> {
  const folder = identitiesOf(dataFolder)
  try {
    files.list(dataFolder)
    if (isThere(files, folder)) files.list(folder)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    const why = code === 'ENOENT' ? 'it is not there' : code === 'ENOTDIR' ? 'it is not a folder' : `it cannot be read (${code})`
    return fail('keys/no-node', `The key was not placed in ${dataFolder}: ${why}. See whether its disk is there, or choose another node`)
  }
  const loaded = readIdentitiesFolder(dataFolder, files).keys.filter(({ isLoaded }) => isLoaded)
  const same = loaded.filter((key) => key.identity === identity)
  const armed = same.find(({ form }) => form === 'good')
  if (armed !== undefined) return ok({ armedAt: armed.path })
  const misspelt = same[0]
  if (misspelt !== undefined)
    return fail('keys/conflict', `${misspelt.path} holds this key already, but ${misspelt.problem ?? 'the node would refuse it'}`)
  if (loaded.some((key) => path.basename(key.path) === LOCAL_KEY))
    return fail(
      'keys/conflict',
      `${path.join(folder, LOCAL_KEY)} is there, and a node does not start with ${LOCAL_KEY} and another key. Nothing was placed: ` +
        'set it aside if the node made it by itself, or convert this node to several identities first',
    )
  return ok({})
}

/**
 * Makes the key appear in the node's folder under a free name, whole or not at all. The caller has seen that it is not there.
 * @throws the system's error; then nothing of it stays there
 */
export function armKey(
  files: Files,
  key: { readonly identity: IdentityId; readonly dataFolder: string; readonly name: string },
  canonical: Uint8Array,
): string {
  const folder = identitiesOf(key.dataFolder)
  makeDurableFolder(files, folder)
  const aside = path.join(folder, asideName(key.identity))
  writeAside(files, aside, canonical)
  try {
    return publishUnderFreeName(files, aside, namesFor(key.name, key.identity))
  } catch (cause) {
    tryTo(() => removeDurably(files, aside))
    throw cause
  }
}

function publishUnderFreeName(files: Files, aside: string, names: readonly string[]): string {
  for (const name of names) {
    const final = path.join(path.dirname(aside), `${name}.key`)
    try {
      publishNew(files, aside, final)
      return final
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause
    }
  }
  throw Object.assign(new Error('EEXIST: every name is taken'), { code: 'EEXIST' })
}

/** `local` marks a supervised identity: nothing is placed under this name, in whatever case. */
function namesFor(wanted: string, identity: IdentityId): readonly string[] {
  const base = safeName(wanted.replace(/\.key$/i, ''))
  const withId = `${base}-${identity.slice(0, 8)}`
  const first = base.toLowerCase() === 'local' ? [] : [base]
  return [...first, withId, ...Array.from({ length: 98 }, (_, n) => `${withId}-${n + 2}`)]
}

/** Makes durable what another process, or one of ours that was killed, put there. */
export function settleArmed(files: Files, file: string): void {
  syncBytes(files, file)
  files.syncFolder(path.dirname(file))
}

/** Keys of ours that did not get their final name in this node's folder. A whole one that is nowhere else is named, a torn one goes. */
export function cleanAside(
  files: Files,
  dataFolder: string,
  isKept: (identity: IdentityId) => boolean,
): { readonly removed: readonly string[]; readonly onlyCopies: readonly string[] } {
  const folder = identitiesOf(dataFolder)
  const removed: string[] = []
  const onlyCopies: string[] = []
  const names = isThere(files, folder) ? files.list(folder) : []
  const armed = new Set<string>()
  if (names.some(isAside))
    for (const name of names.filter(isLoadedByNode)) {
      const { form, identity } = readKeyFile(path.join(folder, name), files)
      if (form === 'good' && identity !== undefined) armed.add(identity)
    }
  for (const name of names.filter(isAside)) {
    const file = path.join(folder, name)
    const { identity } = readKeyFile(file, files)
    if (identity !== undefined && !armed.has(identity) && !isKept(identity)) onlyCopies.push(file)
    else {
      removeDurably(files, file)
      removed.push(file)
    }
  }
  return { removed, onlyCopies }
}
