import { newFigures, type Figures } from './referee.ts'
import { simulate } from './simulate.ts'

export interface SeedsReport {
  readonly figures: Figures
  /** One entry a failing seed: what it broke, and the command that replays it. */
  readonly failing: readonly string[]
  readonly epochs: number
}

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  readonly network?: 'compressed' | 'mainnet'
  readonly epochs?: number
}

/** Runs one world a seed and gathers the figures. */
export function runSeeds({ from, count, network = 'compressed', epochs }: SeedsOptions): SeedsReport {
  const figures = newFigures()
  const failing: string[] = []
  let sum = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const { violations, scenario } = simulate({ seed, network, figures, ...(epochs === undefined ? {} : { epochs }) })
    sum += scenario.epochs
    const first = violations[0]
    if (first === undefined) continue
    const rules = [...new Set(violations.map(({ rule }) => rule))].join(', ')
    const length = epochs === undefined ? '' : ` --epochs ${epochs}`
    const replay = `npm run campaign -- --network ${network}${length} --seed ${seed} --trace`
    failing.push(`seed ${seed}: ${rules} (${violations.length})\n  ${first.text}\n  replay: ${replay}`)
  }
  return { figures, failing, epochs: sum }
}
