import type { LogLine, LogPage } from '../../../shared/ipc/contract.ts'

/** Lines held of one log: a window of the file, never the whole. */
export interface LogBuffer {
  readonly lines: readonly LogLine[]
  readonly startOffset: number
  readonly endOffset: number
  readonly fileBytes: number
}

/** No more lines than this are held; the far end is dropped. */
export const MOST_LINES = 4000

export const emptyBuffer = (): LogBuffer => ({ lines: [], startOffset: 0, endOffset: 0, fileBytes: 0 })

export const bufferOf = (page: LogPage): LogBuffer => ({
  lines: page.lines,
  startOffset: page.startOffset,
  endOffset: page.endOffset,
  fileBytes: page.fileBytes,
})

/** An older page before what is held; newest lines go when it is too much. */
export function withOlder(buffer: LogBuffer, page: LogPage): LogBuffer {
  const older = page.lines.filter((line) => line.offset < buffer.startOffset)
  const all = [...older, ...buffer.lines]
  const kept = all.slice(0, MOST_LINES)
  const cutAt = all[MOST_LINES]
  return {
    lines: kept,
    startOffset: page.startOffset,
    endOffset: cutAt === undefined ? buffer.endOffset : cutAt.offset,
    fileBytes: page.fileBytes,
  }
}

/** Newer lines after what is held. A file that shrank was rotated: begin anew with this page. */
export function withNewer(buffer: LogBuffer, page: LogPage): LogBuffer {
  if (page.fileBytes < buffer.endOffset) return bufferOf(page)
  const newer = page.lines.filter((line) => line.offset >= buffer.endOffset)
  const all = [...buffer.lines, ...newer]
  const kept = all.slice(-MOST_LINES)
  const first = kept[0]
  return {
    lines: kept,
    startOffset: kept.length < all.length && first !== undefined ? first.offset : buffer.startOffset,
    endOffset: Math.max(buffer.endOffset, page.endOffset),
    fileBytes: page.fileBytes,
  }
}
