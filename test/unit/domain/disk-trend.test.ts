import { describe, expect, it } from 'vitest'
import { badReadText, diskTrend, trendAdvice } from '../../../shared/domain/disk-trend.ts'
import type { SpeedReading } from '../../../shared/domain/machine.ts'
import {
  addMeasurement,
  NO_DISK_HISTORY,
  NO_SPEED_HISTORY,
  parseSpeedHistory,
  type NewMeasurement,
  type SpeedHistory,
} from '../../../shared/domain/speed-history.ts'

const MIB = 1024 * 1024
const reading = (mib: number, more: Partial<SpeedReading> = {}): SpeedReading => ({
  at: 1_760_000_000_000,
  bytesPerSecond: mib * MIB,
  lowBytesPerSecond: mib * MIB * 0.9,
  bytes: 1e9,
  ms: 7000,
  from: 'test',
  ...more,
})
const trendOf = (...mib: readonly number[]) => diskTrend({ ...NO_DISK_HISTORY, read: mib.map((one) => reading(one)) })

describe('the trend of a disk', () => {
  it('is unknown at first, and steady while it wavers', () => {
    expect(trendOf().is).toBe('unknown')
    expect(trendOf(150, 150, 60).is).toBe('unknown')
    expect(trendOf(150, 148, 155, 139, 151, 144).is).toBe('steady')
  })
  it('is not bad after one bad day', () => {
    expect(trendOf(150, 150, 150, 150, 40).is).toBe('steady')
    expect(trendOf(150, 150, 150, 40, 149).is).toBe('steady')
  })
  it('is slower, then dying, when two measurements say so', () => {
    expect(trendOf(150, 150, 150, 110, 115)).toMatchObject({ is: 'slower', text: expect.stringContaining('usually 150') as string })
    expect(trendOf(150, 150, 150, 60, 80).is).toBe('dying')
  })
  it('is bad when the disk stops again and again that read evenly before', () => {
    const stops = [150, 151, 149].map((mib) => reading(mib))
    const now = [140, 139].map((mib) => reading(mib, { lowBytesPerSecond: 20 * MIB }))
    expect(diskTrend({ ...NO_DISK_HISTORY, read: [...stops, ...now] })).toMatchObject({
      is: 'dying',
      text: expect.stringContaining('stops') as string,
    })
  })
  it('does not look at clocks, which jump', () => {
    const jumping = [150, 150, 150, 60, 60].map((mib, i) => reading(mib, { at: [9e12, 5, 2e12, 1, 7e11][i] ?? 0 }))
    expect(diskTrend({ ...NO_DISK_HISTORY, read: jumping }).is).toBe('dying')
  })
  it('does not take proofs that the processor holds back for a slow disk', () => {
    const read = [...[150, 150, 150, 150].map((mib) => reading(mib)), ...[30, 30, 30].map((mib) => reading(mib, { from: 'proof' }))]
    expect(diskTrend({ ...NO_DISK_HISTORY, read }).is).toBe('steady')
  })
  it('is dying while places cannot be read, until three clean measurements', () => {
    let history: SpeedHistory = NO_SPEED_HISTORY
    const add = (measurement: NewMeasurement): string => {
      history = addMeasurement(history, 'disk:a', measurement)
      return diskTrend(history.disks['disk:a'] ?? NO_DISK_HISTORY).is
    }
    const bad = [{ at: 1, file: '/mnt/a/postdata_3.bin', offsetBytes: 5 * MIB, code: 'EIO' }]
    expect([
      add({ what: 'read', reading: reading(150), bad }),
      ...[1, 2, 3].map(() => add({ what: 'read', reading: reading(150) })),
    ]).toEqual(['dying', 'dying', 'dying', 'steady'])
  })
  it('is told with what it costs and what to do', () => {
    const disk = { id: 'disk:a', label: 'North' }
    expect(trendAdvice(disk, trendOf(150, 150, 150, 150))).toBeUndefined()
    expect(trendAdvice(disk, trendOf(150, 150, 110, 110))).toMatchObject({ key: 'disk/slower', severity: 'warn', action: 'measure' })
    expect(trendAdvice(disk, trendOf(150, 150, 50, 50))).toMatchObject({ key: 'disk/dying', severity: 'bad', about: 'disk:a' })
  })
  it('names files and offsets, three of many', () => {
    const bad = [0, 1, 2, 3].map((i) => ({ file: `/p/postdata_${i}.bin`, offsetBytes: i * MIB, code: 'EIO' }))
    expect(badReadText(bad)).toMatch(
      /^4 places cannot be read: \/p\/postdata_0\.bin, .*postdata_2\.bin, 2\.0.MiB from its begin \(EIO\); and 1 more\. A proof/,
    )
  })
})

describe('the history of measurements', () => {
  it('survives being written and read, and keeps the newest hundred', () => {
    let history: SpeedHistory = NO_SPEED_HISTORY
    for (let i = 0; i < 130; i += 1)
      history = addMeasurement(history, 'a', { what: i % 10 === 0 ? 'write' : 'read', reading: reading(i + 1) })
    expect(history.disks['a']?.read).toHaveLength(100)
    expect(history.disks['a']?.read.at(-1)?.bytesPerSecond).toBe(130 * MIB)
    expect(parseSpeedHistory(JSON.stringify(history))).toEqual(history)
  })
  it('is none when it is damaged or makes no sense', () => {
    for (const text of ['', '{', '[]', '{"version":2,"disks":{}}', '{"version":1,"disks":{"a":{"read":[{"at":1,"bytesPerSecond":-5}]}}}'])
      expect(parseSpeedHistory(text)).toBeUndefined()
  })
})
