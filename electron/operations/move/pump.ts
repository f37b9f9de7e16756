import { createHash, type Hash } from 'node:crypto'
import type { BulkHandle } from './bulk-files.ts'
import { patiently, sourceChanged, stoppedBy, type Patience } from './faults.ts'

/** Zeros shorter than this are written as they are. */
const HOLE_BYTES = 64 * 1024

export interface PumpFile {
  readonly handle: BulkHandle
  readonly file: string
}

export interface Range {
  readonly at: number
  readonly bytes: number
}

/** So much is written before the disk is told to begin with it. */
const KICK_BYTES = 32 * 1024 ** 2

export interface Pump {
  readonly source: PumpFile
  readonly target: PumpFile
  readonly blockBytes: number
  /** The source has holes: zeros are not written, so that the copy has them too. */
  readonly isSparse: boolean
  readonly patience: Patience
  readonly pace: () => Promise<void>
  readonly onBytes: (bytes: number) => void
}

/** Fills `block` from the source, whatever pieces it comes in. */
async function readBlock({ source, patience }: Pick<Pump, 'source' | 'patience'>, block: Uint8Array, at: number): Promise<Uint8Array> {
  try {
    for (let done = 0; done < block.length;) {
      const got = await patiently(source.handle.read(block.subarray(done), at + done), source.file, patience)
      if (got === 0) throw sourceChanged(source.file)
      done += got
    }
    return block
  } catch (cause) {
    throw stoppedBy(cause, 'source', source.file)
  }
}

async function writeBlock({ target, isSparse, patience }: Pump, block: Uint8Array, at: number): Promise<void> {
  try {
    for (const piece of isSparse ? withoutHoles(block) : [{ at: 0, bytes: block.length }])
      await patiently(target.handle.write(block.subarray(piece.at, piece.at + piece.bytes), at + piece.at), target.file, patience)
  } catch (cause) {
    throw stoppedBy(cause, 'target', target.file)
  }
}

const zeros = Buffer.alloc(HOLE_BYTES)

/** The parts of a block that are not zeros, joined where they touch. */
export function withoutHoles(block: Uint8Array): readonly Range[] {
  const parts: { at: number; bytes: number }[] = []
  for (let at = 0; at < block.length; at += HOLE_BYTES) {
    const piece = block.subarray(at, at + HOLE_BYTES)
    if (zeros.subarray(0, piece.length).equals(piece)) continue
    const last = parts.at(-1)
    if (last !== undefined && last.at + last.bytes === at) last.bytes += piece.length
    else parts.push({ at, bytes: piece.length })
  }
  return parts
}

/**
 * Reads blocks with one block of read-ahead: while `work` has one, the next is on its way. No buffer is used again after
 * this fails: a read that nobody waits for any more may still fill it.
 */
async function eachBlock(
  range: Range,
  blockBytes: number,
  read: (block: Uint8Array, at: number) => Promise<Uint8Array>,
  work: (block: Uint8Array, at: number) => Promise<void>,
): Promise<void> {
  const end = range.at + range.bytes
  const buffers = [Buffer.allocUnsafeSlow(Math.min(blockBytes, range.bytes)), Buffer.allocUnsafeSlow(Math.min(blockBytes, range.bytes))]
  let turn = 0
  const begin = (at: number): Promise<Uint8Array> | undefined => {
    if (at >= end) return undefined
    const buffer = buffers[turn++ % 2] ?? Buffer.alloc(0)
    const reading = read(buffer.subarray(0, Math.min(blockBytes, end - at)), at)
    void reading.catch(() => undefined) // told where it is awaited
    return reading
  }
  let next = begin(range.at)
  for (let at = range.at; next !== undefined; at += blockBytes) {
    const block = await next
    next = begin(at + blockBytes)
    await work(block, at)
  }
}

/**
 * Begins to sync now and then, without waiting, so that the disk writes while the source is read. What goes wrong there is told
 * by `end`: the system reports a failed write once, and to that sync alone.
 */
function createKicks({ target }: Pump): { wrote(bytes: number): void; end(): Promise<void> } {
  let since = 0
  let isSyncing = false
  let kicked = Promise.resolve()
  return {
    wrote(bytes) {
      since += bytes
      if (since < KICK_BYTES || isSyncing) return
      since = 0
      isSyncing = true
      kicked = Promise.all([kicked, target.handle.sync().finally(() => (isSyncing = false))]).then(() => undefined)
      void kicked.catch(() => undefined) // told by `end`
    },
    end: () => kicked,
  }
}

/**
 * Copies one chunk and hashes it on the way: reading, writing and hashing overlap.
 *
 * @returns its SHA-256 in hex, and the end of the syncs that were begun on the way: to be waited for before it is durable
 */
export async function pumpChunk(pump: Pump, range: Range): Promise<{ readonly sha256: string; readonly kicked: Promise<void> }> {
  const hash = createHash('sha256')
  const kicks = createKicks(pump)
  await eachBlock(
    range,
    pump.blockBytes,
    (block, at) => readBlock(pump, block, at),
    async (block, at) => {
      const writing = writeBlock(pump, block, at)
      void writing.catch(() => undefined)
      hash.update(block)
      await writing
      kicks.wrote(block.length)
      pump.onBytes(block.length)
      await pump.pace()
    },
  )
  return { sha256: hash.digest('hex'), kicked: kicks.end() }
}

export interface HashRange extends Pick<Pump, 'blockBytes' | 'patience' | 'pace' | 'onBytes'> {
  readonly file: PumpFile
  readonly side: 'source' | 'target'
}

/** SHA-256 of a chunk as it is read; undefined when the file ends within it. */
export async function hashChunk({ file, side, blockBytes, patience, pace, onBytes }: HashRange, range: Range): Promise<string | undefined> {
  const hash: Hash = createHash('sha256')
  let isShort = false
  const read = async (block: Uint8Array, at: number): Promise<Uint8Array> => {
    try {
      for (let done = 0; done < block.length;) {
        const got = await patiently(file.handle.read(block.subarray(done), at + done), file.file, patience)
        if (got === 0) {
          isShort = true
          return block.subarray(0, done)
        }
        done += got
      }
      return block
    } catch (cause) {
      throw stoppedBy(cause, side, file.file)
    }
  }
  await eachBlock(range, blockBytes, read, async (block) => {
    hash.update(block)
    onBytes(block.length)
    await pace()
  })
  return isShort ? undefined : hash.digest('hex')
}

/** The chunks of a file. An empty one has none. */
export const chunkRange = (bytes: number, chunkBytes: number, chunk: number): Range => ({
  at: chunk * chunkBytes,
  bytes: Math.max(0, Math.min(chunkBytes, bytes - chunk * chunkBytes)),
})
export const chunkCount = (bytes: number, chunkBytes: number): number => Math.ceil(bytes / chunkBytes)
