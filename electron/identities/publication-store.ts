import path from 'node:path'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { parseIdentityId, type IdentityId } from '../../shared/domain/ids.ts'
import type { PublicationRecord } from '../../shared/domain/publication.ts'
import { emptyRecord, mergeRecords } from '../../shared/domain/publication-record.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'
import { codeOf } from './key-file.ts'

const FILE_VERSION = 1
/** Of 1,000 identities it has about 10 MB. */
const MOST_BYTES = 256 * 1024 ** 2

const count = z.number().int().nonnegative()
const moment = z.number()
const identityId = z.string().transform((text, context) => {
  const id = parseIdentityId(text)
  if (id !== undefined) return id
  context.addIssue('is not an identity of 64 hex characters')
  return z.NEVER
})
const recordSchema = z.object({
  identity: identityId,
  atxs: z.array(
    z.object({
      publishEpoch: count,
      atxId: z.string().regex(/^[0-9a-f]{64}$/),
      seenAt: moment,
      by: z.enum(['here', 'network', 'database']),
    }),
  ),
  registered: z.object({ publishEpoch: count, roundId: z.string(), at: moment }).exactOptional(),
  watchedUntil: moment.exactOptional(),
  twin: z.object({ at: moment, text: z.string() }).exactOptional(),
})
const fileSchema = z.object({ version: z.literal(FILE_VERSION), records: z.array(recordSchema) })

/**
 * The text of a publication file, also of one in a backup.
 * @fault `publication/newer`   written by a later version
 * @fault `publication/damaged` anything else that is not such a file, with the reason
 */
export function parsePublication(text: string): Result<readonly PublicationRecord[], 'publication/newer' | 'publication/damaged'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return fail('publication/damaged', text.trim() === '' ? 'the file is empty' : `no valid JSON: ${textOf(cause)}`)
  }
  const version: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'version') : undefined
  if (typeof version === 'number' && version > FILE_VERSION)
    return fail('publication/newer', `it has version ${version}, this Smeshkeeper knows ${FILE_VERSION}`)
  const parsed = fileSchema.safeParse(json)
  if (parsed.success) return ok(parsed.data.records)
  const [issue] = parsed.error.issues
  return fail('publication/damaged', `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unusable'}`)
}

/** The form in which records are kept and go into backups: one identity a line. */
export function publicationText(records: readonly PublicationRecord[]): string {
  const lines = [...records].sort((a, b) => (a.identity < b.identity ? -1 : 1)).map((record) => JSON.stringify(record))
  return `{"version":${FILE_VERSION},"records":[\n${lines.join(',\n')}\n]}\n`
}

export type PublicationChange = Partial<Omit<PublicationRecord, 'identity'>>

export interface PublicationStore {
  /** Empty for an identity of which nothing is known. */
  record(id: IdentityId): PublicationRecord
  all(): readonly PublicationRecord[]
  /** Adds to what is known; nothing is ever taken back by it. */
  note(id: IdentityId, change: PublicationChange): void
  /** The union with other records: from a backup, or from another Smeshkeeper. */
  merge(records: readonly PublicationRecord[]): void
  /** Writes what changed, whole or not at all. */
  flush(): Result<void, 'publication/not-written'>
  /** Why what was recorded before may be missing, for the user; `undefined` when nothing is. */
  readonly trouble: string | undefined
}

interface Loaded {
  readonly records: readonly PublicationRecord[]
  readonly trouble?: string
  /** The file could not be read but may be good: it is not written over. */
  readonly isBlocked?: true
}

/** Moves a file that cannot be used out of the way, under a name that says why; nothing is deleted. */
function setAside(file: string, why: string, files: Files): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-')
  let target = `${file}.${why}-${stamp}`
  for (let n = 2; files.facts(target) !== undefined; n += 1) target = `${file}.${why}-${stamp}-${n}`
  files.rename(file, target)
  files.syncFolder(path.dirname(file))
  return target
}

function load(file: string, { log, files }: { readonly log: Logger; readonly files: Files }): Loaded {
  let text: string
  try {
    text = Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { records: [] }
    log.error('publication.unreadable', { file, detail: textOf(cause) })
    const trouble = `The record of published activations (${file}) cannot be read: ${textOf(cause)}. Until it can, keys are checked without it. Give this user access to the file, then start Smeshkeeper again.`
    return { records: [], trouble, isBlocked: true }
  }
  const parsed = parsePublication(text)
  if (parsed.ok) return { records: parsed.value }
  const isNewer = parsed.fault.code === 'publication/newer'
  try {
    const keptAs = setAside(file, isNewer ? 'newer' : 'damaged', files)
    log.error('publication.set-aside', { file, keptAs, detail: parsed.fault.detail })
    const what = isNewer ? 'is from a newer Smeshkeeper' : 'is damaged'
    const trouble = `The record of published activations ${what} (${parsed.fault.detail}) and is kept as ${keptAs}. Keys are checked without it: a second node may go unnoticed for two epochs. Restore the record from your newest backup.`
    return { records: [], trouble }
  } catch (cause) {
    log.error('publication.not-set-aside', { file, detail: textOf(cause) })
    const trouble = `The record of published activations (${file}) cannot be used: ${parsed.fault.detail}. It stays where it is and nothing new is recorded. Move it away, then start Smeshkeeper again.`
    return { records: [], trouble, isBlocked: true }
  }
}

/**
 * Opens the slashing-protection record of all identities. A file that cannot be used is kept aside and told (`trouble`);
 * one that cannot even be moved is never written over.
 */
export function openPublicationStore(
  file: string,
  { log, files = systemFiles }: { readonly log: Logger; readonly files?: Files },
): PublicationStore {
  const loaded = load(file, { log, files })
  const records = new Map(loaded.records.map((record) => [record.identity, record]))
  let isChanged = false
  const add = (more: PublicationRecord): void => {
    const before = records.get(more.identity)
    const after = mergeRecords(before ?? emptyRecord(more.identity), more)
    if (before !== undefined && JSON.stringify(after) === JSON.stringify(before)) return
    records.set(more.identity, after)
    isChanged = true
  }
  return {
    trouble: loaded.trouble,
    record: (id) => records.get(id) ?? emptyRecord(id),
    all: () => [...records.values()],
    note: (id, change) => add({ ...emptyRecord(id), ...change }),
    merge(more) {
      for (const record of more) add(record)
    },
    flush() {
      if (loaded.isBlocked === true) return fail('publication/not-written', loaded.trouble ?? `${file} cannot be used`)
      if (!isChanged) return ok(undefined)
      try {
        writeFileAtomic(file, publicationText([...records.values()]), files)
        isChanged = false
        return ok(undefined)
      } catch (cause) {
        return fail('publication/not-written', `the record of published activations cannot be written: ${textOf(cause)}`, { retry: 'now' })
      }
    },
  }
}
