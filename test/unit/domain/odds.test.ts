import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { predictFinish, type FinishInput } from '../../../shared/domain/finish.ts'
import { expectedPasses, nonceChance, passChance, poissonAtLeast, proverMemoryBytes } from '../../../shared/domain/odds.ts'

const MAINNET = { k1: 26, k2: 37 }
const HOUR = 3_600_000

describe('odds of a pass', () => {
  it('are the figures of facts/postcli-and-profiler.md §7', () => {
    expect(nonceChance(MAINNET)).toBeCloseTo(0.02438024, 7)
    const table = [
      [16, 32.63],
      [64, 79.4],
      [128, 95.75],
      [288, 99.92],
    ] as const
    for (const [nonces, percent] of table) expect(passChance(MAINNET, nonces) * 100).toBeCloseTo(percent, 1)
    for (const nonces of [64, 128, 256]) expect(passChance(MAINNET, nonces)).toBeCloseTo(1 - 0.2061 ** (nonces / 64), 3)
    expect(expectedPasses(MAINNET, 64)).toBeCloseTo(1.26, 2)
  })

  it('sum up for any mean, and tell an impossible proof from an unlikely one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 200, noNaN: true }), fc.integer({ min: 1, max: 200 }), (mean, least) => {
        const chance = poissonAtLeast(mean, least)
        expect(chance).toBeGreaterThanOrEqual(0)
        expect(chance).toBeLessThanOrEqual(1)
        expect(poissonAtLeast(mean, least + 1)).toBeLessThanOrEqual(chance + 1e-12)
      }),
    )
    expect(passChance({ k1: 4, k2: 60 }, 4096)).toBeLessThan(1e-30)
    expect(passChance({ k1: 4, k2: 60 }, 4096)).toBeGreaterThan(0)
  })

  it('knows the memory of a prover', () => {
    expect(proverMemoryBytes('fast', true)).toBe(2400 * 2 ** 20)
    expect(proverMemoryBytes('light', false)).toBe(10 * 2 ** 20)
  })
})

const input = (more: Partial<FinishInput> = {}): FinishInput => ({
  now: 0,
  post: MAINNET,
  nonces: 288,
  totalBytes: 2 ** 40,
  bytesPerSecond: 150 * 2 ** 20,
  pass: 1,
  positionBytes: 0,
  restMs: 0,
  powMs: HOUR / 4,
  ...more,
})

describe('finish of a proof', () => {
  it('lies within the first pass with many nonces, and reaches into the second with few', () => {
    const passMs = (2 ** 40 / (150 * 2 ** 20)) * 1000
    const many = predictFinish(input())
    expect(many?.p95 ?? 0).toBeLessThan(passMs * 1.13)
    const few = predictFinish(input({ nonces: 64 }))
    expect(few?.p50 ?? 0).toBeLessThan(passMs)
    expect(few?.p95 ?? 0).toBeGreaterThan(passMs + HOUR / 4)
  })

  it('agrees with a simulation of the hits', () => {
    let seed = 12345
    const random = (): number => {
      seed = (seed + 0x6d2b79f5) | 0
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4_294_967_296
    }
    // The 37th hit of a Poisson process of rate 26 a pass: a sum of 37 exponential gaps.
    const endOfNonce = (): number => {
      let at = 0
      for (let i = 0; i < 37; i += 1) at -= Math.log(random()) / 26
      return at
    }
    const passMs = (2 ** 40 / (150 * 2 ** 20)) * 1000
    const ends: number[] = []
    for (let run = 0; run < 1500; run += 1) {
      for (let pass = 0; pass < 50; pass += 1) {
        const first = Math.min(...Array.from({ length: 64 }, endOfNonce))
        if (first > 1) continue
        ends.push((pass + first) * passMs + pass * (HOUR / 4))
        break
      }
    }
    ends.sort((a, b) => a - b)
    const finish = predictFinish(input({ nonces: 64 }))
    expect(Math.abs((finish?.p50 ?? 0) / (ends[Math.floor(ends.length / 2)] ?? 1) - 1)).toBeLessThan(0.03)
  })

  it('is ordered, never in the past, and comes nearer as the position grows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.constantFrom(16, 64, 128, 288),
        fc.nat(HOUR),
        (share, nonces, restMs) => {
          const finish = predictFinish(input({ nonces, restMs, positionBytes: share * 2 ** 40 }))
          if (finish === undefined) throw new Error('no finish')
          expect(finish.p5).toBeGreaterThanOrEqual(0)
          expect(finish.p50).toBeGreaterThanOrEqual(finish.p5)
          expect(finish.p95).toBeGreaterThanOrEqual(finish.p50)
        },
      ),
    )
  })

  it('is not told where it cannot be', () => {
    expect(predictFinish(input({ bytesPerSecond: 0 }))).toBeUndefined()
    expect(predictFinish(input({ totalBytes: 0 }))).toBeUndefined()
    expect(predictFinish(input({ post: { k1: 4, k2: 60 } }))).toBeUndefined()
  })
})
