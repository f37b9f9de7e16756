import path from 'node:path'
import { assertNever, fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { readKeyFile } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { CollectItem } from './collect.ts'
import type { Manifest, ManifestEntry } from './format.ts'
import { discard } from './new-file.ts'
import { piecesOf } from './pieces.ts'

/** A copy of a database as one file; the fault says why there is none. */
export type CopyDatabase = (from: string, target: string) => Result<{ readonly bytes: number }>

export interface GatherTools {
  readonly files: Files
  /** Copies the local.sql of a data folder. */
  readonly copyLocalDatabase: CopyDatabase
  /** Copies any other SQLite file. */
  readonly copyDatabase: CopyDatabase
  /** Folder of ours for copies of databases; they hold no secret. */
  readonly temporary: string
}

/** One entry whose bytes are known to be readable. */
export interface Gathered {
  readonly entry: Omit<ManifestEntry, 'bytes' | 'sha256'>
  open(): AsyncIterable<Uint8Array>
}

export interface Gathering {
  readonly entries: readonly Gathered[]
  readonly leftOut: Manifest['leftOut']
  /** Takes the copies of databases away and forgets the keys. */
  end(): void
}

/** A source could not be read to its end. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
}

/**
 * Looks at every source. A key that is not what the plan says ends it: a backup that lacks one silently is worse than none.
 * Anything else that cannot be read is left out, which the manifest and the user are told.
 */
export function gather(items: readonly CollectItem[], tools: GatherTools): Result<Gathering, 'backup/unreadable-source'> {
  const entries: Gathered[] = []
  const leftOut: Manifest['leftOut'] = []
  const copies: string[] = []
  const keys: Uint8Array[] = []
  const end = (): void => {
    for (const copy of copies) discard(copy, tools.files)
    for (const key of keys) key.fill(0)
  }
  for (const item of items) {
    const found = item.is === 'key' ? gatherKey(item, tools.files, keys) : gatherOther(item, tools, copies)
    if (found.ok) entries.push(found.value)
    else if (item.is === 'key') {
      end()
      return fail('backup/unreadable-source', found.fault.detail)
    } else leftOut.push({ part: partName(item), path: pathOf(item), why: found.fault.detail })
  }
  return ok({ entries, leftOut, end })
}

const pathOf = (item: CollectItem): string =>
  item.is === 'local-database' ? item.dataFolder : item.is === 'text' ? (item.path ?? item.name) : item.path
const partName = (item: CollectItem): string => ('part' in item ? item.part : item.is)

function gatherKey(item: Extract<CollectItem, { is: 'key' }>, files: Files, keys: Uint8Array[]): Result<Gathered> {
  const reading = readKeyFile(item.path, files)
  if (reading.canonical === undefined)
    return fail('unreadable', `the key ${item.path} cannot be read: ${reading.problem ?? 'it holds no key'}. Nothing was backed up`)
  const bytes = reading.canonical
  keys.push(bytes)
  if (reading.identity !== item.identity)
    return fail(
      'unreadable',
      `${item.path} holds another key than before: look at what happened to it, then plan the backup again. Nothing was backed up`,
    )
  return ok({
    entry: {
      name: item.name,
      part: 'keys',
      identity: item.identity,
      path: item.path,
      ...(reading.form === 'good' ? {} : { isRepaired: true }),
    },
    // A copy: whoever reads it may wipe it.
    open: () => once(bytes.slice()),
  })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function gatherOther(item: Exclude<CollectItem, { is: 'key' }>, tools: GatherTools, copies: string[]): Result<Gathered> {
  switch (item.is) {
    case 'text':
      return ok({
        entry: { name: item.name, part: item.part, ...(item.path === undefined ? {} : { path: item.path }) },
        open: () => once(Buffer.from(item.text)),
      })
    case 'file':
      return gatherFile(
        { name: item.name, part: item.part, path: item.path, ...(item.identity === undefined ? {} : { identity: item.identity }) },
        item.path,
        tools.files,
      )
    case 'local-database':
    case 'database': {
      const copy = path.join(tools.temporary, `vault-${Math.random().toString(36).slice(2, 10)}.sql`)
      copies.push(copy)
      const isLocal = item.is === 'local-database'
      const made = isLocal ? tools.copyLocalDatabase(item.dataFolder, copy) : tools.copyDatabase(item.path, copy)
      if (!made.ok) return made
      const from = isLocal ? path.join(item.dataFolder, 'local.sql') : item.path
      return gatherFile({ name: item.name, part: isLocal ? 'local-database' : 'history', path: from }, copy, tools.files)
    }
    default:
      return assertNever(item)
  }
}

/** Opens the file once, so that one that cannot be read is known before anything is written. */
function gatherFile(entry: Gathered['entry'], file: string, files: Files): Result<Gathered> {
  try {
    const facts = files.facts(file)
    if (facts === undefined) return fail('unreadable', 'it is not there')
    if (facts.is === 'folder' || facts.is === 'other') return fail('unreadable', 'it is no ordinary file')
    const fd = files.openRead(file)
    try {
      files.read(fd, 1, 0)
    } finally {
      files.close(fd)
    }
  } catch (cause) {
    return fail('unreadable', `it cannot be read (${textOf(cause)})`)
  }
  return ok({ entry, open: () => telling(file, piecesOf(file, files)) })
}

async function* telling(file: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (cause) {
    throw new SourceError(`${file} cannot be read to its end (${textOf(cause)})`, { cause })
  }
}
