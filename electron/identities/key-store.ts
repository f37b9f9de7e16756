import path from 'node:path'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { shortId, type IdentityId } from '../../shared/domain/ids.ts'
import type { Hold } from '../../shared/domain/publication.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'
import { armKey, findPlace, settleArmed } from './arm-key.ts'
import { isThere, removeDurably, tryTo, whyNotMoved } from './durable.ts'
import { createHeldKeys, type HeldKey, type HeldKeys, type StoredKey } from './held-keys.ts'
import { identitiesOf, LOCAL_KEY } from './identities-folder.ts'
import { codeOf, readKeyFile } from './key-file.ts'
import { parseKeyBytes } from './key-text.ts'
import { createQuarantine, type Quarantine, type RecoverReport } from './quarantine.ts'
import { isArmedAt, recoverKeys } from './recover-keys.ts'

export interface KeyStoreOptions {
  readonly files?: Files
  /** `<home>/quarantine` */
  readonly folder: string
  readonly now: () => number
  readonly log: Logger
}

/**
 * Every move of a key file on this machine. A key is at every instant whole at least once, and armed (whole under a name
 * that a node loads) at most once of what this moves; nothing is overwritten and no last copy is removed. After a crash
 * `recover` finishes what was begun or takes it back.
 */
export interface KeyStore {
  /** Moves a key file of any folder into the quarantine; afterwards it is armed nowhere there. */
  readonly quarantine: Quarantine['take']
  /** Keeps a key (of a backup) out of every node until it is placed. The same key again only gets the new hold. */
  hold(
    bytes: Uint8Array,
    as: { readonly identity: IdentityId; readonly hold: Hold; readonly name: string },
  ): Result<HeldKey, 'keys/conflict' | 'keys/not-moved'>
  /** Takes a key out of a node's `identities` and holds it. */
  holdFile(
    file: string,
    as: { readonly identity: IdentityId; readonly hold: Hold },
  ): Result<HeldKey, 'keys/not-found' | 'keys/conflict' | 'keys/not-moved'>
  held(): readonly HeldKey[]
  setHold(identity: IdentityId, hold: Hold): Result<void, 'keys/not-held' | 'keys/not-moved'>
  /** Arms a held key in this node's `identities`; the held copy goes to the quarantine. The caller has asked the guard. */
  place(to: {
    readonly identity: IdentityId
    readonly dataFolder: string
    readonly name: string
  }): Result<{ readonly placed: string }, 'keys/not-held' | 'keys/no-node' | 'keys/conflict' | 'keys/not-moved'>
  /** Quarantines a `local.key` that the node made by itself. Without one there is nothing to do. */
  setAsideLocalKey(
    dataFolder: string,
    isWorthless: (identity: IdentityId) => boolean,
  ): Result<{ readonly quarantined?: string }, 'keys/conflict' | 'keys/not-found' | 'keys/not-moved'>
  /** At every start, before any node is started. Never throws; running it again changes nothing. */
  recover(dataFolders: readonly string[]): RecoverReport
}

interface Parts {
  readonly files: Files
  readonly held: HeldKeys
  readonly quarantine: Quarantine
  readonly log: Logger
}

export function createKeyStore({ files = systemFiles, folder, now, log }: KeyStoreOptions): KeyStore {
  const parts: Parts = {
    files,
    held: createHeldKeys(files, path.join(folder, 'held')),
    quarantine: createQuarantine({ files, folder, now, log }),
    log,
  }
  const { held, quarantine } = parts
  return {
    quarantine: (file, reason) => quarantine.take(file, reason),
    hold: (bytes, as) => hold(parts, bytes, as),
    holdFile: (file, as) => holdFile(parts, file, as),
    // A key that is armed already and whose held copy could not be moved yet is no held key.
    held: () => held.list().flatMap((key) => (isLeaving(files, key) ? [] : [withoutDoing(key)])),
    setHold(identity, hold) {
      const key = held.get(identity)
      if (key === undefined) return notHeld(identity)
      return moving(parts, `The reason why ${shortId(identity)} is held was not changed`, () => ok(held.note({ ...key, hold })))
    },
    place: (to) => place(parts, to),
    setAsideLocalKey(dataFolder, isWorthless) {
      const file = path.join(identitiesOf(dataFolder), LOCAL_KEY)
      const { identity, found } = readKeyFile(file, files)
      if (found === 'absent') return ok({})
      if (identity === undefined || !isWorthless(identity))
        return fail('keys/conflict', `${file} is not known to be worthless, so it stays. Convert this node to several identities first`)
      const taken = quarantine.take(file, {
        why: `The node made it by itself on an empty folder, and it would keep the node from starting`,
        identity,
      })
      return taken.ok ? ok({ quarantined: taken.value.path }) : taken
    },
    recover: (dataFolders) => recoverKeys(parts, dataFolders, (identity, armedAt) => retire(parts, identity, armedAt)),
  }
}

const withoutDoing = ({ identity, path, hold, name }: StoredKey): HeldKey => ({ identity, path, hold, name })

const notHeld = (identity: IdentityId): { readonly ok: false; readonly fault: ReturnType<typeof fail<'keys/not-held'>>['fault'] } =>
  fail('keys/not-held', `${shortId(identity)} is not among the held keys. Look for it in a backup or in the quarantine`)

const isLeaving = (files: Files, { identity, doing }: StoredKey): boolean =>
  doing?.is === 'placing' && isArmedAt(files, doing.dataFolder, identity) !== undefined

