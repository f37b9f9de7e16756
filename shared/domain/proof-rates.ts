import type { UnixMs } from './ids.ts'
import type { PowRates } from './machine.ts'
import type { PostParameters } from './network.ts'

/** What one finished proof took, with the settings that it ran with. */
export interface ProofTaken {
  readonly at: UnixMs
  readonly numUnits: number
  readonly nonces: number
  readonly threads: number
  readonly randomx: 'fast' | 'light'
  readonly passes: number
  /** Proof of work of all passes, ms. */
  readonly powMs?: number
  readonly bytesPerSecond?: number
}

/** Proofs that count; what is older ran on another machine, for all that we know. */
const MOST_PROOFS = 24

/**
 * Hashes of RandomX that the proof of work of one pass takes on average: the difficulty is divided by the Space Units,
 * and each group of 16 nonces needs a hash below it. On mainnet 4687.5 for a unit and a group.
 * @source facts/postcli-and-profiler.md §7
 */
export const expectedHashes = (post: Pick<PostParameters, 'powDifficulty'>, numUnits: number, nonces: number): number =>
  (2 ** 256 / Math.max(1, Number(BigInt(`0x${post.powDifficulty}`)))) * numUnits * (nonces / 16)

/**
 * Hashes a second and label speeds that real proofs had. Work is a matter of luck: many proofs are summed before they
 * are divided. A disk may have held the reading back, so a label speed is a lower bound, the best one counts.
 * @returns undefined when no proof tells anything
 */
export function ratesFromProofs(proofs: readonly ProofTaken[], post: Pick<PostParameters, 'powDifficulty'>): PowRates | undefined {
  const newest = proofs.toSorted((a, b) => b.at - a.at).slice(0, MOST_PROOFS)
  const rateOf = (mode: 'fast' | 'light'): number | undefined => {
    const worked = newest.filter((one) => one.randomx === mode && (one.powMs ?? 0) > 0)
    const ms = worked.reduce((sum, { powMs }) => sum + (powMs ?? 0), 0)
    const hashes = worked.reduce((sum, one) => sum + expectedHashes(post, one.numUnits, one.nonces) * Math.max(1, one.passes), 0)
    return ms > 0 ? (hashes / ms) * 1000 : undefined
  }
  const best = new Map<string, PowRates['labelSpeeds'][number]>()
  for (const { nonces, threads, bytesPerSecond = 0 } of newest) {
    const key = `${nonces}/${threads}`
    if (bytesPerSecond > (best.get(key)?.bytesPerSecond ?? 0)) best.set(key, { nonces, threads, bytesPerSecond })
  }
  const [fast, light, at] = [rateOf('fast'), rateOf('light'), newest[0]?.at]
  if (at === undefined || (fast === undefined && light === undefined && best.size === 0)) return undefined
  return {
    at,
    ...(fast === undefined ? {} : { fastHashesPerSecond: fast }),
    ...(light === undefined ? {} : { lightHashesPerSecond: light }),
    labelSpeeds: [...best.values()].sort((a, b) => a.nonces - b.nonces || a.threads - b.threads),
    from: 'proofs',
  }
}

/**
 * One answer from the profiler's figures and those of proofs. The work of real proofs beats any benchmark. Of a label speed
 * the higher one is true: a slow disk can hide it, nothing can feign it; where the profiler did not measure it, nobody knows
 * it, since the disk may have been what held the proof back.
 */
export function mergeRates(measured: PowRates | undefined, proofs: PowRates | undefined): PowRates | undefined {
  if (proofs === undefined) return measured
  const labelSpeeds = (measured?.labelSpeeds ?? []).map((one) => {
    const real = proofs.labelSpeeds.find(({ nonces, threads }) => nonces === one.nonces && threads === one.threads)
    return real !== undefined && real.bytesPerSecond > one.bytesPerSecond ? real : one
  })
  const fast = proofs.fastHashesPerSecond ?? measured?.fastHashesPerSecond
  const light = proofs.lightHashesPerSecond ?? measured?.lightHashesPerSecond
  const isOfProofs = proofs.fastHashesPerSecond !== undefined || proofs.lightHashesPerSecond !== undefined
  if (!isOfProofs && measured === undefined) return undefined
  return {
    at: Math.max(measured?.at ?? 0, proofs.at),
    ...(fast === undefined ? {} : { fastHashesPerSecond: fast }),
    ...(light === undefined ? {} : { lightHashesPerSecond: light }),
    labelSpeeds,
    from: isOfProofs ? 'proofs' : 'profiler',
  }
}
