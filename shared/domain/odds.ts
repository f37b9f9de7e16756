import type { PostParameters } from './network.ts'

type Hits = Pick<PostParameters, 'k1' | 'k2'>

/** Steps in which a pass is cut for the distribution of its end. */
export const PASS_STEPS = 64
/** All nonces that a service tries before it gives up: 256 groups of 16. @source facts/postcli-and-profiler.md §7 */
export const MOST_NONCES = 4096

/** P[Poisson(mean) ≥ least], summed from the likely end so that small values keep their figures. */
export function poissonAtLeast(mean: number, least: number): number {
  if (least <= 0) return 1
  if (mean <= 0) return 0
  let term = Math.exp(-mean)
  let below = term
  for (let i = 1; i < least; i += 1) {
    term *= mean / i
    below += term
  }
  if (below < 0.999) return Math.max(0, 1 - below)
  let above = 0
  term *= mean / least
  for (let i = least + 1; term > 1e-300 && i < least + 2000; i += 1) {
    above += term
    if (term < above * 1e-16) break
    term *= mean / i
  }
  return Math.min(1, above)
}

const tables = new Map<string, readonly number[]>()

/**
 * Chance that one nonce has its k2-th hit within the first i/64 of the data, i = 0..64.
 * @source facts/postcli-and-profiler.md §7: hits are Poisson with mean k1 over the whole data
 */
export function nonceTable({ k1, k2 }: Hits): readonly number[] {
  const key = `${k1}/${k2}`
  const known = tables.get(key)
  if (known !== undefined) return known
  const made = Array.from({ length: PASS_STEPS + 1 }, (_, i) => poissonAtLeast((k1 * i) / PASS_STEPS, k2))
  tables.set(key, made)
  return made
}

/** Chance that one nonce gives a proof: 0.02438 on mainnet. */
export const nonceChance = (hits: Hits): number => nonceTable(hits)[PASS_STEPS] ?? 0

/** Chance that one pass with `nonces` gives a proof: 1 − (1 − p)^nonces, on mainnet 1 − 0.2061^(nonces/64). */
export const passChance = (hits: Hits, nonces: number): number => -Math.expm1(nonces * Math.log1p(-nonceChance(hits)))

/** Mean number of passes until a proof; `Infinity` when none is possible. */
export function expectedPasses(hits: Hits, nonces: number): number {
  const chance = passChance(hits, nonces)
  return chance > 0 ? 1 / chance : Number.POSITIVE_INFINITY
}

/** Memory that a service needs, bytes: preparing RandomX takes it, the end of the proof gives it back. */
export const proverMemoryBytes = (mode: 'fast' | 'light', isProving: boolean): number =>
  (isProving ? (mode === 'fast' ? 2400 : 270) : 10) * 1024 * 1024
