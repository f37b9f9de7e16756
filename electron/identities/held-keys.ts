import path from 'node:path'
import { z } from 'zod'
import { parseIdentityId, type IdentityId } from '../../shared/domain/ids.ts'
import type { Hold } from '../../shared/domain/publication.ts'
import type { Files } from '../lib/files.ts'
import { isThere, makeDurableFolder, publishNew, removeDurably, replaceNote, syncBytes, tryTo, writeAside } from './durable.ts'
import { codeOf, readKeyFile, type KeyFileReading } from './key-file.ts'

const MOST_NOTE_BYTES = 65_536

const holdSchema = z.object({
  code: z.enum(['active-elsewhere', 'database-too-old', 'not-yet-checked', 'by-user']),
  reason: z.string(),
  until: z.number().exactOptional(),
  since: z.number(),
})
const noteSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  hold: holdSchema,
  /** What was begun with this key: the next start finishes it or takes it back. */
  doing: z
    .discriminatedUnion('is', [
      z.object({ is: z.literal('placing'), dataFolder: z.string() }),
      z.object({ is: z.literal('taking'), file: z.string() }),
    ])
    .exactOptional(),
})
type HeldNote = z.infer<typeof noteSchema>

/** A key that is kept out of every node. */
export interface HeldKey {
  readonly identity: IdentityId
  readonly path: string
  readonly hold: Hold
  /** File name without `.key` under which it would be placed. */
  readonly name: string
}

export interface StoredKey extends HeldKey {
  readonly doing?: NonNullable<HeldNote['doing']>
}

/** `<folder>/<identity>.key`, each with a note `<identity>.json`. */
export interface HeldKeys {
  readonly folder: string
  get(identity: IdentityId): StoredKey | undefined
  list(): readonly StoredKey[]
  reading(identity: IdentityId): KeyFileReading
  /** Writes the note, then the key; one that is there already stays. @throws EEXIST when it is another, or the system's error */
  put(key: Omit<StoredKey, 'path'>, canonical: Uint8Array): StoredKey
  note(key: Omit<StoredKey, 'path'>): void
  /** Removes the note of a key that is not here any more, and first what could bring the key back. */
  forget(identity: IdentityId): void
  /** Removes key and note. Only when the same key is durable elsewhere. */
  drop(identity: IdentityId): void
  /** Removes what an interrupted `put` left. @returns paths that were removed */
  clean(): readonly string[]
}

const isGood = (reading: KeyFileReading, identity: IdentityId): boolean => reading.form === 'good' && reading.identity === identity

export function createHeldKeys(files: Files, folder: string): HeldKeys {
  const keyAt = (identity: IdentityId): string => path.join(folder, `${identity}.key`)
  const noteAt = (identity: IdentityId): string => path.join(folder, `${identity}.json`)

  const held: HeldKeys = {
    folder,
    reading: (identity) => readKeyFile(keyAt(identity), files),
    get(identity) {
      const file = keyAt(identity)
      if (held.reading(identity).identity !== identity) return undefined
      return { identity, path: file, ...(readNote(files, noteAt(identity)) ?? unknownHold(files, file, identity)) }
    },
    list: () =>
      namesIn(files, folder).flatMap((name) => {
        const identity = name.endsWith('.key') ? parseIdentityId(name.slice(0, -'.key'.length)) : undefined
        const key = identity && held.get(identity)
        return key ? [key] : []
      }),
    put(key, canonical) {
      const file = keyAt(key.identity)
      makeDurableFolder(files, folder)
      if (isThere(files, file)) {
        if (!isGood(held.reading(key.identity), key.identity)) throw Object.assign(new Error(`EEXIST: ${file}`), { code: 'EEXIST' })
        syncBytes(files, file)
        files.syncFolder(folder)
        held.note(key)
      } else {
        held.note(key)
        writeAside(files, `${file}.part`, canonical)
        publishOrRemove(files, `${file}.part`, file)
      }
      return { ...key, path: file }
    },
    note({ identity, name, hold, doing }) {
      replaceNote(files, noteAt(identity), { version: 1, identity, name, hold, ...(doing === undefined ? {} : { doing }) })
    },
    forget(identity) {
      for (const left of [`${keyAt(identity)}.part`, noteAt(identity)]) if (isThere(files, left)) removeDurably(files, left)
    },
    drop(identity) {
      removeDurably(files, keyAt(identity))
      held.forget(identity)
    },
    clean: () => cleanLeftovers(files, held),
  }
  return held
}

function publishOrRemove(files: Files, aside: string, final: string): void {
  try {
    publishNew(files, aside, final)
  } catch (cause) {
    tryTo(() => removeDurably(files, aside))
    throw cause
  }
}

function namesIn(files: Files, folder: string): readonly string[] {
  let names: readonly string[] = []
  tryTo(() => (names = isThere(files, folder) ? files.list(folder) : []))
  return names
}

function readNote(files: Files, file: string): Omit<StoredKey, 'path' | 'identity'> | undefined {
  try {
    const note = noteSchema.safeParse(JSON.parse(Buffer.from(files.readWhole(file, MOST_NOTE_BYTES)).toString('utf8'))).data
    return note && { name: note.name, hold: note.hold, ...(note.doing === undefined ? {} : { doing: note.doing }) }
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && codeOf(cause) === '') throw cause
    return undefined
  }
}

/** Without its note a key stays held: only the reason is lost. */
function unknownHold(files: Files, file: string, identity: IdentityId): Omit<StoredKey, 'path' | 'identity'> {
  let since = 0
  tryTo(() => (since = files.facts(file)?.modifiedAt ?? 0))
  return {
    name: identity.slice(0, 8),
    hold: {
      code: 'not-yet-checked',
      reason: 'The note of this held key cannot be read, so it is not known why it was held. It stays out of every node until you decide.',
      since,
    },
  }
}

/** A key that was written aside whole is finished: it may be the only copy. Notes without a key say nothing any more. */
function cleanLeftovers(files: Files, held: HeldKeys): readonly string[] {
  const removed: string[] = []
  for (const name of namesIn(files, held.folder)) {
    const file = path.join(held.folder, name)
    if (!name.endsWith('.part')) continue
    const identity = parseIdentityId(name.slice(0, -'.key.part'.length))
    const reading = readKeyFile(file, files)
    // Only a `good` one: a key that was cut off may still show a whole secret half.
    const isLostKey = identity !== undefined && isGood(reading, identity) && !isThere(files, file.slice(0, -'.part'.length))
    if (isLostKey) publishNew(files, file, file.slice(0, -'.part'.length))
    if (isThere(files, file)) removeDurably(files, file)
    if (!isLostKey) removed.push(file)
  }
  for (const name of namesIn(files, held.folder)) {
    const identity = name.endsWith('.json') ? parseIdentityId(name.slice(0, -'.json'.length)) : undefined
    if (identity === undefined || isThere(files, path.join(held.folder, `${identity}.key`))) continue
    held.forget(identity)
    removed.push(path.join(held.folder, name))
  }
  return removed
}
