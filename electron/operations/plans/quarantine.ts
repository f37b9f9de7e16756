import path from 'node:path'
import { z } from 'zod'
import { textOf } from '../../../shared/domain/fault.ts'
import type { QuarantineEntry } from '../../../shared/domain/operation.ts'
import { codeOf, isThere, readKeyFile } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'

const NOTE = 'note.json'
/** The note of a move that a crash has cut: its end is for the next start. */
const MOVING = 'moving.json'
/** Keys that wait for their day are no business of the quarantine's. */
const HELD = 'held'
const MOST_NOTE_BYTES = 1024 ** 2

const common = { why: z.string(), at: z.string(), operation: z.string().optional() }
const noteSchema = z.discriminatedUnion('version', [
  z.object({ version: z.literal(1), ...common, from: z.string(), name: z.string() }),
  z.object({ version: z.literal(2), ...common, keys: z.array(z.object({ name: z.string(), from: z.string() })) }),
])
type Note = z.output<typeof noteSchema>

const UNKNOWN_PLACE = 'not known'

/**
 * What lies in the quarantine, newest first. Which key a file holds is read from the file; where it came from, and why, from
 * its note. Folders without anything in them are left out, and a note that says nothing is told as such.
 *
 * @param armed  file in which a node loads each identity now
 */
export function readQuarantine(files: Files, folder: string, armed: ReadonlyMap<string, string>): readonly QuarantineEntry[] {
  const names = listOf(files, folder)
  const entries = names.flatMap((id) => {
    const at = path.join(folder, id)
    if (id === HELD || !isFolder(files, at)) return []
    return readEntry(files, at, armed) ?? []
  })
  return entries.sort((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : one.id < other.id ? -1 : 1))
}

function readEntry(files: Files, at: string, armed: ReadonlyMap<string, string>): QuarantineEntry | undefined {
  const there = listOf(files, at).filter((name) => name !== NOTE && name !== MOVING && !name.endsWith('.part'))
  const read = readNote(files, at)
  if (read.is === 'absent' && there.length === 0) return undefined
  const note = read.is === 'read' ? read.note : undefined
  const from = new Map(placesOf(note))
  const keys = there
    .filter((name) => !isFolder(files, path.join(at, name)))
    .map((name) => keyOf(files, path.join(at, name), { from: from.get(name) ?? UNKNOWN_PLACE, armed }))
  const missing = [...from.keys()].filter((name) => !there.includes(name))
  return {
    id: path.basename(at),
    path: at,
    at: note?.at ?? timeOf(files, at),
    why: [whyOf(read), ...missing.map((name) => `${name} is not here`)].join('. '),
    ...(note?.operation === undefined ? {} : { operation: note.operation }),
    keys,
  }
}

function keyOf(
  files: Files,
  file: string,
  { from, armed }: { readonly from: string; readonly armed: ReadonlyMap<string, string> },
): QuarantineEntry['keys'][number] {
  const { identity } = readKeyFile(file, files)
  const armedAt = identity === undefined ? undefined : armed.get(identity)
  return {
    name: path.basename(file),
    from,
    ...(identity === undefined ? {} : { identity }),
    ...(armedAt === undefined ? {} : { armedAt }),
  }
}

const placesOf = (note: Note | undefined): readonly (readonly [string, string])[] => {
  if (note === undefined) return []
  return note.version === 1 ? [[note.name, note.from]] : note.keys.map(({ name, from }) => [name, from])
}

type ReadNote =
  | { readonly is: 'read'; readonly note: Note; readonly isMoving: boolean }
  | { readonly is: 'absent' }
  | { readonly is: 'damaged'; readonly text: string }

function whyOf(read: ReadNote): string {
  if (read.is === 'absent') return 'It has no note, so it is not known where these files come from'
  if (read.is === 'damaged') return read.text
  return read.isMoving ? `${read.note.why}. The move was cut short: it is brought to its end at the next start` : read.note.why
}

function readNote(files: Files, at: string): ReadNote {
  const name = isThere(files, path.join(at, NOTE)) ? NOTE : MOVING
  const file = path.join(at, name)
  try {
    if (!isThere(files, file)) return { is: 'absent' }
    const parsed = noteSchema.safeParse(withDefaults(JSON.parse(Buffer.from(files.readWhole(file, MOST_NOTE_BYTES)).toString('utf8'))))
    if (parsed.success) return { is: 'read', note: parsed.data, isMoving: name === MOVING }
    return { is: 'damaged', text: `Its note ${file} is damaged, so it is not known where these files come from` }
  } catch (cause) {
    if (cause instanceof SyntaxError)
      return { is: 'damaged', text: `Its note ${file} is damaged, so it is not known where these files come from` }
    if (codeOf(cause) === '') throw cause
    return { is: 'damaged', text: `Its note ${file} cannot be read: ${textOf(cause)}` }
  }
}

/** The first notes had neither reason nor time in every case. */
const withDefaults = (note: unknown): unknown =>
  typeof note === 'object' && note !== null ? { why: 'No reason was written down', at: '', ...note } : note

/** When the folder was changed last, for want of a note. */
function timeOf(files: Files, at: string): string {
  try {
    return new Date(files.facts(at)?.modifiedAt ?? 0).toISOString()
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return new Date(0).toISOString()
  }
}

const isFolder = (files: Files, at: string): boolean => {
  try {
    return files.facts(at)?.is === 'folder'
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return false
  }
}

function listOf(files: Files, folder: string): readonly string[] {
  try {
    return isThere(files, folder) ? [...files.list(folder)].sort() : []
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return []
  }
}
