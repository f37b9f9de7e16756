import { randomBytes } from 'node:crypto'
import { lstatSync, openSync, closeSync, readdirSync, statfsSync, statSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { openForWriting, type BlockFile } from './direct-file.ts'
import { BLOCK_BYTES, figureOf } from './measure-read.ts'
import type { SpeedLine } from './protocol.ts'

const OURS = /^\.smeshkeeper-speed-[0-9a-f]{16}\.tmp$/
/** Of the room that is left, at most. */
const SHARE_OF_FREE = 0.1
const LEAST_BYTES = 64 * BLOCK_BYTES
const SAMPLE_BLOCKS = 16

export interface WriteParts {
  readonly monotonic: () => number
  readonly tell: (line: SpeedLine) => void
  readonly breathe: () => Promise<void>
  /** The layer below; the real one unless a test says otherwise. */
  readonly open?: (file: string, blockBytes: number) => BlockFile
}

/** Removes what a killed measurement has left in these folders: only files of our own name. @returns how many */
export function removeLeftovers(folders: readonly string[]): number {
  let removed = 0
  for (const folder of folders) {
    try {
      for (const name of readdirSync(folder).filter((one) => OURS.test(one))) {
        const file = path.join(folder, name)
        if (!lstatSync(file).isFile()) continue
        unlinkSync(file)
        removed += 1
      }
    } catch {
      continue // not readable, or not ours to change: the next measurement tries again
    }
  }
  return removed
}

/** The folder above where it is on the same disk, so that nothing of ours is among PoS data; otherwise the folder itself. */
export function placesToWrite(folder: string): readonly string[] {
  const parent = path.dirname(folder)
  try {
    return statSync(parent).dev === statSync(folder).dev ? [parent, folder] : [folder]
  } catch {
    return [folder]
  }
}

interface OwnFile {
  readonly file: BlockFile
  remove(): void
}

/** Makes our file in the first place that takes it. Where the system allows, its name is gone before the first byte is written. */
function makeFile(places: readonly string[], open: NonNullable<WriteParts['open']>): OwnFile {
  let problem: unknown = new Error('no place to write')
  for (const place of places) {
    const name = path.join(place, `.smeshkeeper-speed-${randomBytes(8).toString('hex')}.tmp`)
    try {
      closeSync(openSync(name, 'wx', 0o600))
    } catch (cause) {
      problem = cause
      continue
    }
    const remove = (): void => unlinkSync(name)
    try {
      const file = open(name, BLOCK_BYTES)
      if (process.platform === 'win32') return { file, remove }
      remove()
      return { file, remove: () => undefined }
    } catch (cause) {
      remove()
      throw cause
    }
  }
  throw problem
}

/** Writes a file of our own beside `folder`, never more than a tenth of the room that is left, and removes it. Tells how it ended. */
export async function measureWrite(folder: string, budgetMs: number, parts: WriteParts): Promise<void> {
  const places = placesToWrite(folder)
  removeLeftovers(places)
  const space = statfsSync(folder)
  const most = Math.floor((space.bavail * space.bsize * SHARE_OF_FREE) / BLOCK_BYTES) * BLOCK_BYTES
  if (most < LEAST_BYTES) {
    parts.tell({ is: 'fault', code: 'full', text: 'Too little room is left on this disk to measure how fast it writes. Make room first.' })
    return
  }
  const own = makeFile(places, parts.open ?? openForWriting)
  try {
    await writeAll(own.file, { most, budgetMs }, parts)
  } finally {
    own.file.close()
    own.remove()
  }
}

async function writeAll(
  file: BlockFile,
  { most, budgetMs }: { readonly most: number; readonly budgetMs: number },
  { monotonic, tell, breathe }: WriteParts,
): Promise<void> {
  file.block.set(randomBytes(BLOCK_BYTES))
  const began = monotonic()
  const samples: { bytes: number; ms: number }[] = []
  let [written, sampleAt, sampleBytes] = [0, began, 0]
  while (written < most && monotonic() - began < budgetMs) {
    file.block.set(randomBytes(16)) // no two blocks are the same: some disks would keep one
    const took = file.write(written)
    written += took
    sampleBytes += took
    if (took < BLOCK_BYTES) break
    if (sampleBytes < SAMPLE_BLOCKS * BLOCK_BYTES) continue
    if (!file.isDirect) file.sync()
    samples.push({ bytes: sampleBytes, ms: monotonic() - sampleAt })
    const spent = Math.max((monotonic() - began) / budgetMs, written / most)
    tell({ is: 'progress', percent: Math.min(99, Math.round(spent * 100)), bytesPerSecond: (written * 1000) / (monotonic() - began) })
    await breathe()
    ;[sampleAt, sampleBytes] = [monotonic(), 0]
  }
  file.sync()
  const ms = monotonic() - began
  const figure = figureOf(samples)
  if (figure === undefined) tell({ is: 'fault', code: 'few', text: 'The disk took so little in this time that its speed is not known.' })
  else tell({ is: 'done', isDirect: file.isDirect, ...figure, bytesPerSecond: (written * 1000) / Math.max(ms, 1), bytes: written, ms })
}
