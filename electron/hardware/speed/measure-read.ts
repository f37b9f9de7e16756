import type { BlockFile } from './direct-file.ts'
import type { BadPlace, SpeedFigure, SpeedLine } from './protocol.ts'
import type { ReadWindow } from './windows-of.ts'

/** What a proof reads at once. */
export const BLOCK_BYTES = 1024 * 1024
/** A disk with so many bad places has shown enough. */
const MOST_BAD = 8
/** Between two looks at whether to stop. */
const SLICE_MS = 50
const SECTOR = 4096

export interface ReadParts {
  readonly open: (file: string) => Promise<BlockFile>
  readonly monotonic: () => number
  readonly tell: (line: SpeedLine) => void
  /** Lets other work of this process happen. */
  readonly breathe: () => Promise<void>
}

export interface ReadOutcome {
  readonly figure?: SpeedFigure
  readonly isDirect: boolean
  readonly bad: readonly BadPlace[]
  /** Blocks that were read. */
  readonly blocks: number
  /** Of them those without data behind them. */
  readonly holes: number
}

interface Sample {
  readonly bytes: number
  readonly ms: number
}

/** PoS data is random: sixteen zeroes at the begin of a sector are a hole, which no disk had to give. */
function hasHole(block: Uint8Array, length: number): boolean {
  for (let at = 0; at + 16 <= length; at += SECTOR) if (block.subarray(at, at + 16).every((byte) => byte === 0)) return true
  return false
}

/**
 * Reads the windows one after the other, each for its share of the time. The first block of a window pays for the way of
 * the heads, which a proof does not: it is not counted. Neither are holes. The figure is that of a whole pass: every window
 * stands for as much data, however much of it could be read in its time.
 */
export async function measureRead(windows: readonly ReadWindow[], budgetMs: number, parts: ReadParts): Promise<ReadOutcome> {
  const began = parts.monotonic()
  const samples: Sample[] = []
  const bad: BadPlace[] = []
  let [blocks, holes, isDirect] = [0, 0, true]
  for (const [at, window] of windows.entries()) {
    const endAt = began + (budgetMs * (at + 1)) / windows.length
    const read = await readWindow(window, endAt, parts)
    blocks += read.blocks
    holes += read.holes
    isDirect &&= read.isDirect
    if (read.sample !== undefined) samples.push(read.sample)
    if (read.bad !== undefined) {
      bad.push(read.bad)
      parts.tell({ is: 'bad', ...read.bad })
      if (bad.length >= MOST_BAD) break
    }
    const last = read.sample === undefined ? {} : { bytesPerSecond: rate(read.sample) }
    parts.tell({ is: 'progress', percent: Math.round(((at + 1) * 100) / windows.length), ...last })
  }
  const figure = figureOf(samples)
  return { ...(figure === undefined ? {} : { figure }), isDirect, bad, blocks, holes }
}

const rate = ({ bytes, ms }: Sample): number => (bytes * 1000) / Math.max(ms, 1e-3)

interface WindowRead {
  readonly sample?: Sample
  readonly bad?: BadPlace
  readonly isDirect: boolean
  readonly blocks: number
  readonly holes: number
}

async function readWindow({ file, offsetBytes, blocks }: ReadWindow, endAt: number, parts: ReadParts): Promise<WindowRead> {
  let open: BlockFile | undefined
  let [at, holes, bytes, ms] = [0, 0, 0, 0]
  try {
    open = await parts.open(file)
    let breathedAt = parts.monotonic()
    for (; at < blocks; at += 1) {
      const before = parts.monotonic()
      if (at >= 2 && before >= endAt) break
      if (before - breathedAt >= SLICE_MS) {
        await parts.breathe()
        breathedAt = before
      }
      const startedAt = parts.monotonic()
      const length = open.read(offsetBytes + at * BLOCK_BYTES)
      const took = parts.monotonic() - startedAt
      if (hasHole(open.block, length)) holes += 1
      else if (at > 0) {
        bytes += length
        ms += took
      }
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    const bad = { file, offsetBytes: offsetBytes + at * BLOCK_BYTES, code }
    return { ...(bytes > 0 ? { sample: { bytes, ms } } : {}), bad, isDirect: open?.isDirect ?? true, blocks: at, holes }
  } finally {
    open?.close()
  }
  return { ...(bytes > 0 ? { sample: { bytes, ms } } : {}), isDirect: open.isDirect, blocks: at, holes }
}

/**
 * Speed of a pass over everything that the samples stand for, and that of the slowest tenth of them.
 * @returns undefined without samples
 */
export function figureOf(samples: readonly Sample[]): SpeedFigure | undefined {
  if (samples.length === 0) return undefined
  const rates = samples.map(rate).sort((a, b) => a - b)
  const timeOfOneByte = rates.reduce((sum, one) => sum + 1 / one, 0) / rates.length
  return {
    bytesPerSecond: 1 / timeOfOneByte,
    lowBytesPerSecond: rates[Math.max(0, Math.ceil(rates.length * 0.1) - 1)] ?? 1 / timeOfOneByte,
    bytes: samples.reduce((sum, { bytes }) => sum + bytes, 0),
    ms: samples.reduce((sum, { ms }) => sum + ms, 0),
  }
}
