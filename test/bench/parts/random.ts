/** The same numbers for the same seed (mulberry32). */
export interface Random {
  /** 0 ≤ value < 1. */
  uniform(): number
  /** Mean 0, standard deviation 1. */
  normal(): number
  /** Mean 1. */
  exponential(): number
}

export function randomOf(seed: number): Random {
  let state = Math.imul(seed, 2_654_435_761) >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: () => -Math.log(1 - uniform()),
  }
}
