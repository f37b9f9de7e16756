/** Offsets of servers that answered, ms, ours minus theirs. */
export interface Told {
  readonly name: string
  readonly offsetMs: number
  readonly uncertaintyMs: number
}

export interface Agreement {
  /** Undefined when no majority agrees: then nobody is believed. */
  readonly offsetMs?: number
  readonly uncertaintyMs?: number
  /** Names of those that the majority contradicts. */
  readonly liars: ReadonlySet<string>
}

/** Servers and networks that are not quite even: differences below it contradict nobody. */
const SLACK_MS = 50

const middle = (sorted: readonly number[]): number => {
  const half = sorted.length >> 1
  const high = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? high : ((sorted[half - 1] ?? high) + high) / 2
}

/**
 * The time that a majority agrees on. Each server gives an interval; the largest group with a moment in common is
 * believed when it is more than half of those that answered. A single one is believed, for want of another.
 * @source Marzullo's intersection, as in RFC 5905 §11.2.1; the median instead of weights
 */
export function agree(told: readonly Told[]): Agreement {
  const lowOf = ({ offsetMs, uncertaintyMs }: Told): number => offsetMs - uncertaintyMs - SLACK_MS
  const highOf = ({ offsetMs, uncertaintyMs }: Told): number => offsetMs + uncertaintyMs + SLACK_MS
  let best: readonly Told[] = []
  for (const moment of told.map(lowOf)) {
    // Each group has its common moment at the lower end of one of its intervals.
    const group = told.filter((one) => lowOf(one) <= moment && moment <= highOf(one))
    if (group.length > best.length) best = group
  }
  if (best.length === 0 || best.length * 2 <= told.length) return { liars: new Set() }
  const offsetMs = middle(best.map((one) => one.offsetMs).toSorted((a, b) => a - b))
  return {
    offsetMs,
    uncertaintyMs: Math.min(...best.map((one) => one.uncertaintyMs + Math.abs(one.offsetMs - offsetMs))),
    liars: new Set(told.filter((one) => !best.includes(one)).map(({ name }) => name)),
  }
}
