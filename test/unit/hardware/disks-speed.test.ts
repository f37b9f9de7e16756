import { describe, expect, it } from 'vitest'
import type { BlockFile } from '../../../electron/hardware/speed/direct-file.ts'
import { BLOCK_BYTES, figureOf, measureRead } from '../../../electron/hardware/speed/measure-read.ts'
import type { SpeedLine } from '../../../electron/hardware/speed/protocol.ts'
import { windowsOf, type SpeedFile } from '../../../electron/hardware/speed/windows-of.ts'

const MIB = 1024 * 1024
const files = (...blocks: readonly number[]): SpeedFile[] => blocks.map((count, i) => ({ path: `f${i}`, bytes: count * BLOCK_BYTES }))

describe('windows over a set of files', () => {
  it('are spread evenly, never cross a file and begin at whole blocks', () => {
    const windows = windowsOf(files(100, 100, 200), BLOCK_BYTES, 8)
    expect(windows.map(({ file, offsetBytes, blocks }) => [file, offsetBytes / BLOCK_BYTES, blocks])).toEqual([
      ['f0', 0, 50],
      ['f0', 50, 50],
      ['f1', 0, 50],
      ['f1', 50, 50],
      ['f2', 0, 50],
      ['f2', 50, 50],
      ['f2', 100, 50],
      ['f2', 150, 50],
    ])
  })
  it('stay inside their files whatever the sizes are', () => {
    let seed = 1
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 300; round += 1) {
      const set = Array.from({ length: 1 + random(20) }, (_, i) => ({ path: `f${i}`, bytes: random(40 * BLOCK_BYTES) }))
      const windows = windowsOf(set, BLOCK_BYTES, 24)
      expect(windows.length).toBeLessThanOrEqual(24)
      for (const { file, offsetBytes, blocks } of windows) {
        expect(blocks).toBeGreaterThanOrEqual(2)
        expect(offsetBytes + blocks * BLOCK_BYTES).toBeLessThanOrEqual(set.find(({ path }) => path === file)?.bytes ?? 0)
      }
      if (set.some(({ bytes }) => bytes >= 4 * BLOCK_BYTES)) expect(windows.length).toBeGreaterThan(0)
    }
  })
  it('are none for files that are too small', () => {
    expect(
      windowsOf(
        [
          { path: 'a', bytes: 0 },
          { path: 'b', bytes: 1024 },
          { path: 'c', bytes: 2 * BLOCK_BYTES - 1 },
        ],
        BLOCK_BYTES,
        24,
      ),
    ).toEqual([])
  })
})

/** A disk whose time is its own: the layer below the measurement. */
function disk({
  rate,
  seekMs = 0,
  isHole = () => false,
  fails,
}: {
  readonly rate: (file: string, offset: number) => number
  readonly seekMs?: number
  readonly isHole?: (offset: number) => boolean
  readonly fails?: (file: string, offset: number) => string | undefined
}) {
  let now = 0
  const [lines, opened, closed]: [SpeedLine[], string[], string[]] = [[], [], []]
  const open = (file: string): Promise<BlockFile> => {
    opened.push(file)
    const block = new Uint8Array(BLOCK_BYTES).fill(7)
    let isFirst = true
    return Promise.resolve({
      isDirect: true,
      block,
      read: (offset) => {
        const code = fails?.(file, offset)
        if (code !== undefined) throw Object.assign(new Error(code), { code })
        block.fill(isHole(offset) ? 0 : 7)
        now += (isHole(offset) ? 0.01 : (BLOCK_BYTES * 1000) / rate(file, offset)) + (isFirst ? seekMs : 0)
        isFirst = false
        return BLOCK_BYTES
      },
      write: () => 0,
      sync: () => undefined,
      close: () => closed.push(file),
    })
  }
  const parts = { open, monotonic: () => now, tell: (line: SpeedLine) => void lines.push(line), breathe: () => Promise.resolve() }
  return { parts, lines, opened, closed, spentMs: () => now }
}

const bigSet = files(4000, 4000)
const windows = windowsOf(bigSet, BLOCK_BYTES, 24)

describe('a measurement', () => {
  it('tells the speed of a throttled disk within five percent, also when its heads must travel, and keeps its time', async () => {
    const slow = disk({ rate: () => 120 * MIB, seekMs: 12 })
    const { figure, isDirect } = await measureRead(windows, 7000, slow.parts)
    expect(figure?.bytesPerSecond).toBeCloseTo(120 * MIB, -1)
    expect(isDirect).toBe(true)
    expect(slow.spentMs()).toBeLessThan(7500)
    expect(slow.opened.length).toBe(24)
    expect(slow.closed).toEqual(slow.opened)
  })
  it('tells the speed of a whole pass over a disk that is slow inside, and its slowest tenth', async () => {
    const rate = (file: string): number => (file === 'f0' ? 200 * MIB : 100 * MIB)
    const { figure } = await measureRead(windows, 7000, disk({ rate }).parts)
    expect((figure?.bytesPerSecond ?? 0) / MIB).toBeCloseTo(1 / ((1 / 200 + 1 / 100) / 2), 1)
    expect((figure?.lowBytesPerSecond ?? 0) / MIB).toBeCloseTo(100, 1)
  })
  it('does not take holes for a fast disk', async () => {
    const half = disk({ rate: () => 100 * MIB, isHole: (offset) => (offset / BLOCK_BYTES) % 2 === 1 })
    const outcome = await measureRead(windows, 7000, half.parts)
    expect((outcome.figure?.bytesPerSecond ?? 0) / MIB).toBeCloseTo(100, 1)
    expect(outcome.holes).toBeGreaterThan(0)
    const all = await measureRead(windowsOf(files(60), BLOCK_BYTES, 24), 7000, disk({ rate: () => 100 * MIB, isHole: () => true }).parts)
    expect(all.figure).toBeUndefined()
    expect(all.holes).toBe(all.blocks)
  })
  it('goes on after a place that cannot be read, and says which', async () => {
    const bad = disk({ rate: () => 100 * MIB, fails: (file, offset) => (file === 'f1' && offset >= 3000 * MIB ? 'EIO' : undefined) })
    const outcome = await measureRead(windows, 7000, bad.parts)
    expect(outcome.figure?.bytesPerSecond).toBeCloseTo(100 * MIB, -1)
    expect(outcome.bad[0]).toEqual({ file: 'f1', offsetBytes: 3000 * MIB, code: 'EIO' })
    expect(bad.lines.filter(({ is }) => is === 'bad')).toHaveLength(outcome.bad.length)
    expect(bad.closed).toEqual(bad.opened)
  })
  it('gives a disk up that cannot be read anywhere', async () => {
    const dead = disk({ rate: () => 1, fails: () => 'EIO' })
    const outcome = await measureRead(windows, 7000, dead.parts)
    expect(outcome).toMatchObject({ blocks: 0, bad: { length: 8 } })
    expect(outcome.figure).toBeUndefined()
  })
  it('of nothing is no figure', () => {
    expect(figureOf([])).toBeUndefined()
  })
})
