import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { textOf } from '../../shared/domain/fault.ts'
import type { PosFolderState } from '../../shared/domain/observation.ts'
import { expectedFiles, METADATA_FILE, MOST_METADATA_BYTES, parseMetadata, type PosMetadata } from './metadata.ts'

type Problem = Extract<PosFolderState, { is: 'present' }>['problems'][number]

/** Problems told by name; a folder with more has lost everything anyway. */
const MOST_PROBLEMS = 500
const DATA_FILE = /^postdata_(\d+)\.bin$/

/**
 * What is in a PoS folder, by names and sizes; of the data itself not a byte is read.
 *
 * Blocks as long as the disk does: call it in the probe process only.
 *
 * @param known  metadata read before: then not even the metadata file is opened (while the service is proving)
 */
export function inspectPosFolder(folder: string, known?: PosMetadata): { readonly state: PosFolderState; readonly metadata?: PosMetadata } {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (cause) {
    return { state: { is: 'unreadable', text: reasonOf(cause, 'the folder') } }
  }
  let metadata = known
  if (metadata === undefined || !names.includes(METADATA_FILE)) {
    if (!names.includes(METADATA_FILE)) return { state: { is: 'no-metadata' } }
    const read = readMetadata(path.join(folder, METADATA_FILE))
    if ('state' in read) return read
    metadata = read.metadata
  }
  return { state: stateOf(metadata, sizesOf(folder, names)), metadata }
}

function readMetadata(file: string): { readonly state: PosFolderState } | { readonly metadata: PosMetadata } {
  try {
    const fd = openSync(file, 'r')
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile()) return { state: { is: 'bad-metadata', text: 'it is not a file' } }
      if (stat.size > MOST_METADATA_BYTES)
        return { state: { is: 'bad-metadata', text: `it has ${stat.size} bytes, a real one a few hundred` } }
      const bytes = Buffer.alloc(stat.size)
      const read = readSync(fd, bytes, 0, stat.size, 0)
      const parsed = parseMetadata(bytes.toString('utf8', 0, read))
      return parsed.ok ? { metadata: parsed.value } : { state: { is: 'bad-metadata', text: parsed.fault.detail } }
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    return { state: { is: 'unreadable', text: reasonOf(cause, METADATA_FILE) } }
  }
}

/** Sizes by file number; a file that cannot be looked at counts as missing. Twice the same number: the service reads both. */
function sizesOf(folder: string, names: readonly string[]): { readonly name: string; readonly number: number; readonly bytes: number }[] {
  return names.flatMap((name) => {
    const digits = DATA_FILE.exec(name)?.[1]
    if (digits === undefined) return []
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false })
    return stat?.isFile() === true ? [{ name, number: Number(digits), bytes: stat.size }] : []
  })
}

function stateOf(metadata: PosMetadata, files: ReturnType<typeof sizesOf>): PosFolderState {
  const expected = expectedFiles(metadata)
  const byNumber = new Map<number, { name: string; bytes: number }>()
  const problems: Problem[] = []
  for (const { name, number, bytes } of files) {
    const isKnown = number < expected.count && name === `postdata_${number}.bin`
    if (isKnown) byNumber.set(number, { name, bytes })
    // The service takes every postdata_<digits>.bin, by rank: a surplus one shifts all that follow.
    else if (problems.length < MOST_PROBLEMS) problems.push({ file: name, is: 'long', expectedBytes: 0, actualBytes: bytes })
  }
  let actualBytes = 0
  for (let number = 0; number < expected.count; number += 1) {
    const expectedBytes = number === expected.count - 1 ? expected.lastFileBytes : expected.fileBytes
    const bytes = byNumber.get(number)?.bytes
    actualBytes += bytes ?? 0
    if (bytes === expectedBytes || problems.length >= MOST_PROBLEMS) continue
    const is = bytes === undefined ? 'missing' : bytes < expectedBytes ? 'short' : 'long'
    problems.push({ file: `postdata_${number}.bin`, is, expectedBytes, actualBytes: bytes ?? 0 })
  }
  return {
    is: 'present',
    identity: metadata.identity,
    numUnits: metadata.numUnits,
    labelsPerUnit: metadata.labelsPerUnit,
    expectedBytes: expected.totalBytes,
    actualBytes,
    hasVrfNonce: metadata.hasVrfNonce,
    problems,
  }
}

function reasonOf(cause: unknown, what: string): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOENT') return `${what} does not exist`
  if (code === 'ENOTDIR') return `${what} is not a folder`
  if (code === 'EACCES' || code === 'EPERM') return `no permission to read ${what}`
  if (code === 'EIO') return `the disk reports an error when ${what} is read`
  if (code === 'ENOTCONN' || code === 'ESTALE') return `the connection to the share of ${what} is lost`
  return `${what}: ${textOf(cause)}`
}
