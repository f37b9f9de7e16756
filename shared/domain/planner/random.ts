/** Seeded numbers: the same seed gives the same odds on every machine. */
export interface Dice {
  /** In [0, 1). */
  next(): number
  /** Normal with mean 0 and deviation 1. */
  normal(): number
  /** Sum of `count` waiting times of mean 1, divided by `count`: mean 1, deviation 1/√count. */
  waiting(count: number): number
}

/** Mulberry32, with the polar method for normal numbers. */
export function diceOf(seed: number): Dice {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0
  let spare: number | undefined
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number => {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    for (;;) {
      const x = 2 * next() - 1
      const y = 2 * next() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
  const waiting = (count: number): number => {
    if (count <= 0) return 0
    if (count <= 3) {
      let sum = 0
      for (let i = 0; i < count; i += 1) sum -= Math.log(1 - next())
      return sum / count
    }
    // Wilson–Hilferty: the cube root of a gamma number is nearly normal.
    const root = 1 - 1 / (9 * count) + normal() / (3 * Math.sqrt(count))
    return Math.max(0, root) ** 3
  }
  return { next, normal, waiting }
}

/** P[normal ≤ x], to 1e-7. */
export function normalBelow(x: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(x))
  const density = 0.398_942_280_4 * Math.exp((-x * x) / 2)
  const above = density * t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))))
  return x >= 0 ? 1 - above : above
}
