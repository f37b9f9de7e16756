import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { LineCutter } from './tail-lines.ts'
import type { TailLine } from './tail-lines.ts'

/** Some lines of a file for a viewer. `from` and `to` are the offsets of the next page before and after. */
export interface LogPage {
  readonly lines: readonly TailLine[]
  readonly from: number
  readonly to: number
  readonly sizeBytes: number
  readonly isAtStart: boolean
  readonly isAtEnd: boolean
}

export interface PageRequest {
  readonly file: string
  /** Offset at which a line begins, in general `from` or `to` of another page; beyond the end means the end. */
  readonly offset: number
  readonly lines: number
  /** At most this much is read from disk. */
  readonly maxBytes?: number
  readonly maxLineBytes?: number
}

const BLOCK_BYTES = 64 * 1024
const NEWLINE = 10
const EMPTY: LogPage = { lines: [], from: 0, to: 0, sizeBytes: 0, isAtStart: true, isAtEnd: true }

async function withFile(file: string, read: (handle: FileHandle, size: number) => Promise<LogPage>): Promise<LogPage> {
  let handle: FileHandle
  try {
    handle = await open(file, 'r')
  } catch {
    return EMPTY // no log yet, or one we may not read: nothing to show
  }
  try {
    return await read(handle, (await handle.stat()).size)
  } finally {
    await handle.close()
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

/** The lines that begin at or after `offset`; a last line without its end belongs to it. */
export async function readPageAfter(request: PageRequest): Promise<LogPage> {
  const maxBytes = request.maxBytes ?? 1024 * 1024
  return withFile(request.file, async (handle, size) => {
    const from = Math.min(Math.max(0, request.offset), size)
    const cutter = new LineCutter(request.maxLineBytes ?? 64 * 1024, from)
    const lines: TailLine[] = []
    let at = from
    while (lines.length < request.lines && at < size && at - from < maxBytes) {
      const block = await readAt(handle, at, Math.min(BLOCK_BYTES, size - at, maxBytes - (at - from)))
      if (block.length === 0) break
      at += block.length
      lines.push(...cutter.push(block))
    }
    if (lines.length < request.lines && (at >= size || lines.length === 0)) {
      const rest = cutter.flush()
      if (rest !== undefined) lines.push(rest)
    }
    const shown = lines.slice(0, request.lines)
    const next = lines[request.lines]
    const to = next?.offset ?? cutter.lineOffset
    return { lines: shown, from, to, sizeBytes: size, isAtStart: from === 0, isAtEnd: to >= size }
  })
}

/** The last lines that end at or before `offset` (the end of the file by default). */
export async function readPageBefore(request: Omit<PageRequest, 'offset'> & { readonly offset?: number }): Promise<LogPage> {
  const maxBytes = request.maxBytes ?? 1024 * 1024
  return withFile(request.file, async (handle, size) => {
    const to = Math.min(Math.max(0, request.offset ?? size), size)
    let from = to
    let bytes = Buffer.alloc(0)
    let starts: number[] = []
    while (from > 0 && starts.length <= request.lines && to - from < maxBytes) {
      const length = Math.min(BLOCK_BYTES, from, maxBytes - (to - from))
      const block = await readAt(handle, from - length, length)
      if (block.length < length) break
      from -= length
      bytes = Buffer.concat([block, bytes])
      starts = lineStarts(bytes, from === 0)
    }
    // Fewer line starts than asked in all we may read: the window itself begins a (cut) line.
    const first = starts.length > request.lines ? starts[starts.length - request.lines] : (starts[0] ?? 0)
    const begin = first ?? 0
    const cutter = new LineCutter(request.maxLineBytes ?? 64 * 1024, from + begin)
    const lines = cutter.push(bytes.subarray(begin))
    const rest = cutter.flush()
    if (rest !== undefined) lines.push(rest)
    return { lines, from: from + begin, to, sizeBytes: size, isAtStart: from + begin === 0, isAtEnd: to >= size }
  })
}

function lineStarts(bytes: Buffer, beginsLine: boolean): number[] {
  const starts: number[] = beginsLine && bytes.length > 0 ? [0] : []
  for (let end = bytes.indexOf(NEWLINE); end >= 0 && end + 1 < bytes.length; end = bytes.indexOf(NEWLINE, end + 1)) starts.push(end + 1)
  return starts
}