/** Does `work`; an error of the system becomes a fault. */
function moving<T, Code extends string>({ log }: Parts, what: string, work: () => Result<T, Code>): Result<T, Code | 'keys/not-moved'> {
  try {
    return work()
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    log.warn('keys.not-moved', { what, code })
    return fail('keys/not-moved', `${what}: ${whyNotMoved(cause)}`)
  }
}

function hold(parts: Parts, bytes: Uint8Array, as: Parameters<KeyStore['hold']>[1]): ReturnType<KeyStore['hold']> {
  const { identity, canonical, problem } = parseKeyBytes(bytes)
  if (canonical === undefined || identity !== as.identity)
    return fail(
      'keys/conflict',
      `This is not the key of ${shortId(as.identity)}: ${problem ?? `it is the one of ${shortId(identity ?? '')}`}`,
    )
  return put(parts, as, canonical)
}

function put(
  { held, log, ...parts }: Parts,
  key: Omit<StoredKey, 'path'>,
  canonical: Uint8Array,
): Result<HeldKey, 'keys/conflict' | 'keys/not-moved'> {
  const wasHeld = held.get(key.identity) !== undefined
  try {
    const kept = held.put(key, canonical)
    log.info('keys.held', { identity: key.identity, reason: key.hold.code })
    return ok(withoutDoing(kept))
  } catch (cause) {
    const code = codeOf(cause)
    if (code === '') throw cause
    log.warn('keys.not-held', { identity: key.identity, code })
    if (code === 'EEXIST')
      return fail(
        'keys/conflict',
        `${held.folder} has a damaged file under the name of ${shortId(key.identity)}. Move it away and try again`,
      )
    if (!wasHeld) tryTo(() => dropUnfinished(parts.files, held, key.identity))
    return fail('keys/not-moved', `The key ${shortId(key.identity)} was not put among the held ones: ${whyNotMoved(cause)}`)
  }
}

/** The note of a key that was not written. One that was written stays: whether its name is durable is not known. */
function dropUnfinished(files: Files, held: HeldKeys, identity: IdentityId): void {
  const key = path.join(held.folder, `${identity}.key`)
  if (!isThere(files, key) && !isThere(files, `${key}.part`)) held.forget(identity)
}

function holdFile(parts: Parts, file: string, as: Parameters<KeyStore['holdFile']>[1]): ReturnType<KeyStore['holdFile']> {
  const { files, held, quarantine } = parts
  const { identity, canonical, found, problem } = readKeyFile(file, files)
  if (found !== 'parsed') return fail('keys/not-found', `${file} was not taken out: ${problem ?? 'it is no key file'}`)
  if (canonical === undefined || identity !== as.identity)
    return fail('keys/conflict', `${file} does not hold the key of ${shortId(as.identity)}, so it stays there. Scan again`)
  const wasHeld = held.get(identity) !== undefined
  const key = { ...as, name: path.basename(file).replace(/\.key$/, '') }
  const kept = put(parts, { ...key, doing: { is: 'taking', file } }, canonical)
  if (!kept.ok) return kept
  const left = moving(parts, `${file} was not taken out of the node's folder`, () => {
    if (files.facts(file)?.is === 'link') {
      const taken = quarantine.take(file, { why: `Its key is held: ${as.hold.reason}`, identity })
      return taken.ok ? ok(undefined) : taken
    }
    if (readKeyFile(file, files).identity !== identity) return fail('keys/not-moved', `${file} changed meanwhile, so it stays. Scan again`)
    return ok(removeDurably(files, file))
  })
  if (left.ok) tryTo(() => held.note(key))
  else if (isArmedFile(files, file, identity)) tryTo(() => (wasHeld ? held.note(key) : held.drop(identity)))
  return left.ok ? kept : left
}

const isArmedFile = (files: Files, file: string, identity: IdentityId): boolean => readKeyFile(file, files).identity === identity

function place(parts: Parts, { identity, dataFolder, name }: Parameters<KeyStore['place']>[0]): ReturnType<KeyStore['place']> {
  const { files, held, log } = parts
  const key = held.get(identity)
  const { canonical } = held.reading(identity)
  if (key === undefined || canonical === undefined) return notHeld(identity)
  const armedBefore = key.doing?.is === 'placing' ? isArmedAt(files, key.doing.dataFolder, identity) : undefined
  if (armedBefore !== undefined && path.dirname(armedBefore) !== identitiesOf(dataFolder))
    return fail(
      'keys/conflict',
      `The key ${shortId(identity)} was placed as ${armedBefore} already, so it is not placed a second time. Take it out there first`,
    )
  return moving(parts, `The key ${shortId(identity)} was not placed in ${dataFolder} and stays held`, () => {
    const where = findPlace(files, dataFolder, identity)
    if (!where.ok) return where
    held.note({ ...key, doing: { is: 'placing', dataFolder } })
    let armedAt = where.value.armedAt
    try {
      if (armedAt === undefined) armedAt = armKey(files, { identity, dataFolder, name }, canonical)
      else settleArmed(files, armedAt)
    } catch (cause) {
      if (isArmedAt(files, dataFolder, identity) === undefined) tryTo(() => held.note(withoutDoing(key)))
      throw cause
    }
    log.info('keys.placed', { identity, file: armedAt })
    retire(parts, identity, armedAt)
    return ok({ placed: armedAt })
  })
}

/** The key is armed for certain: its held copy becomes one at rest. What fails here is done by the next `recover`. */
function retire({ held, quarantine }: Parts, identity: IdentityId, armedAt: string): void {
  const taken = quarantine.take(path.join(held.folder, `${identity}.key`), {
    why: `placed: the node has this key as ${armedAt}`,
    identity,
    name: path.basename(armedAt),
  })
  if (taken.ok || taken.fault.code === 'keys/not-found') tryTo(() => held.forget(identity))
}
