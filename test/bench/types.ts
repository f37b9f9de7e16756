/** One measured value. `limit` and `ok` are there where the product promises something. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** In words, e.g. `< 2`. */
  readonly limit?: string
  readonly ok?: boolean
}

export interface BenchResult {
  readonly figures: readonly Figure[]
  /** What a reader of the figures must know: load of the machine, sizes, what stood in for what. */
  readonly notes?: readonly string[]
}

export interface BenchOptions {
  /** Length of a measurement that can be longer or shorter. */
  readonly minutes?: number
  /** Progress in words; goes to stderr. */
  readonly say: (line: string) => void
}

/** What a file of this folder exports. */
export interface Bench {
  readonly name: string
  readonly describe: string
  /** `window`: it needs a display; on Linux it gets one of its own, with a D-Bus session. */
  readonly needs?: 'window'
  run(options: BenchOptions): Promise<BenchResult>
}

/** A bench that cannot run here, and why. */
export class CannotRun extends Error {}

export const below = (name: string, value: number, unit: string, limit: number): Figure => ({
  name,
  value,
  unit,
  limit: `< ${limit}`,
  ok: value < limit,
})

export const atMost = (name: string, value: number, unit: string, limit: number): Figure => ({
  name,
  value,
  unit,
  limit: `≤ ${limit}`,
  ok: value <= limit,
})
