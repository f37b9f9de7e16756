import { coverageLine, crashEverywhere, failEverywhere, type CrashCoverage, type CrashScenario } from '../fakes/crash-everywhere.ts'
import { seededRandom } from '../fakes/crash-files.ts'
import { killMerges } from '../integration/operations/kills.ts'
import { casesOf, repairName, scenarioOf, type OperationStory, type Repair } from '../unit/operations/crash-story.ts'
import { mergeStories } from '../unit/operations/stories-merge.ts'
import { planStories } from '../unit/operations/stories-plans.ts'
import { stories } from '../unit/operations/stories.ts'
import { stepLines } from './step-coverage.ts'

const all = [...stories, ...mergeStories, ...planStories]
const ERRORS = ['ENOSPC', 'EIO', 'EPERM']
/** Errors at operations, reads too, are many: every second one, each code in its turn, and nodes are left alone. */
const withoutNodes = ({ nodesStart, ofUndo }: Repair): boolean => !nodesStart && ofUndo !== true

export interface OperationCampaign {
  /** Real processes that are killed while they merge. */
  readonly kills: number
  /**
   * Power cuts with a random survival at every change of every story and repair, beside "nothing" and "everything survives";
   * undefined: one of the three each time, in turn, so that each change of a story has had all of them.
   */
  readonly seeds: number | undefined
  readonly from: number
  readonly say: (line: string) => void
}

/** @returns how much was broken */
export async function campaignOfOperations({ kills, seeds, from, say }: OperationCampaign): Promise<number> {
  const cut = await cutPower(seeds, say)
  const failed = await failDisks(say)
  if (kills === 0) return cut + failed
  const killed = await killMerges(kills, seededRandom(from))
  say(killed.line)
  for (const one of killed.broken.slice(0, 5)) say(`  ${one}`)
  return cut + failed + killed.broken.length
}

interface Case {
  readonly story: OperationStory
  readonly repair: Repair
}

async function within<T>({ story, repair }: Case, work: (scenario: CrashScenario) => Promise<T>): Promise<T> {
  const scenario = scenarioOf(story, repair)
  try {
    return await work(scenario)
  } finally {
    scenario.settle()
  }
}

async function cutPower(seeds: number | undefined, say: OperationCampaign['say']): Promise<number> {
  const began = performance.now()
  const told = new Set<string>()
  let cuts = 0
  let broken = 0
  for (const [turn, one] of casesOf(all).entries()) {
    await within(one, async (scenario) => {
      const survivals = seeds === undefined ? { seeds: 1, turn } : { seeds }
      const coverage: CrashCoverage = await crashEverywhere({ ...scenario, ...survivals })
      const what = `${one.story.name}${one.repair.ofUndo === true ? ' and its undo' : ''}`
      if (!told.has(what)) for (const line of [what, ...(await stepLines(one, scenario, coverage.cutAt))]) say(line)
      told.add(what)
      cuts += coverage.cuts
      broken += coverage.failures.length
      say(coverageLine(`  ${repairName(one.repair)}`, coverage))
      for (const failure of coverage.failures.slice(0, 5)) say(`    ${failure}`)
    })
  }
  say(`${all.length} stories, ${cuts} power cuts in ${Math.round((performance.now() - began) / 1000)} s, ${broken} broken`)
  return broken
}

async function failDisks(say: OperationCampaign['say']): Promise<number> {
  const began = performance.now()
  let errors = 0
  let broken = 0
  for (const [turn, one] of casesOf(all)
    .filter(({ repair }) => withoutNodes(repair))
    .entries()) {
    await within(one, async (scenario) => {
      const failing = await failEverywhere({ ...scenario, sample: { every: 2, from: turn } }, [ERRORS[turn % ERRORS.length] ?? 'EIO'])
      errors += failing.errors
      broken += failing.failures.length
      for (const failure of failing.failures.slice(0, 5)) say(`  ${one.story.name}, ${repairName(one.repair)}: ${failure}`)
    })
  }
  say(`${errors} errors of the disk (${ERRORS.join(', ')}) in ${Math.round((performance.now() - began) / 1000)} s, ${broken} broken`)
  return broken
}
