import path from 'node:path'
import { hexToBytes, shortId } from '../../../shared/domain/ids.ts'
import { createHash } from 'node:crypto'
import { identitiesOf, isThere, LOCAL_KEY, makeDurableFolder, MOST_KEY_BYTES, readKeyFile, writeAside } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { OperationStopped, type StepRule, type StepTools } from '../types.ts'
import { keysInSchema, keysOutSchema, renameKeySchema, type KeysIn, type KeysOut, type RenameKey } from './data.ts'
import {
  asideName,
  canonicalOf,
  holds,
  knownKeys,
  removeIfEmpty,
  requireFolder,
  setAsideFreshLocalKey,
  unlinkAll,
  writeKeys,
} from './key-moves.ts'

const entryOf = (tools: StepTools, entry: string): string => path.join(tools.quarantine, entry)
const NOTE = 'note.json'
const counted = (keys: number): string => `${keys} ${keys === 1 ? 'key' : 'keys'}`

/** Whether this file has the key in any readable form. */
const has = (files: Files, file: string, identity: string): boolean => readKeyFile(file, files).identity === identity

/** Copies of these keys that a crash left beside their names. */
const asides = (keys: readonly { readonly identity: string }[]): readonly string[] => keys.map(({ identity }) => asideName(identity))

/** Who moved what from where and why; the quarantine of single files has version 1. */
function writeNote(tools: StepTools, data: KeysOut): void {
  const keys = data.keys.map(({ identity, name }) => ({
    name,
    from: path.join(identitiesOf(data.dataFolder), name),
    identity,
    publicKeySha256: createHash('sha256').update(hexToBytes(identity)).digest('hex'),
  }))
  const note = { version: 2, why: data.why, at: new Date(tools.now()).toISOString(), operation: tools.id, keys }
  const file = path.join(entryOf(tools, data.entry), NOTE)
  const aside = `${file}.part`
  writeAside(tools.files, aside, Buffer.from(`${JSON.stringify(note, undefined, 2)}\n`))
  tools.files.rename(aside, file)
}

const keysOut: StepRule<KeysOut> = {
  schema: keysOutSchema,
  apply(data, tools) {
    const { files } = tools
    const from = identitiesOf(data.dataFolder)
    const entry = entryOf(tools, data.entry)
    requireFolder(files, data.dataFolder)
    makeDurableFolder(files, entry)
    writeNote(tools, data)
    const missing = data.keys.filter(({ identity, name }) => !has(files, path.join(entry, name), identity))
    for (const { identity, name } of missing)
      if (!has(files, path.join(from, name), identity))
        throw new OperationStopped(
          'operation/key-changed',
          `${path.join(from, name)} does not hold the key of ${shortId(identity)} any more, so nothing was disarmed. Plan it anew`,
        )
    writeKeys(
      files,
      entry,
      missing.map(({ identity, name }) => ({
        identity,
        final: path.join(entry, name),
        bytes: files.readWhole(path.join(from, name), MOST_KEY_BYTES),
      })),
    )
    unlinkAll(files, entry, asides(data.keys))
    disarm(files, data)
    requireFolder(files, data.dataFolder)
    return `${counted(data.keys.length)} in the quarantine, note written`
  },
  isDone({ dataFolder, entry, keys }, tools) {
    const out = new Set(keys.map(({ identity }) => identity))
    const isKept = keys.every(({ identity, name }) => has(tools.files, path.join(entryOf(tools, entry), name), identity))
    return isKept && !knownKeys(tools.files, dataFolder).some(({ identity }) => identity !== undefined && out.has(identity))
  },
  undo(data, tools) {
    const { files } = tools
    const from = identitiesOf(data.dataFolder)
    const entry = entryOf(tools, data.entry)
    const ours = new Set<string>(data.keys.map(({ identity }) => identity))
    requireFolder(files, data.dataFolder)
    const gone = data.keys.filter(({ identity, name }) => !has(files, path.join(from, name), identity))
    if (gone.length > 0) {
      setAsideFreshLocalKey(tools, data.dataFolder, ours)
      makeDurableFolder(files, from)
      writeKeys(
        files,
        from,
        gone.map(({ identity, name }) => ({
          identity,
          final: path.join(from, name),
          bytes: bytesOf(files, path.join(entry, name), identity),
        })),
      )
    }
    unlinkAll(files, from, asides(data.keys))
    // Every one of them is durable where it was: the copies here say nothing any more.
    unlinkAll(files, entry, [...data.keys.map(({ name }) => name), ...asides(data.keys), NOTE, `${NOTE}.part`])
    removeIfEmpty(files, entry)
    return `${counted(data.keys.length)} back in ${from}`
  },
}

/** As they were, in whatever form. */
function bytesOf(files: Files, file: string, identity: string): Uint8Array {
  canonicalOf(files, file, identity)
  return files.readWhole(file, MOST_KEY_BYTES)
}

/** Takes the source's names away, each only while it is still the same key; nothing of them is armed there afterwards. */
function disarm(files: Files, data: KeysOut): void {
  const from = identitiesOf(data.dataFolder)
  if (!isThere(files, from)) return
  const out = new Set<string>(data.keys.map(({ identity }) => identity))
  const armed = knownKeys(files, data.dataFolder).filter(({ identity }) => identity !== undefined && out.has(identity))
  unlinkAll(files, from, [...armed.map(({ file }) => path.basename(file)), ...asides(data.keys)])
}

