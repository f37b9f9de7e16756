import { access, constants, open, readdir, readFile, rename, rmdir, stat, statfs, unlink } from 'node:fs/promises'
import path from 'node:path'
import { textOf } from '../../../shared/domain/fault.ts'
import type { InitRecord } from '../../../shared/domain/init-job.ts'
import type { FileRange } from '../../../shared/domain/init-space.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { syncFolder } from '../../lib/files.ts'
import { expectedFiles, METADATA_FILE, MOST_METADATA_BYTES, parseMetadata, type PosMetadata } from '../../pos-data/index.ts'

const LABEL_BYTES = 16
const DATA_FILE = /^postdata_(\d+)\.bin$/

/** What a folder holds, by names and sizes. */
export type FolderLook =
  | { readonly is: 'absent' }
  | { readonly is: 'unreadable'; readonly text: string }
  | {
      readonly is: 'there'
      readonly metadata: PosMetadata | undefined
      /** Why the metadata that is there cannot be used. */
      readonly metadataProblem: string | undefined
      /** File number → bytes. */
      readonly sizes: ReadonlyMap<number, number>
      /** File number → when it was last written to, Unix ms. */
      readonly changedAt: ReadonlyMap<number, number>
      readonly hasKey: boolean
    }

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

/** Looks without holding anybody up: a dead disk keeps a thread of the pool, not the keeper. */
export async function lookAtFolder(folder: string): Promise<FolderLook> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (cause) {
    return codeOf(cause) === 'ENOENT' ? { is: 'absent' } : { is: 'unreadable', text: textOf(cause) }
  }
  const sizes = new Map<number, number>()
  const changedAt = new Map<number, number>()
  for (const name of names) {
    const digits = DATA_FILE.exec(name)?.[1]
    if (digits === undefined) continue
    const facts = await stat(path.join(folder, name)).catch(() => undefined)
    if (facts?.isFile() !== true) continue
    sizes.set(Number(digits), facts.size)
    changedAt.set(Number(digits), facts.mtimeMs)
  }
  const read = names.includes(METADATA_FILE) ? await readMetadata(folder) : { metadata: undefined, problem: undefined }
  return { is: 'there', metadata: read.metadata, metadataProblem: read.problem, sizes, changedAt, hasKey: names.includes('identity.key') }
}

async function readMetadata(folder: string): Promise<{ readonly metadata: PosMetadata | undefined; readonly problem: string | undefined }> {
  const file = path.join(folder, METADATA_FILE)
  try {
    if ((await stat(file)).size > MOST_METADATA_BYTES) return { metadata: undefined, problem: 'it is far too long' }
    const parsed = parseMetadata(await readFile(file, 'utf8'))
    return parsed.ok ? { metadata: parsed.value, problem: undefined } : { metadata: undefined, problem: parsed.fault.detail }
  } catch (cause) {
    return { metadata: undefined, problem: textOf(cause) }
  }
}

/** The same data in all that postcli compares: with anything else it deletes files or refuses. */
export const isDataOf = (
  metadata: PosMetadata,
  wanted: Pick<InitRecord, 'identity' | 'commitmentAtx' | 'numUnits' | 'labelsPerUnit' | 'maxFileBytes'>,
): boolean =>
  metadata.identity === wanted.identity &&
  metadata.commitmentAtx === wanted.commitmentAtx &&
  metadata.numUnits === wanted.numUnits &&
  metadata.labelsPerUnit === wanted.labelsPerUnit &&
  metadata.maxFileBytes === wanted.maxFileBytes

/** Size that a file has when it is whole. */
export function wholeBytes(record: Pick<InitRecord, 'labelsPerUnit' | 'numUnits' | 'maxFileBytes'>, file: number): number {
  const { count, fileBytes, lastFileBytes } = expectedFiles(record)
  return file === count - 1 ? lastFileBytes : fileBytes
}

/**
 * Why postcli must not be started on this folder: it would delete, shorten or mix up what is there. Asked anew before every
 * start, since only this stands between its `-yes` and somebody's data.
 * Files without metadata are only those of a job that has written there before.
 */
export function whyNotStart(look: FolderLook, record: InitRecord, range: FileRange): string | undefined {
  if (look.is === 'absent') return undefined
  if (look.is === 'unreadable') return `The folder cannot be read: ${look.text}.`
  if (look.metadataProblem !== undefined)
    return `${METADATA_FILE} there cannot be used: ${look.metadataProblem}. Move it away, or restore it.`
  if (look.metadata !== undefined && !isDataOf(look.metadata, record))
    return 'The folder holds PoS data of another identity, size or network, which postcli would delete or refuse.'
  if (look.metadata === undefined && look.sizes.size > 0 && !record.isBegun)
    return 'The folder holds PoS files without their metadata: nobody knows whose they are.'
  for (const [file, size] of look.sizes) {
    if (file < range.fromFile || file > range.toFile) return `postdata_${file}.bin does not belong there, and postcli would delete it.`
    if (size > wholeBytes(record, file)) return `postdata_${file}.bin is longer than it must be, and postcli would cut it.`
  }
  return undefined
}

