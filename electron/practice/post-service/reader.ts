import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { LABEL_BYTES, PracticeLabels, seedIn } from '../pos-labels.ts'
import type { ServiceLog } from './log.ts'
import { osError, type PostMetadata } from './metadata.ts'
import type { ServiceVersion } from './option-table.ts'

const STEP_BYTES = 1024 * 1024

export interface PassPlan {
  readonly dir: string
  readonly metadata: PostMetadata
  readonly version: ServiceVersion
  readonly bytesPerSecond: number
  /** The pass ends when so much was read: there the last hit lies. Undefined: no proof in this pass. */
  readonly stopAt: number | undefined
}

export interface PassResult {
  /** Bytes that could be read. */
  readonly bytes: number
  /** Where the first bytes lie that nobody of us wrote, and their label. */
  readonly corrupt: { readonly index: number; readonly label: Buffer } | undefined
}

interface DataFile {
  readonly path: string
  readonly bytes: number
  readonly start: number
  readonly expected: number
}

export const totalBytes = (metadata: PostMetadata): number => metadata.numUnits * metadata.labelsPerUnit * LABEL_BYTES

/** The data files by number; their place is their rank, not their number. */
export function dataFiles(dir: string, metadata: PostMetadata): readonly DataFile[] {
  const numbers = readdirSync(dir)
    .map((name) => /^postdata_(\d+)\.bin$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .sort((a, b) => Number(a) - Number(b))
  const total = totalBytes(metadata)
  return numbers.map((number, rank) => {
    const file = path.join(dir, `postdata_${number}.bin`)
    const start = rank * metadata.maxFileSize
    const expected = Math.min(metadata.maxFileSize, Math.max(0, total - start))
    return { path: file, bytes: statSync(file, { throwIfNoEntry: false })?.size ?? 0, start, expected }
  })
}

/** WARN for each file that has not the size it should have. */
export function complainOfSizes(files: readonly DataFile[], log: ServiceLog): void {
  for (const file of files) {
    if (file.bytes === file.expected) continue
    log('WARN', 'post::reader', `invalid POS file size ${file.path}, expected: ${file.expected} vs actual: ${file.bytes}`)
  }
}

/** Compares what is read with what was once written. */
class Checker {
  readonly #metadata: PostMetadata
  #labels: PracticeLabels | undefined
  corrupt: PassResult['corrupt']

  constructor(metadata: PostMetadata) {
    this.#metadata = metadata
  }

  look(bytes: Buffer, at: number): void {
    if (this.corrupt !== undefined || bytes.length < LABEL_BYTES) return
    if (this.#labels === undefined) {
      const owner = { identity: this.#metadata.nodeId, commitmentAtxId: this.#metadata.commitmentAtxId }
      const seed = at === 0 ? seedIn(bytes, owner) : undefined
      if (seed === undefined) {
        this.corrupt = { index: at / LABEL_BYTES, label: Buffer.from(bytes.subarray(0, LABEL_BYTES)) }
        return
      }
      this.#labels = new PracticeLabels(owner, seed)
    }
    const right = this.#labels.bytes(at, bytes.length)
    if (right.equals(bytes)) return
    for (let offset = 0; offset < bytes.length; offset += LABEL_BYTES) {
      if (right.compare(bytes, offset, offset + LABEL_BYTES, offset, offset + LABEL_BYTES) === 0) continue
      this.corrupt = { index: (at + offset) / LABEL_BYTES, label: Buffer.from(bytes.subarray(offset, offset + LABEL_BYTES)) }
      return
    }
  }
}

/** Bytes read of one chunk. Opened each time: a disk that goes away is felt at the next step. */
async function readChunk(file: string, at: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

export interface PassHost {
  readonly log: ServiceLog
  readonly sleep: (ms: number) => Promise<void>
  readonly monotonic: () => number
  /** Called with the end of the first contiguous range that was processed. */
  readonly onPosition: (position: number) => void
}

/** One reading pass: files in order, 1 MiB at a time (less for tiny data), at the chosen speed. */
export async function readPass(plan: PassPlan, files: readonly DataFile[], host: PassHost): Promise<PassResult> {
  const step = Math.max(LABEL_BYTES, Math.min(STEP_BYTES, Math.ceil(totalBytes(plan.metadata) / 64 / LABEL_BYTES) * LABEL_BYTES))
  const checker = new Checker(plan.metadata)
  const begun = host.monotonic()
  // The older service drops the rest of the file without a word.
  const onError = (why: string): void => (plan.version === '0.8.5' ? host.log('ERROR', 'post::reader', why) : undefined)
  let read = 0
  let contiguous = 0
  for (const file of files) {
    host.log('INFO', 'post::reader', `Reading file: ${file.path}`)
    for (let at = 0; at < file.expected;) {
      if (plan.stopAt !== undefined && file.start + at >= plan.stopAt) return { bytes: read, corrupt: checker.corrupt }
      const chunk = await chunkOf(file, at, Math.min(step, file.expected - at), onError)
      if (chunk.length === 0) break
      checker.look(chunk, file.start + at)
      if (contiguous === file.start + at) contiguous += chunk.length
      at += chunk.length
      read += chunk.length
      // Behind schedule by less than a timer's grain: no sleep, the next step makes it up.
      const ahead = (read / plan.bytesPerSecond) * 1000 - (host.monotonic() - begun)
      if (ahead > 4) await host.sleep(ahead)
      host.onPosition(contiguous)
    }
  }
  return { bytes: read, corrupt: checker.corrupt }
}

async function chunkOf(file: DataFile, at: number, length: number, onError: (why: string) => void): Promise<Buffer> {
  try {
    return await readChunk(file.path, at, length)
  } catch (cause: unknown) {
    onError(`failed to read file '${file.path}' @ ${at}/${file.bytes}: ${osError(cause)}`)
    return Buffer.alloc(0)
  }
}
