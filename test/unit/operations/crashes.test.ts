import { describe, expect, it } from 'vitest'
import { coverageLine, crashEverywhere, failEverywhere } from '../../fakes/crash-everywhere.ts'
import { casesOf, scenarioOf } from './crash-story.ts'
import { stories } from './stories.ts'

/** `CRASH_SEEDS=20` for a long run; `CRASH_EVERY=1` cuts at every change, as `npm run campaign -- --operations` does. */
const SEEDS = Number(process.env['CRASH_SEEDS'] ?? 0)
const EVERY = Number(process.env['CRASH_EVERY'] ?? 47)

describe('power cuts within an operation', () => {
  it.each(casesOf(stories).map((one, index) => ({ ...one, index })))(
    'lose no key and no row, arm no key twice, and end: $name',
    { timeout: 600_000 },
    async ({ story, repair, name, index }) => {
      const scenario = scenarioOf(story, repair)
      try {
        const coverage = await crashEverywhere({ ...scenario, seeds: SEEDS, sample: { every: EVERY, from: index } })
        console.log(coverageLine(name, coverage))
        expect(coverage.failures.slice(0, 3)).toEqual([])
        expect(coverage.cuts).toBeGreaterThan(3)
      } finally {
        scenario.settle()
      }
    },
  )
})

describe('disks that fail within an operation', () => {
  const cases = casesOf(stories).filter(({ repair }) => !repair.nodesStart && repair.ofUndo !== true)
  it.each(cases.map((one, index) => ({ ...one, index })))(
    'lose no key and no row, arm no key twice, and let it end afterwards: $name',
    { timeout: 600_000 },
    async ({ story, repair, index }) => {
      const scenario = scenarioOf(story, repair)
      try {
        const code = ['ENOSPC', 'EIO', 'EPERM'][index % 3] ?? 'EIO'
        const { errors, failures } = await failEverywhere({ ...scenario, sample: { every: EVERY, from: index } }, [code])
        expect(failures.slice(0, 3)).toEqual([])
        expect(errors).toBeGreaterThan(3)
      } finally {
        scenario.settle()
      }
    },
  )

  it('arm no key twice when one cannot be read for a moment', { timeout: 600_000 }, async () => {
    for (const { story, repair } of cases.filter(({ story: { name } }) => /^(merge with all rows in the file|split)/.test(name))) {
      const scenario = scenarioOf(story, repair)
      try {
        const whole = scenario.prepare()
        await scenario.run(whole)
        const reads = whole.operations.flatMap(({ path: file, changes }, index) => (!changes && file.endsWith('.key') ? [index] : []))
        expect(reads.length).toBeGreaterThan(10)
        for (const index of reads) {
          const files = scenario.prepare()
          files.errorAt(index, 'EIO')
          await scenario.run(files)
          expect({ index, problem: scenario.check(files, 'cut') }).toEqual({ index, problem: undefined })
        }
      } finally {
        scenario.settle()
      }
    }
  })
})
