import { readFileSync } from 'node:fs'
import path from 'node:path'
import { FatalStart } from './log.ts'

export interface PostMetadata {
  readonly nodeId: Uint8Array
  readonly commitmentAtxId: Uint8Array
  readonly labelsPerUnit: number
  readonly numUnits: number
  readonly maxFileSize: number
  readonly nonce: number | undefined
  readonly lastPosition: number | undefined
}

const OS_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory (os error 2)',
  EACCES: 'Permission denied (os error 13)',
  EISDIR: 'Is a directory (os error 21)',
  ENOTDIR: 'Not a directory (os error 20)',
  EIO: 'Input/output error (os error 5)',
}

/** An error of the file system in Rust's words. */
export function osError(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return OS_ERRORS[code] ?? (cause instanceof Error ? cause.message : String(cause))
}

const refuse = (location: string, why: string): FatalStart =>
  new FatalStart('creating Post Service', location, ['loading POST metadata', why])

/** `line L column C` of an offset, as the service's JSON reader counts. */
function place(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return `line ${line} column ${offset - (before.lastIndexOf('\n') + 1)}`
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
    throw refuse('src/metadata.rs:59:13', `invalid type: expected struct PostMetadata at ${place(text, text.trimEnd().length)}`)
  } catch (cause: unknown) {
    if (cause instanceof FatalStart) throw cause
    const at = /position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1]
    const offset = at === undefined ? text.length : Number(at)
    const why = offset >= text.length ? 'EOF while parsing a value' : 'expected value'
    throw refuse('src/metadata.rs:59:13', `${why} at ${place(text, offset)}`)
  }
}

/** End of the field's value in the text. */
function endOf(text: string, field: string): number {
  const match = new RegExp(`"${field}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*"|[^,}\\s]+)`).exec(text)
  return match === null ? text.length : match.index + match[0].length
}

/** Reads `postdata_metadata.json` of a PoS folder. @throws FatalStart in the service's words */
export function loadMetadata(dir: string): PostMetadata {
  let text: string
  try {
    text = readFileSync(path.join(dir, 'postdata_metadata.json'), 'utf8')
  } catch (cause: unknown) {
    throw refuse('src/metadata.rs:57:25', osError(cause))
  }
  const fields = parse(text)
  const bad = (why: string, field: string): FatalStart => refuse('src/metadata.rs:59:13', `${why} at ${place(text, endOf(text, field))}`)
  const id = (field: string): Uint8Array => {
    const value = fields[field]
    if (typeof value !== 'string') return new Uint8Array(0)
    const bytes = Buffer.from(value, 'base64')
    if (bytes.length !== 32) throw bad(`Can't convert a Byte Vector of length ${bytes.length} to the output type.`, field)
    return new Uint8Array(bytes)
  }
  const count = (field: string): number | undefined => {
    const value = fields[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number')
      throw bad(`invalid type: ${typeof value === 'string' ? `string ${JSON.stringify(value)}` : 'value'}, expected u64`, field)
    return value
  }
  const found = {
    nodeId: id('NodeId'),
    commitmentAtxId: id('CommitmentAtxId'),
    labelsPerUnit: count('LabelsPerUnit') ?? 0,
    numUnits: count('NumUnits') ?? 0,
    maxFileSize: count('MaxFileSize') ?? 0,
    nonce: count('Nonce'),
    lastPosition: count('LastPosition'),
  }
  for (const field of ['NodeId', 'CommitmentAtxId', 'LabelsPerUnit', 'NumUnits', 'MaxFileSize']) {
    if (fields[field] === undefined)
      throw refuse('src/metadata.rs:59:13', `missing field \`${field}\` at ${place(text, text.trimEnd().length)}`)
  }
  return found
}

/** As the service prints it with every request for metadata. */
export function describe(metadata: PostMetadata): string {
  const some = (value: number | undefined): string => (value === undefined ? 'None' : `Some(${value})`)
  const bytes = (id: Uint8Array): string => `[${[...id].join(', ')}]`
  return (
    `PostMetadata { node_id: ${bytes(metadata.nodeId)}, commitment_atx_id: ${bytes(metadata.commitmentAtxId)}, ` +
    `labels_per_unit: ${metadata.labelsPerUnit}, num_units: ${metadata.numUnits}, max_file_size: ${metadata.maxFileSize}, ` +
    `nonce: ${some(metadata.nonce)}, last_position: ${some(metadata.lastPosition)} }`
  )
}
