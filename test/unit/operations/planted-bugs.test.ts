import { describe, expect, it } from 'vitest'
import type { Files } from '../../../electron/lib/files.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import { crashEverywhere, type CrashCoverage } from '../../fakes/crash-everywhere.ts'
import { REPAIRS, repairName, scenarioOf, type OperationStory, type Repair } from './crash-story.ts'
import { bugs, type PlantedBug } from './planted-bugs.ts'
import { withSql } from './sabotage.ts'
import { stories } from './stories.ts'

function storyOf({ in: name, draft }: Pick<PlantedBug, 'in' | 'draft'>): OperationStory {
  const story = stories.find((one) => one.name === name)
  if (story === undefined) throw new Error(`no story “${name}”`)
  return draft === undefined ? story : { ...story, draft: () => draft(story.draft()) }
}

interface Found {
  readonly failure: string | undefined
  readonly cuts: number
  readonly by: Repair | undefined
}

const EVERY = 12
/** All changes in the end, but spread: most bugs show over a stretch of changes. */
const TURNS = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]

/** Crashes the story with the bug, by one repair after the other, until something is broken. */
async function lookFor(bug: PlantedBug, repairs: readonly Repair[], turns: readonly number[] = TURNS): Promise<Found> {
  let cuts = 0
  const sabotage = bug.files === undefined ? {} : { sabotage: bug.files }
  for (const from of turns)
    for (const by of repairs) {
      const scenario = scenarioOf(storyOf(bug), by, { ...stepRules(), ...bug.rules })
      try {
        const options = { seeds: bug.seeds ?? 1, stopAtFirst: true, sample: { every: EVERY, from } }
        const crash = (): Promise<CrashCoverage> => crashEverywhere({ ...scenario, ...sabotage, ...options })
        const coverage = await (bug.sql === undefined ? crash() : withSql(bug.sql, crash))
        cuts += coverage.cuts
        if (coverage.failures.length > 0) return { failure: coverage.failures[0], cuts, by }
      } finally {
        scenario.settle()
      }
    }
  return { failure: undefined, cuts, by: undefined }
}

describe('planted bugs', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('are found: %s', { timeout: 120_000 }, async (name, bug) => {
    const { failure, cuts, by } = await lookFor(bug, bug.repairs ?? REPAIRS)
    console.log(`${name}: ${by === undefined ? `not found in ${cuts} cuts` : `after ${cuts} cuts, ${repairName(by)}: ${failure}`}`)
    expect(failure).toBeDefined()
  })

  it('are at least 20, and nothing is found where there is none', { timeout: 120_000 }, async () => {
    expect(new Set(bugs.map(({ name }) => name)).size).toBeGreaterThanOrEqual(20)
    for (const name of new Set(bugs.map((bug) => bug.in))) {
      const none = { name: 'none', in: name, files: (files: Files): Files => Object.setPrototypeOf({}, files) as Files }
      const { stops } = storyOf(none)
      const { failure } = await lookFor(none, stops === true ? REPAIRS.filter(({ by }) => by === 'roll back') : REPAIRS, [0])
      expect({ name, failure }).toEqual({ name, failure: undefined })
    }
  })
})
