import { MOST_PASSES, STAGES, type Works } from './gap.ts'
import { expectedFails, failsFrom, restShare, type Job, type Problem } from './jobs.ts'
import type { Dice } from './random.ts'

const STEPS = 64
/** Further passes that are shown on their own in the typical gap when they take at least this share of one. */
const SHOWN_FAILS = 0.05
/** What of a disk's spread is the disk's own and hits all its identities, and what is of each proof. Squares add up to 1. */
export const OF_LANE = 0.8
const OF_PROOF = 0.6
const PREPARING_SPREAD = 0.1

/** Expected passes that fail, before the one that finds the proof, of a job as it stands. */
function failsOf({ odds, run }: Job): number {
  const fresh = expectedFails(odds.chance)
  return run?.stage === 'reading' ? failsFrom(odds, run.readShare) * (1 + fresh) : fresh
}

/** Mean and variance of what a proof takes from its present stage on, with the machine for itself, ms and ms². */
export function momentsOf(job: Job): {
  readonly meanMs: number
  readonly readMs: number
  readonly fails: number
  readonly variance: number
} {
  const { costs, odds, run, spread } = job
  const fails = failsOf(job)
  const share = run?.stage === 'reading' ? restShare(odds, run.readShare) : odds.meanShare
  const first =
    run === undefined
      ? costs.preparingMs + costs.powMs
      : run.stage === 'preparing'
        ? run.restMs + costs.powMs
        : run.stage === 'pow'
          ? run.restMs
          : 0
  const readMs = (share + fails) * costs.passMs
  const again = costs.powMs + costs.passMs
  const variance =
    (run?.stage === 'reading' ? 0 : costs.powMs ** 2 / costs.groups) +
    (spread * readMs) ** 2 +
    odds.varianceShare * costs.passMs ** 2 +
    fails * (1 + fails) * again ** 2
  return { meanMs: first + readMs + fails * costs.powMs, readMs, fails, variance }
}

/** Fills in a gap in which everything takes its mean time. */
export function meanWorks({ jobs }: Problem, works: Works): void {
  for (const [i, job] of jobs.entries()) {
    const { costs, odds, run } = job
    const at = i * STAGES
    const fails = failsOf(job)
    const share = run?.stage === 'reading' ? restShare(odds, run.readShare) : odds.meanShare
    const shown = fails >= SHOWN_FAILS ? fails : 0
    works.first[i] = run === undefined || run.stage === 'preparing' ? 0 : run.stage === 'pow' ? 1 : 2
    works.last[i] = shown > 0 ? 4 : 2
    works.never[i] = 0
    works.work[at] = run?.stage === 'preparing' ? run.restMs : costs.preparingMs
    works.work[at + 1] = run?.stage === 'pow' ? run.restMs : costs.powMs
    works.work[at + 2] = Math.max(1, (share + fails - shown) * costs.passMs)
    works.work[at + 3] = shown * costs.powMs
    works.work[at + 4] = shown * costs.passMs
  }
}

/** Share of the data at which the pass that succeeds ends, when `before` of it was read without a proof. */
function drawShare(job: Job, before: number, dice: Dice): number {
  const { by, chance } = job.odds
  const from = by[Math.floor(before * STEPS)] ?? 0
  const wanted = from + dice.next() * (chance - from)
  let low = 0
  let high = STEPS
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((by[middle] ?? 0) <= wanted) low = middle
    else high = middle
  }
  const [a, b] = [by[low] ?? 0, by[high] ?? 1]
  return Math.max(before, (low + (b > a ? (wanted - a) / (b - a) : 0.5)) / STEPS)
}

interface Drawing {
  readonly dice: Dice
  readonly works: Works
  /** How far the job's disk is off, in deviations. */
  readonly laneDeviation: number
}

/** Fills in one job of a drawn gap. */
function drawJob(job: Job, i: number, { dice, works, laneDeviation }: Drawing): void {
  const { costs, odds, run, spread } = job
  const at = i * STAGES
  const pace = Math.max(0.25, 1 + spread * (OF_LANE * laneDeviation + OF_PROOF * dice.normal()))
  const passMs = costs.passMs / pace
  works.work[at] = run?.stage === 'preparing' ? run.restMs : costs.preparingMs * Math.max(0.5, 1 + PREPARING_SPREAD * dice.normal())
  works.work[at + 1] = (run?.stage === 'pow' ? run.restMs : costs.powMs) * dice.waiting(costs.groups)
  works.first[i] = run === undefined || run.stage === 'preparing' ? 0 : run.stage === 'pow' ? 1 : 2
  works.never[i] = 0
  const most = Math.min(MOST_PASSES, Math.max(1, costs.mostPasses - (run?.pass ?? 1) + 1))
  let before = run?.stage === 'reading' ? run.readShare : 0
  let fails = before > 0 ? failsFrom(odds, before) : 1 - odds.chance
  let stage = 2
  for (let pass = 1; ; pass += 1) {
    if (dice.next() >= fails) {
      works.work[at + stage] = Math.max(1, (drawShare(job, before, dice) - before) * passMs)
      break
    }
    works.work[at + stage] = (1 - before) * passMs
    if (pass >= most) {
      works.never[i] = 1
      break
    }
    works.work[at + stage + 1] = costs.powMs * dice.waiting(costs.groups)
    before = 0
    fails = 1 - odds.chance
    stage += 2
  }
  works.last[i] = stage
}

/** Fills in a gap as chance has it. */
export function drawWorks({ jobs, capacity }: Problem, dice: Dice, works: Works, lanes: Float64Array): void {
  for (let lane = 0; lane < capacity.lanes; lane += 1) lanes[lane] = dice.normal()
  for (let i = 0; i < jobs.length; i += 1) {
    const job = jobs[i]
    if (job !== undefined) drawJob(job, i, { dice, works, laneDeviation: lanes[job.lane] ?? 0 })
  }
}
