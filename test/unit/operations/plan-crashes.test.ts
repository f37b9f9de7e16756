import { describe, expect, it } from 'vitest'
import { coverageLine, crashEverywhere } from '../../fakes/crash-everywhere.ts'
import { casesOf, scenarioOf } from './crash-story.ts'
import { mergeStories } from './stories-merge.ts'
import { planStories } from './stories-plans.ts'

/** As in crashes.test.ts: `CRASH_EVERY=1` cuts at every change. */
const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 0)
const EVERY = Number(process.env['CRASH_EVERY'] ?? 97)

describe('power cuts within a planned merge, convert, split, retire or put back', () => {
  it.each(casesOf([...mergeStories, ...planStories]).map((one, index) => ({ ...one, index })))(
    'lose no key and no row, arm no key twice, and end: $name',
    { timeout: 600_000 },
    async ({ story, repair, name, index }) => {
      const scenario = scenarioOf(story, repair)
      try {
        const coverage = await crashEverywhere({ ...scenario, seeds: SEEDS, sample: { every: EVERY, from: index % 7 } })
        console.log(coverageLine(name, coverage))
        expect(coverage.failures.slice(0, 3)).toEqual([])
        expect(coverage.cuts).toBeGreaterThan(1)
      } finally {
        scenario.settle()
      }
    },
  )
})