const keysIn: StepRule<KeysIn> = {
  schema: keysInSchema,
  apply(data, tools) {
    const { files } = tools
    const folder = identitiesOf(data.dataFolder)
    const ours = new Set<string>(data.keys.map(({ identity }) => identity))
    requireFolder(files, data.dataFolder)
    makeDurableFolder(files, folder)
    // Whatever is called so here was made by a node meanwhile: plans rename the ones that were here.
    setAsideFreshLocalKey(tools, data.dataFolder, ours)
    const armed = new Set(knownKeys(files, data.dataFolder).flatMap(({ identity }) => identity ?? []))
    const wanted = data.keys.filter(({ identity }) => !armed.has(identity as never))
    writeKeys(
      files,
      folder,
      wanted.map(({ identity, entry, stored, name }) => ({
        identity,
        final: path.join(folder, name),
        bytes: canonicalOf(files, path.join(entryOf(tools, entry), stored), identity),
      })),
    )
    unlinkAll(files, folder, asides(data.keys))
    return `${counted(ours.size)} placed, read back and compared`
  },
  isDone: (data, { files }) => {
    const armed = new Set<string>(knownKeys(files, data.dataFolder).flatMap(({ identity }) => identity ?? []))
    return data.keys.every(({ identity }) => armed.has(identity))
  },
  undo(data, tools) {
    const { files } = tools
    requireFolder(files, data.dataFolder)
    const folder = identitiesOf(data.dataFolder)
    const ours = new Map<string, KeysIn['keys'][number]>(data.keys.map((key) => [key.identity, key]))
    const armed = knownKeys(files, data.dataFolder).filter(({ identity }) => identity !== undefined && ours.has(identity))
    // A copy that somebody took out of the quarantine goes back there first: the armed one may be the last.
    for (const { file, identity } of armed) {
      const key = ours.get(identity ?? '')
      if (key === undefined || has(files, path.join(entryOf(tools, key.entry), key.stored), key.identity)) continue
      const entry = entryOf(tools, key.entry)
      makeDurableFolder(files, entry)
      writeKeys(files, entry, [{ identity: key.identity, final: path.join(entry, key.stored), bytes: bytesOf(files, file, key.identity) }])
    }
    const kept = data.keys.filter(({ identity, entry, stored }) => has(files, path.join(entryOf(tools, entry), stored), identity))
    unlinkAll(files, folder, [...armed.map(({ file }) => path.basename(file)), ...asides(kept)])
    return `${counted(armed.length)} taken out again`
  },
}

const renameKey: StepRule<RenameKey> = {
  schema: renameKeySchema,
  apply: (data, tools) => {
    rename(tools, data, data.from, data.to)
    return `${data.to}, public key checked again: ${shortId(data.identity)}`
  },
  isDone: ({ dataFolder, identity, to }, { files }) => holds(files, path.join(identitiesOf(dataFolder), to), identity),
  undo: (data, tools) => {
    rename(tools, data, data.to, data.from)
  },
}

/** At every instant one whole copy, armed at most once: a copy that no node loads comes between the two names. */
function rename(tools: StepTools, { dataFolder, identity }: RenameKey, from: string, to: string): void {
  const { files } = tools
  const folder = identitiesOf(dataFolder)
  const [source, target] = [path.join(folder, from), path.join(folder, to)]
  const between = path.join(folder, `.smeshkeeper-${identity}.part`)
  if (!has(files, target, identity)) {
    if (has(files, source, identity)) {
      writeAside(files, between, files.readWhole(source, MOST_KEY_BYTES))
      files.syncFolder(folder)
      unlinkAll(files, folder, [from])
    }
    if (!has(files, between, identity))
      throw new OperationStopped(
        'operation/key-changed',
        `${source} does not hold the key of ${shortId(identity)} any more. Find where it went, then finish or roll back`,
      )
    if (to !== LOCAL_KEY || isThere(files, target)) setAsideFreshLocalKey(tools, dataFolder, new Set([identity]))
    nameAgain(files, between, target)
  }
  files.syncFolder(folder)
  // The other way may have been cut before this one: its copy aside is no key, and goes as well.
  unlinkAll(files, folder, [path.basename(between), from, `${from}.part`, `${to}.part`])
}

/** `between` keeps its name until the new one is durable. */
function nameAgain(files: Files, between: string, target: string): void {
  const identity = readKeyFile(between, files).identity ?? ''
  const bytes = files.readWhole(between, MOST_KEY_BYTES)
  const aside = `${target}.part`
  writeAside(files, aside, bytes)
  if (isThere(files, target))
    throw new OperationStopped(
      'operation/name-taken',
      `${target} holds something else, and nothing is overwritten. Move it away (${shortId(identity)} is in ${between})`,
    )
  files.rename(aside, target)
  files.syncFolder(path.dirname(target))
}

export const keyRules = { 'keys-out': keysOut, 'keys-in': keysIn, 'rename-key': renameKey } as const
