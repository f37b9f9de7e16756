/** Seeded: the same seed gives the same world, on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number
  between(least: number, most: number): number
  whole(least: number, most: number): number
  chance(share: number): boolean
  pick<T>(items: readonly T[]): T
  hex(length: number): string
}

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number): number => least + next() * (most - least)
  const whole = (least: number, most: number): number => Math.floor(between(least, most + 1))
  return {
    next,
    between,
    whole,
    chance: (share) => next() < share,
    pick: (items) => {
      const found = items[whole(0, items.length - 1)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    hex: (length) => Array.from({ length }, () => whole(0, 15).toString(16)).join(''),
  }
}
