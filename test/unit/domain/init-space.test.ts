import { describe, expect, it } from 'vitest'
import { mostUnits, rangeBytes, shareFiles, usableBytes } from '../../../shared/domain/init-space.ts'

const GIB = 2 ** 30
const space = { freeBytes: 1000 * GIB, reserveBytes: 10 * GIB, promisedBytes: 256 * GIB, growthBytes: 10 * GIB }

describe('room for new PoS data', () => {
  it('is what is free without the reserve, the queue and the growing node', () => {
    expect(usableBytes(space)).toBe(724 * GIB)
    expect(mostUnits(space, 64 * GIB, 1_048_576)).toBe(11)
    expect(mostUnits(space, 64 * GIB, 8)).toBe(8)
  })

  it('is never negative', () => {
    expect(usableBytes({ ...space, freeBytes: 5 * GIB })).toBe(0)
    expect(mostUnits({ ...space, freeBytes: 0 }, 64 * GIB, 8)).toBe(0)
  })
})

describe('files shared among devices', () => {
  it('go by speed, in ranges without a gap', () => {
    expect(shareFiles(64, [30, 10])).toEqual([
      { at: 0, fromFile: 0, toFile: 47 },
      { at: 1, fromFile: 48, toFile: 63 },
    ])
  })

  it('count a device that was not measured as a mean one', () => {
    expect(shareFiles(9, [10, undefined, 10]).map(({ fromFile, toFile }) => toFile - fromFile + 1)).toEqual([3, 3, 3])
    expect(shareFiles(4, [undefined])).toEqual([{ at: 0, fromFile: 0, toFile: 3 }])
  })

  it('leave none empty and none twice, whatever the speeds', () => {
    for (let files = 1; files <= 40; files += 1) {
      for (const speeds of [
        [1, 1000, 1],
        [1000, 1],
        [5, 5, 5, 5, 5],
        [0, 3],
        [undefined, 0.001, 7],
      ]) {
        const ranges = shareFiles(files, speeds)
        expect(ranges.length).toBe(Math.min(files, speeds.length))
        expect(ranges.flatMap(({ fromFile, toFile }) => Array.from({ length: toFile - fromFile + 1 }, (_, n) => fromFile + n))).toEqual(
          Array.from({ length: files }, (_, n) => n),
        )
      }
    }
  })

  it('have the bytes of their files, the last of all being shorter', () => {
    const layout = { count: 4, fileBytes: 100, lastFileBytes: 36 }
    expect(rangeBytes({ fromFile: 0, toFile: 1 }, layout)).toBe(200)
    expect(rangeBytes({ fromFile: 2, toFile: 3 }, layout)).toBe(136)
  })
})
