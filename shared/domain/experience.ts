import type { UnixMs } from './ids.ts'

/** What one finished proof took. */
export interface ProofSample {
  readonly at: UnixMs
  /** Mean speed of its reading, bytes/s. */
  readonly bytesPerSecond?: number
  /** Proof of work of one pass, ms. */
  readonly powMs?: number
  /** Nonces of one pass: the proof of work grows with them. */
  readonly nonces?: number
}

/** Samples that count; what is older tells nothing of the disk as it is now. */
const MOST_SAMPLES = 16
/** A sample that is this many proofs older counts half. */
const HALF_LIFE_PROOFS = 1.5
/** How far a proof is from the one before when nothing else is known, as a relative standard deviation. */
const USUAL_SPREAD = 0.1
/** Proofs that the usual spread is worth against measured ones. */
const USUAL_WEIGHT = 1
/** A spread below this is luck of few samples. */
const LEAST_SPREAD = 0.015

/** What is to be expected of a positive quantity: log-normal about `mean`. */
export interface Expectation {
  /** Median of the next one. */
  readonly value: number
  /** Standard deviation of the logarithm of the next one about that, dimensionless. */
  readonly spread: number
}

/** Newest last, at most 16; a sample of the same moment is replaced. */
export const withSample = (samples: readonly ProofSample[], sample: ProofSample): readonly ProofSample[] =>
  [...samples.filter(({ at }) => at !== sample.at), sample].sort((a, b) => a.at - b.at).slice(-MOST_SAMPLES)

/**
 * The next one after these, oldest first. Newer ones count more: disks age. With few of them the spread is pulled to the
 * usual one, and the uncertainty of the mean comes on top.
 * @returns `undefined` without any
 */
export function expectationOf(values: readonly number[], usualSpread = USUAL_SPREAD): Expectation | undefined {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map((value) => Math.log(value))
  if (logs.length === 0) return undefined
  let weight = 0
  let sum = 0
  let squares = 0
  logs.forEach((log, i) => {
    const w = 0.5 ** ((logs.length - 1 - i) / HALF_LIFE_PROOFS)
    weight += w
    sum += w * log
    squares += w * w
  })
  const mean = sum / weight
  const effective = (weight * weight) / squares
  // One step ahead: what each of them was off from those before it, as a prediction would have been.
  let errors = 0
  let count = 0
  let level = logs[0] ?? 0
  let levelWeight = 1
  for (const log of logs.slice(1)) {
    const inflation = 1 + 1 / Math.min(levelWeight, HALF_LIFE_PROOFS * 2)
    errors += (log - level) ** 2 / inflation
    count += 1
    const gain = Math.max(1 / (levelWeight + 1), 1 - 0.5 ** (1 / HALF_LIFE_PROOFS))
    level += gain * (log - level)
    levelWeight += 1
  }
  const variance = (errors + USUAL_WEIGHT * usualSpread ** 2) / (count + USUAL_WEIGHT)
  return { value: Math.exp(mean), spread: Math.max(LEAST_SPREAD, Math.sqrt(variance * (1 + 1 / effective))) }
}

/** The speed of the next reading, bytes/s. */
export const expectedSpeed = (samples: readonly ProofSample[]): Expectation | undefined =>
  expectationOf(samples.flatMap(({ bytesPerSecond }) => (bytesPerSecond === undefined ? [] : [bytesPerSecond])))

/**
 * The next proof of work of one pass with `nonces`, ms. It is a sum of `nonces`/16 searches without memory, whose spread
 * is known; what the processor does beside comes on top.
 * @source facts/postcli-and-profiler.md §7: relative deviation about 1/√groups
 */
export function expectedPow(samples: readonly ProofSample[], nonces: number): Expectation | undefined {
  const known = samples.flatMap((one) =>
    one.powMs === undefined ? [] : [one.nonces === undefined || one.nonces <= 0 ? one.powMs : (one.powMs * nonces) / one.nonces],
  )
  return expectationOf(known, Math.hypot(1 / Math.sqrt(Math.max(1, nonces / 16)), USUAL_SPREAD / 2))
}

/** A reading that goes on tells more of its own rest than all before it, the more of the data it has read. */
const OWN_SHARE = 0.12
/** What the rest of a reading differs from its beginning: outer and inner tracks, bursts of others. */
const WITHIN_SPREAD = 0.035

/**
 * Speed of the rest of a reading, from earlier proofs and what it did so far.
 * @param share  of the data that is read, 0..1
 */
export function speedOfRest(before: Expectation | undefined, soFar: number | undefined, share: number): Expectation | undefined {
  if (soFar === undefined || !(soFar > 0)) return before
  if (before === undefined) return { value: soFar, spread: USUAL_SPREAD * Math.SQRT2 }
  const weight = share / (share + OWN_SHARE)
  const value = Math.exp(weight * Math.log(soFar) + (1 - weight) * Math.log(before.value))
  return { value, spread: Math.hypot(before.spread * Math.sqrt(1 - weight), WITHIN_SPREAD, 0.35 * before.spread) }
}
