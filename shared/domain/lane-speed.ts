import type { SpeedReading } from './machine.ts'

/**
 * Speeds of a disk from the proofs that were read from it, bytes/s: one that shared the disk with others got a part only, so
 * what the others got in the same time is added. `at` is the end of a reading, Unix ms, and `ms` its length.
 */
export const laneReadings = (proofs: readonly SpeedReading[]): readonly SpeedReading[] =>
  proofs.map((one) => {
    if (one.ms <= 0) return one
    const beside = proofs
      .filter((other) => other !== one)
      .reduce((sum, other) => sum + other.bytesPerSecond * (overlapMs(one, other) / one.ms), 0)
    return beside === 0 ? one : { ...one, bytesPerSecond: one.bytesPerSecond + beside }
  })

const overlapMs = (a: SpeedReading, b: SpeedReading): number => Math.max(0, Math.min(a.at, b.at) - Math.max(a.at - a.ms, b.at - b.ms))
