import { planOf, withChanges, type PlanInputs } from '../../shared/domain/planner/index.ts'
import { aPlanIdentity, planInputs } from '../builders/machine.ts'
import { allAtOnce, chainsPerDisk, configOrder, planned } from './parts/gap-policies.ts'
import { gapScenario, type GapScenario } from './parts/gap-scenario.ts'
import { GapWorld, type GapPolicy } from './parts/gap-world.ts'
import { loadNote } from './parts/proc.ts'
import { median } from './parts/stats.ts'
import { atMost, below, type BenchOptions, type BenchResult } from './types.ts'

export const name = 'planner'
export const describe = 'a plan of 64 identities on 16 disks, and its schedule beside three other policies (PLANNER_EPOCHS)'

const EPOCHS = Number(process.env['PLANNER_EPOCHS'] ?? 10_000)
const ROUNDS = 21

/** 64 identities that fill some nine tenths of the gap of 16 disks. */
function largeInputs(): PlanInputs {
  const base = planInputs()
  const { maxProvers: _limit, ...machine } = base.machine
  const disks = Array.from({ length: 16 }, (_, i) => ({
    id: `disk${i}`,
    label: `Disk ${i}`,
    detail: '',
    bytesPerSecond: (120 + i * 12) * 1e6,
    spread: 0.06,
  }))
  const identities = Array.from({ length: 64 }, (_, i) => {
    const disk = i % 16
    const numUnits = 10 + disk + ((i * 7) % 5)
    return aPlanIdentity(i, {
      id: i.toString(16).padStart(64, '0'),
      disk: `disk${disk}`,
      numUnits,
      totalBytes: numUnits * 2 ** 36,
      nonces: 128,
    })
  })
  return {
    ...base,
    at: base.gapOpensAt,
    disks,
    identities,
    machine: { ...machine, threads: 32, fastHashesPerSecond: 14_000, proverMemoryBytes: 44 * 2 ** 30 },
  }
}

/** Time of the processor: what else runs on the machine does not count. */
function timed(
  inputs: PlanInputs,
  options: { readonly gaps?: number } = {},
): { readonly ms: number; readonly gaps: number; readonly chance: number } {
  const from = process.cpuUsage()
  const { gaps, lostUnits, totalUnits } = planOf(inputs, options)
  const { user, system } = process.cpuUsage(from)
  return { ms: (user + system) / 1000, gaps, chance: 1 - lostUnits.gap / totalUnits }
}

const POLICIES: readonly (readonly [string, (scenario: GapScenario) => GapPolicy])[] = [
  ['all at once', () => allAtOnce],
  ['config order, N proofs of work at a time', configOrder],
  ['chains per disk', chainsPerDisk],
]

interface Tally {
  units: number
  ours: number
  worse: number
  better: number
  readonly others: number[]
}

function playEpochs(say: (line: string) => void): Tally {
  const tally: Tally = { units: 0, ours: 0, worse: 0, better: 0, others: POLICIES.map(() => 0) }
  for (let seed = 1; seed <= EPOCHS; seed += 1) {
    const scenario = gapScenario(seed)
    const ours = new GapWorld(scenario, planned(scenario)).play()
    const others = POLICIES.map(([, policy]) => new GapWorld(scenario, policy(scenario)).play())
    const best = Math.min(...others)
    tally.units += scenario.jobs.reduce((sum, job) => sum + job.units, 0)
    tally.ours += ours
    if (ours > best) tally.worse += 1
    if (ours < best) tally.better += 1
    if (ours > best && process.env['PLANNER_TRACE'] !== undefined)
      say(`seed ${seed} ${scenario.kind}: ${ours} lost, others ${others.join(', ')}; ${scenario.jobs.length} on ${scenario.disks.length}`)
    for (const [i, lost] of others.entries()) tally.others[i] = (tally.others[i] ?? 0) + lost
    if (seed % 1_000 === 0) say(`${seed} of ${EPOCHS}: ${tally.ours} lost, others ${tally.others.join(', ')}; worse in ${tally.worse}`)
  }
  return tally
}

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const large = largeInputs()
  for (let i = 0; i < 5; i += 1) timed(large)
  const plans = Array.from({ length: ROUNDS }, () => timed(large))
  const exact = timed(large, { gaps: 10_000 })
  const overloaded = withChanges(large, { slowerPercent: 35 })
  const hard = Array.from({ length: ROUNDS }, () => timed(overloaded))
  const tally = playEpochs(say)
  const best = Math.min(...tally.others)
  const share = (lost: number): number => (100 * lost) / tally.units
  return {
    figures: [
      below('plan of 64 identities on 16 disks, median', median(plans.map((one) => one.ms)), 'ms', 50),
      below('the same with disks a third slower: not all fit', median(hard.map((one) => one.ms)), 'ms', 50),
      { name: 'odds of it against 10,000 gaps, difference', value: 100 * Math.abs((plans[0]?.chance ?? 0) - exact.chance), unit: '%' },
      { name: 'Space Units lost by the plan', value: share(tally.ours), unit: '%' },
      ...POLICIES.map(([policy], i) => ({ name: `lost by ${policy}`, value: share(tally.others[i] ?? 0), unit: '%' })),
      atMost('lost by the plan, of the best other', best === 0 ? 1 : tally.ours / best, '×', 0.5),
      atMost('epochs in which the best other loses less', (100 * tally.worse) / EPOCHS, '%', 2),
      { name: 'epochs in which the plan loses less than all', value: (100 * tally.better) / EPOCHS, unit: '%' },
    ],
    notes: [
      `${EPOCHS} gaps by seed; ${plans[0]?.gaps ?? 0} gaps drawn for a plan of 64. The world of the bench is its own model. Times are those of the processor.`,
      loadNote(),
    ],
  }
}
