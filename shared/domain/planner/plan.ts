import type { UnixMs } from '../ids.ts'
import { assumptionsOf } from './costs.ts'
import { Gap, isReading, newResult, newWorks, type Order } from './gap.ts'
import { problemOf, type Job, type Problem } from './jobs.ts'
import { bestOrder } from './order.ts'
import { diceOf } from './random.ts'
import type { PlanBand, PlanInputs, PlanLane, PlanOptions, PlanOutcome, PlanProof, PlanSegment } from './types.ts'
import { drawWorks, meanWorks } from './works.ts'

const SEED = 20_231
/** Stages that are played in all unless said otherwise: the more identities, the more each gap costs and the fewer are drawn. */
const EFFORT = 1_000_000
const FEWEST_GAPS = 250
const MOST_GAPS = 10_000
/** The gap is cut into so many bins; half as many more follow it. */
const GAP_BINS = 48
const BINS = 72

interface Drawn {
  /** Ends of each job, sorted, ms. */
  readonly ends: readonly Float64Array[]
  /** End of the last proof of each gap, sorted, ms. */
  readonly last: Float64Array
  readonly inGap: Float64Array
  readonly inPublish: Float64Array
  readonly allInGap: number
  readonly allInPublish: number
}

function drawGaps(problem: Problem, order: Order, gaps: number, seed: number): Drawn {
  const { jobs, capacity } = problem
  const gap = new Gap(problem, new Float64Array(jobs.length))
  const works = newWorks(jobs.length)
  const out = newResult(jobs.length)
  const lanes = new Float64Array(capacity.lanes)
  const dice = diceOf(seed)
  const ends = jobs.map(() => new Float64Array(gaps))
  const last = new Float64Array(gaps)
  const inGap = new Float64Array(jobs.length)
  const inPublish = new Float64Array(jobs.length)
  let allInGap = 0
  let allInPublish = 0
  for (let n = 0; n < gaps; n += 1) {
    drawWorks(problem, dice, works, lanes)
    gap.play(order, works, out)
    let latest = 0
    let missedGap = 0
    let missedPublish = 0
    for (let i = 0; i < jobs.length; i += 1) {
      const end = out.end[i] ?? Number.POSITIVE_INFINITY
      const job = jobs[i]
      const line = ends[i]
      if (job === undefined || line === undefined) continue
      line[n] = end
      if (end > latest) latest = end
      if (end <= job.gapEndMs) inGap[i] = (inGap[i] ?? 0) + 1
      else missedGap += 1
      if (end <= job.publishEndMs) inPublish[i] = (inPublish[i] ?? 0) + 1
      else missedPublish += 1
    }
    last[n] = latest
    if (missedGap === 0) allInGap += 1
    if (missedPublish === 0) allInPublish += 1
  }
  for (const line of [...ends, last]) line.sort()
  return { ends, last, inGap, inPublish, allInGap, allInPublish }
}

const stageName = (stage: number): PlanSegment['is'] => (stage === 0 ? 'preparing' : isReading(stage) ? 'reading' : 'pow')

interface Typical {
  readonly lanes: PlanLane[]
  readonly start: Float64Array
  readonly end: Float64Array
  readonly most: number
}

function typicalGap(problem: Problem, order: Order, disks: readonly string[], zero: UnixMs): Typical {
  const { jobs } = problem
  const works = newWorks(jobs.length)
  const out = newResult(jobs.length)
  meanWorks(problem, works)
  const segments: PlanSegment[][] = disks.map(() => [])
  new Gap(problem, new Float64Array(jobs.length)).play(order, works, out, (i, stage, from, to) => {
    const job = jobs[i]
    if (job === undefined || to <= from) return
    const pass = (job.run?.pass ?? 1) + (stage > 2 ? 1 : 0)
    segments[job.lane]?.push({ identity: job.id, is: stageName(stage), pass, from: Math.round(zero + from), to: Math.round(zero + to) })
  })
  const lanes = disks.map((disk, lane) => ({ disk, segments: (segments[lane] ?? []).sort((a, b) => a.from - b.from) }))
  return { lanes, start: out.start, end: out.end, most: out.most }
}

/** Reads quantiles off sorted ends; what never ends is put far behind the publish end. */
function bandOf(sorted: Float64Array, zero: UnixMs, never: number): PlanBand {
  const at = (share: number): UnixMs => {
    const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))
    return Math.round(zero + Math.min(sorted[index] ?? never, never))
  }
  return { p5: at(0.05), p50: at(0.5), p95: at(0.95) }
}