/**
 * Writes the metadata that postcli writes at its begin, where a power cut took it and left labels: postcli refuses to go on
 * without. What it had found of a VRF nonce is gone; it looks for one in the rest, and beyond when there is none.
 * @returns whether it was missing
 */
export function giveMetadata(folder: string, look: FolderLook, record: InitRecord): boolean {
  const isMissing = look.is === 'there' && look.metadata === undefined && [...look.sizes.values()].some((size) => size > 0)
  if (!isMissing) return false
  const fields = {
    NodeId: Buffer.from(record.identity, 'hex').toString('base64'),
    CommitmentAtxId: Buffer.from(record.commitmentAtx, 'hex').toString('base64'),
    LabelsPerUnit: record.labelsPerUnit,
    NumUnits: record.numUnits,
    MaxFileSize: record.maxFileBytes,
  }
  writeFileAtomic(path.join(folder, METADATA_FILE), JSON.stringify(fields, null, '\t'))
  return true
}

/**
 * Takes off what is left of a label that was cut in two by a kill or a full disk: postcli goes on at the length, so that
 * everything behind it would be shifted. Fewer than 16 bytes, which are no label.
 */
export async function trimTornLabels(folder: string, sizes: ReadonlyMap<number, number>): Promise<readonly number[]> {
  const torn = [...sizes].filter(([, size]) => size % LABEL_BYTES !== 0)
  for (const [file, size] of torn) {
    const handle = await open(path.join(folder, `postdata_${file}.bin`), 'r+')
    try {
      await handle.truncate(size - (size % LABEL_BYTES))
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  return torn.map(([file]) => file)
}

/** Where a range is made: with one provider the folder itself. Several processes in one folder would overwrite its metadata. */
export const rangeFolder = (record: Pick<InitRecord, 'folder' | 'parts' | 'is'>, at: number): string =>
  record.parts.length === 1 ? record.folder : path.join(record.folder, `range-${at + 1}`)

interface NonceFields {
  readonly Nonce?: unknown
  readonly NonceValue?: unknown
}

/**
 * Puts ranges together: all files into the folder, and of the VRF nonces the one whose label is the smallest. Metadata goes
 * first and stays where it was until everything is moved, so that it can be begun again at any point.
 * @source facts/postcli-and-profiler.md §5
 */
export async function mergeRanges(record: InitRecord): Promise<{ readonly hasNonce: boolean }> {
  const folders = record.parts.map((_, at) => rangeFolder(record, at))
  const texts = await Promise.all(
    [record.folder, ...folders].map((folder) => readFile(path.join(folder, METADATA_FILE), 'utf8').catch(() => undefined)),
  )
  const found = texts.flatMap((text) => {
    const parsed = text === undefined ? undefined : parseMetadata(text)
    if (text === undefined || parsed?.ok !== true || !isDataOf(parsed.value, record)) return []
    return [{ text, nonce: JSON.parse(text) as NonceFields }]
  })
  const best = found
    .filter(({ nonce }) => typeof nonce.NonceValue === 'string' && typeof nonce.Nonce === 'number')
    .toSorted((a, b) => compareLabels(String(a.nonce.NonceValue), String(b.nonce.NonceValue)))[0]
  const kept = best ?? found[0]
  if (kept === undefined) throw new Error('no range has its metadata')
  writeFileAtomic(path.join(record.folder, METADATA_FILE), kept.text)
  for (const [at, { fromFile, toFile }] of record.parts.entries()) {
    for (let file = fromFile; file <= toFile; file += 1) await moveFile(folders[at] ?? '', record.folder, file)
  }
  // The files are in their place for good before the ranges forget whose they were.
  syncFolder(record.folder)
  for (const folder of folders) {
    await unlink(path.join(folder, METADATA_FILE)).catch(() => undefined)
    await rmdir(folder).catch(() => undefined) // what else lies there is not ours
  }
  return { hasNonce: best !== undefined }
}

/** Hex of 16 bytes, compared as a number, big endian. */
const compareLabels = (a: string, b: string): number => {
  const [left, right] = [a.toLowerCase().padStart(32, '0'), b.toLowerCase().padStart(32, '0')]
  return left < right ? -1 : left > right ? 1 : 0
}

async function moveFile(from: string, to: string, file: number): Promise<void> {
  const name = `postdata_${file}.bin`
  if (await isThere(path.join(to, name))) return // moved before the last interruption
  await rename(path.join(from, name), path.join(to, name))
}

/** Only "there is none" means so: a disk that fails must not let a file be replaced. @throws what the disk says else */
const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return false
      throw cause
    },
  )

/** The nearest folder above that is there. */
export async function existingParent(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    if ((await stat(at).catch(() => undefined))?.isDirectory() === true || path.dirname(at) === at) return at
  }
}

export interface VolumeRoom {
  readonly freeBytes: number
  readonly totalBytes: number
  readonly isWritable: boolean
}

/** Room on the volume of a folder that may not be there yet. */
export async function roomAt(folder: string): Promise<VolumeRoom | undefined> {
  const at = await existingParent(folder)
  try {
    const facts = await statfs(at)
    const isWritable = await access(at, constants.W_OK).then(
      () => true,
      () => false,
    )
    return { freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize, isWritable }
  } catch {
    return undefined // a disk that does not answer
  }
}
