import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { coverageLine, crashEverywhere, failEverywhere, type CrashScenario } from '../fakes/crash-everywhere.ts'
import { seededRandom } from '../fakes/crash-files.ts'
import { killMoves } from '../integration/identities/kills.ts'
import { killBackups, killRestores } from '../integration/vault/kills.ts'
import { aMachine } from '../integration/vault/machine.ts'
import { scenarioOf, stories } from '../unit/identities/key-crashes.ts'
import { backupScenario, restoreScenario } from '../unit/vault/crashes.ts'

/** Kills of one kind on one machine; then a fresh one. */
const ROUND = 50
const ERRORS = ['ENOSPC', 'EIO', 'EPERM']

export interface KeyCampaign {
  /** Real processes that are killed while they back up, restore and move keys. */
  readonly kills: number
  /** Power cuts with a random survival at every change of every story. */
  readonly seeds: number
  readonly from: number
  readonly say: (line: string) => void
}

/** @returns how much was broken */
export async function campaignOfKeys({ kills, seeds, from, say }: KeyCampaign): Promise<number> {
  return (await cutPower(seeds, say)) + (await killProcesses(kills, seededRandom(from), say))
}

async function cutPower(seeds: number, say: KeyCampaign['say']): Promise<number> {
  const scenarios: readonly (readonly [string, CrashScenario])[] = [
    ...stories.map((story) => [story.name, scenarioOf(story)] as const),
    ['backup', await backupScenario()],
    ['restore', await restoreScenario()],
  ]
  let cuts = 0
  let errors = 0
  let broken = 0
  const tell = (failures: readonly string[]): void => {
    broken += failures.length
    for (const failure of failures.slice(0, 5)) say(`  ${failure}`)
  }
  for (const [name, scenario] of scenarios) {
    const coverage = await crashEverywhere({ ...scenario, seeds })
    say(coverageLine(name, coverage))
    tell(coverage.failures)
    cuts += coverage.cuts
    const failing = await failEverywhere(scenario, ERRORS)
    tell(failing.failures)
    errors += failing.errors
  }
  say(`${scenarios.length} stories, ${cuts} power cuts, ${errors} errors of the disk, ${broken} broken`)
  return broken
}

const onMachine =
  (kill: typeof killBackups): typeof killMoves =>
  async (_where, times, random) => {
    const machine = aMachine()
    try {
      return await kill(machine, times, random)
    } finally {
      machine.end()
    }
  }

async function killProcesses(kills: number, random: () => number, say: KeyCampaign['say']): Promise<number> {
  const kinds = [killMoves, onMachine(killBackups), onMachine(killRestores)]
  let broken = 0
  for (let done = 0, round = 0; done < kills; done += ROUND, round += 1) {
    const kill = kinds[round % kinds.length] ?? killMoves
    const where = mkdtempSync(path.join(os.tmpdir(), 'key-campaign-'))
    try {
      const result = await kill(where, Math.min(ROUND, kills - done), random)
      say(result.line)
      for (const one of result.broken) say(`  ${one}`)
      broken += result.broken.length
    } finally {
      rmSync(where, { recursive: true, force: true })
    }
  }
  say(`${kills} kills, ${broken} broken`)
  return broken
}
