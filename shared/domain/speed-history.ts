import { z } from 'zod'
import type { SpeedReading } from './machine.ts'

/** Kept of one disk, at most. */
const MOST_READINGS = 100
const MOST_BAD = 20

const positive = z.number().positive()
const readingSchema = z.object({
  at: z.number(),
  bytesPerSecond: positive,
  lowBytesPerSecond: positive.optional(),
  bytes: z.number().nonnegative(),
  ms: z.number().nonnegative(),
  from: z.enum(['test', 'proof']),
})
const badSchema = z.object({ at: z.number(), file: z.string(), offsetBytes: z.number().nonnegative(), code: z.string() })
const diskSchema = z.object({
  read: z.array(readingSchema).default([]),
  write: z.array(readingSchema).default([]),
  bad: z.array(badSchema).default([]),
  cleanReads: z.number().int().nonnegative().default(0),
})
const historySchema = z.object({ version: z.literal(1), disks: z.record(z.string(), diskSchema) })

/** A place of a file that the disk did not give back, and when (Unix ms). */
export type BadRead = z.infer<typeof badSchema>

/** What was measured of one disk, in the order of measuring: clocks jump, that order does not. */
export interface DiskHistory {
  readonly read: readonly SpeedReading[]
  readonly write: readonly SpeedReading[]
  readonly bad: readonly BadRead[]
  /** Reads without a bad place since the last bad one. */
  readonly cleanReads: number
}

/** Measurements of all disks by lane id. */
export interface SpeedHistory {
  readonly version: 1
  readonly disks: Readonly<Record<string, DiskHistory>>
}

export const NO_DISK_HISTORY: DiskHistory = { read: [], write: [], bad: [], cleanReads: 0 }
export const NO_SPEED_HISTORY: SpeedHistory = { version: 1, disks: {} }

/** @returns undefined when the text is no history of ours */
export function parseSpeedHistory(text: string): SpeedHistory | undefined {
  try {
    const { disks } = historySchema.parse(JSON.parse(text))
    return { version: 1, disks: Object.fromEntries(Object.entries(disks).map(([lane, disk]) => [lane, plain(disk)])) }
  } catch {
    return undefined // damaged: whoever reads it says so
  }
}

const plain = ({ read, write, ...rest }: z.infer<typeof diskSchema>): DiskHistory => ({
  read: read.map(withoutUndefined),
  write: write.map(withoutUndefined),
  ...rest,
})

function withoutUndefined({ lowBytesPerSecond, ...rest }: z.infer<typeof readingSchema>): SpeedReading {
  return { ...rest, ...(lowBytesPerSecond === undefined ? {} : { lowBytesPerSecond }) }
}

/** What one measurement adds. */
export interface NewMeasurement {
  readonly what: 'read' | 'write'
  readonly reading?: SpeedReading
  readonly bad?: readonly BadRead[]
}

/** The history with one more measurement of `lane`; the oldest go. A place that was bad before is kept once, with the newest time. */
export function addMeasurement(history: SpeedHistory, lane: string, { what, reading, bad = [] }: NewMeasurement): SpeedHistory {
  const known = history.disks[lane] ?? NO_DISK_HISTORY
  const isNew = (old: BadRead): boolean => !bad.some((one) => one.file === old.file && one.offsetBytes === old.offsetBytes)
  const disk: DiskHistory = {
    ...known,
    ...(reading === undefined ? {} : { [what]: [...known[what], reading].slice(-MOST_READINGS) }),
    bad: [...known.bad.filter(isNew), ...bad].slice(-MOST_BAD),
    cleanReads: bad.length > 0 ? 0 : known.cleanReads + (what === 'read' && reading?.from === 'test' ? 1 : 0),
  }
  return { version: 1, disks: { ...history.disks, [lane]: disk } }
}
