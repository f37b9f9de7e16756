import path from 'node:path'
import { z } from 'zod'
import type { BulkFiles, BulkHandle } from './bulk-files.ts'

export const MOVE_LOG = 'move.jsonl'
/** 64 TiB in chunks of 256 MiB have about 30 MB. */
const MOST_BYTES = 256 * 1024 ** 2

const index = z.number().int().nonnegative()
const line = z.discriminatedUnion('is', [
  /** Before the folder aside is made: from here on it is ours. */
  z.object({ is: z.literal('begun'), chunkBytes: z.number().int().positive() }),
  /** After the chunk is durable at the target. A later line for the same chunk counts, and the file is to be verified again. */
  z.object({ is: z.literal('chunk'), file: index, chunk: index, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  z.object({ is: z.literal('verified'), file: index }),
])
type Line = z.output<typeof line>

/**
 * How far a move has come: JSON lines in the operation's folder, each synced before the next is written. It goes through
 * `BulkFiles` since a line comes with every chunk, and a sync beside a full write queue takes long.
 */
export interface MoveLog {
  /** Absent = nothing was begun. */
  readonly chunkBytes: number | undefined
  /** SHA-256 of the first chunks of a file, as far as they are known without a gap. */
  chunksOf(file: number): readonly string[]
  isVerified(file: number): boolean
  add(entry: Line): Promise<void>
  close(): Promise<void>
}

interface State {
  chunkBytes: number | undefined
  readonly chunks: Map<number, string[]>
  readonly verified: Set<number>
}

function take(state: State, entry: Line): void {
  if (entry.is === 'begun') {
    state.chunkBytes ??= entry.chunkBytes
  } else if (entry.is === 'verified') {
    state.verified.add(entry.file)
  } else {
    const known = state.chunks.get(entry.file) ?? []
    known[entry.chunk] = entry.sha256
    state.chunks.set(entry.file, known)
    state.verified.delete(entry.file)
  }
}

/** A line that a power cut tore is no line. */
function parseLine(text: string): Line | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function withoutGap(chunks: readonly (string | undefined)[] = []): readonly string[] {
  const found: string[] = []
  for (const one of chunks) {
    if (one === undefined) break
    found.push(one)
  }
  return found
}

/** Reads the log of the operation in `folder`; the file is made by the first line. */
export async function openMoveLog(bulk: BulkFiles, folder: string): Promise<MoveLog> {
  const file = path.join(folder, MOVE_LOG)
  const state: State = { chunkBytes: undefined, chunks: new Map(), verified: new Set() }
  const facts = await bulk.facts(file)
  let end = facts?.bytes ?? 0
  let isTorn = false
  if (facts !== undefined) {
    const text = Buffer.from(await bulk.readSmall(file, MOST_BYTES)).toString('utf8')
    isTorn = text !== '' && !text.endsWith('\n')
    for (const one of text.split('\n')) {
      const entry = parseLine(one)
      if (entry !== undefined) take(state, entry)
    }
  }
  let handle: BulkHandle | undefined
  return {
    get chunkBytes() {
      return state.chunkBytes
    },
    chunksOf: (index) => withoutGap(state.chunks.get(index)),
    isVerified: (index) => state.verified.has(index),
    async add(entry) {
      if (handle === undefined) {
        handle = facts === undefined && end === 0 ? await bulk.create(file, 0o600) : await bulk.openWrite(file)
        // Also when it was there: its name may not have been durable.
        await bulk.syncFolder(folder)
      }
      const bytes = Buffer.from(`${isTorn ? '\n' : ''}${JSON.stringify(entry)}\n`)
      await handle.write(bytes, end)
      await handle.sync()
      isTorn = false
      end += bytes.length
      take(state, entry)
    },
    close: async () => handle?.close(),
  }
}
