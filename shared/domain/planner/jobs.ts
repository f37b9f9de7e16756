import { costsOf, passOdds, type PassOdds, type ProofCosts } from './costs.ts'
import type { PlanInputs } from './types.ts'

/** What runs of a proof already. */
export interface JobRun {
  readonly stage: 'preparing' | 'pow' | 'reading'
  /** Expected rest of preparing or of this pass's proof of work, ms. */
  readonly restMs: number
  /** Share of the data that this pass has read, 0..1. */
  readonly readShare: number
  /** 1 for the first pass. */
  readonly pass: number
}

/** One proof to be made. Times in ms from the plan's own 0. */
export interface Job {
  readonly id: string
  /** Number of its disk. */
  readonly lane: number
  readonly units: number
  readonly costs: ProofCosts
  readonly odds: PassOdds
  /** Relative deviation of its reading from what is expected. */
  readonly spread: number
  readonly gapEndMs: number
  readonly publishEndMs: number
  /** Share of its disk that it takes while it reads, 0..1: less than 1 when the processor holds it back. */
  readonly laneShare: number
  /** It may not begin before: the PoET round ends then. */
  readonly readyMs: number
  /** Begins by itself as soon as it can: a service that is always connected, or not ours. */
  readonly isFree: boolean
  readonly run?: JobRun
}

/** What all share. */
export interface Capacity {
  readonly lanes: number
  readonly threads: number
  /** For provers; `Infinity` = unknown. */
  readonly memoryBytes: number
  readonly maxProvers: number
}

export interface Problem {
  readonly jobs: readonly Job[]
  readonly capacity: Capacity
}

const SPREAD_UNMEASURED = 0.15

/** The planner's problem from what is known, from the gap's opening on, or from `inputs.at` when it is open. */
export function problemOf(inputs: PlanInputs): Problem {
  const zero = Math.max(inputs.at, inputs.gapOpensAt)
  const laneIds = [...new Set([...inputs.disks.map((disk) => disk.id), ...inputs.identities.map((one) => one.disk)])]
  const jobs = inputs.identities.map((one): Job => {
    const disk = inputs.disks.find(({ id }) => id === one.disk)
    const costs = costsOf(inputs, one, disk)
    return {
      id: one.id,
      lane: laneIds.indexOf(one.disk),
      units: one.numUnits,
      costs,
      odds: passOdds(inputs.post, one.nonces),
      spread:
        disk === undefined || (disk.bytesPerSecond === undefined && one.lastBytesPerSecond === undefined) ? SPREAD_UNMEASURED : disk.spread,
      gapEndMs: inputs.gapClosesAt - zero,
      publishEndMs: inputs.publishEndsAt - zero,
      laneShare: disk?.bytesPerSecond === undefined ? 1 : Math.min(1, costs.bytesPerSecond / disk.bytesPerSecond),
      readyMs: 0,
      isFree: false,
      ...(one.startedAt === undefined || one.startedAt >= zero ? {} : { run: runSince(costs, zero - one.startedAt) }),
    }
  })
  const { machine } = inputs
  return {
    jobs,
    capacity: {
      lanes: Math.max(1, laneIds.length),
      threads: Math.max(1, machine.threads),
      memoryBytes: machine.proverMemoryBytes,
      maxProvers: machine.maxProvers ?? Number.POSITIVE_INFINITY,
    },
  }
}

/** Where a proof that began so long ago stands, as far as time alone tells. */
export function runSince(costs: ProofCosts, sinceMs: number): JobRun {
  const { preparingMs, powMs, passMs } = costs
  if (sinceMs < preparingMs) return { stage: 'preparing', restMs: preparingMs - sinceMs, readShare: 0, pass: 1 }
  const rest = (sinceMs - preparingMs) % (powMs + passMs)
  const pass = 1 + Math.floor((sinceMs - preparingMs) / (powMs + passMs))
  if (rest < powMs) return { stage: 'pow', restMs: powMs - rest, readShare: 0, pass }
  return { stage: 'reading', restMs: 0, readShare: Math.min(0.99, (rest - powMs) / passMs), pass }
}

/** Expected further passes that find nothing, before the one that does. */
export const expectedFails = (chance: number): number => (chance > 0 ? Math.min(24, (1 - chance) / chance) : 24)

/** Chance that a pass fails that has read `share` without a proof. */
export function failsFrom(odds: PassOdds, share: number): number {
  const before = odds.by[Math.floor(share * 64)] ?? 0
  return before >= 1 ? 0 : (1 - odds.chance) / (1 - before)
}

/** Expected share that is still read of a pass that has read `share`, when it finds the proof. */
export function restShare(odds: PassOdds, share: number): number {
  const first = Math.floor(share * 64)
  const span = odds.chance - (odds.by[first] ?? 0)
  if (span <= 0) return 0.5 * (1 - share)
  let mean = 0
  for (let step = first + 1; step <= 64; step += 1) {
    mean += (((odds.by[step] ?? 0) - (odds.by[step - 1] ?? 0)) / span) * Math.max(0, (step - 0.5) / 64 - share)
  }
  return mean
}