function histogramOf(last: Float64Array, zero: UnixMs, inputs: PlanInputs): PlanOutcome['histogram'] {
  const from = inputs.gapOpensAt
  const binMs = Math.max(1, (inputs.gapClosesAt - from) / GAP_BINS)
  const counts = Array.from({ length: BINS }, () => 0)
  for (const end of last) {
    const bin = Math.max(0, Math.min(BINS - 1, Math.ceil((zero + end - from) / binMs) - 1))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { from, binMs, counts }
}

/** Places by expected start; equal starts stand in the order of the plan. */
function placesOf(order: Order, jobs: readonly Job[], start: Float64Array): Int32Array {
  const running = jobs.flatMap((job, i) => (job.run !== undefined || job.isFree ? [i] : []))
  const all = [...running, ...order.jobs.filter((i) => !running.includes(i))]
  const rank = new Map(all.map((i, at) => [i, at]))
  const places = new Int32Array(jobs.length)
  all
    .sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0) || (rank.get(a) ?? 0) - (rank.get(b) ?? 0))
    .forEach((i, at) => {
      places[i] = at + 1
    })
  return places
}

/** Gaps that are drawn for so many identities: fewer the more there are, so that a plan takes tens of milliseconds. */
export const gapsFor = (identities: number): number =>
  Math.max(FEWEST_GAPS, Math.min(MOST_GAPS, Math.floor(EFFORT / Math.max(1, identities * identities))))

/**
 * What can be proved in one gap: the order of starts, odds and finish times, from `inputs.at` on when the gap is open, else
 * from its opening. Pure: the same inputs and seed give the same answer. Times are Unix ms.
 * @source design.md §4, Scheduling; facts/postcli-and-profiler.md §7
 */
export function planOf(inputs: PlanInputs, options: PlanOptions = {}): PlanOutcome {
  const problem = problemOf(inputs)
  const { jobs, capacity } = problem
  const zero = Math.max(inputs.at, inputs.gapOpensAt)
  const gaps = Math.max(1, options.gaps ?? gapsFor(jobs.length))
  const order = bestOrder(problem)
  const drawn = drawGaps(problem, order, gaps, options.seed ?? SEED)
  const disks = [...new Set([...inputs.disks.map((disk) => disk.id), ...inputs.identities.map((one) => one.disk)])]
  const typical = typicalGap(problem, order, disks, zero)
  const places = placesOf(order, jobs, typical.start)
  const never = 2 * Math.max(1, inputs.publishEndsAt - inputs.gapOpensAt)
  const atMs = (ms: number | undefined): UnixMs => Math.round(zero + Math.min(ms ?? never, never))
  const shareOf = (count: number | undefined): number => (count ?? 0) / gaps
  const identities = jobs.map((job, i): PlanProof => ({
    identity: job.id,
    disk: disks[job.lane] ?? '',
    place: places[i] ?? 0,
    start: inputs.identities[i]?.startedAt ?? atMs(typical.start[i]),
    end: atMs(typical.end[i]),
    chance: shareOf(drawn.inGap[i]),
    publishChance: shareOf(drawn.inPublish[i]),
    finish: bandOf(drawn.ends[i] ?? new Float64Array(), zero, never),
    passChance: job.odds.chance,
    preparingMs: job.costs.preparingMs,
    powMs: job.costs.powMs,
    passMs: job.costs.passMs,
    bytesPerSecond: job.costs.bytesPerSecond,
    limitedBy: job.costs.limitedBy,
    memoryBytes: job.costs.memoryBytes,
  }))
  const lost = (chanceOf: (proof: PlanProof) => number): number =>
    identities.reduce((sum, proof, i) => sum + (jobs[i]?.units ?? 0) * (1 - chanceOf(proof)), 0)
  const largest = Math.max(1, ...jobs.map((job) => job.costs.memoryBytes))
  return {
    gaps,
    chance: drawn.allInGap / gaps,
    publishChance: drawn.allInPublish / gaps,
    identities,
    last: bandOf(drawn.last, zero, never),
    histogram: histogramOf(drawn.last, zero, inputs),
    lanes: typical.lanes,
    lostUnits: { gap: lost((proof) => proof.chance), publish: lost((proof) => proof.publishChance) },
    totalUnits: jobs.reduce((sum, job) => sum + job.units, 0),
    provers: {
      most: typical.most,
      allowed: Math.max(1, Math.min(capacity.maxProvers, Math.floor(capacity.memoryBytes / largest))),
    },
    assumed: assumptionsOf(inputs),
  }
}
