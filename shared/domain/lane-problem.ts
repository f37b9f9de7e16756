import type { UnixMs } from './ids.ts'
import { problemOf, type Job, type JobRun, type PlanIdentity, type PlanInputs, type Problem } from './planner/index.ts'
import type { View } from './view.ts'

/** What this computer can do at once, as the schedule counts with it. */
export interface MachineLimits {
  /** Threads of the processor. */
  readonly threads: number
  /** Memory for provers, bytes; `Infinity` = it is not what limits. */
  readonly proverMemoryBytes: number
  readonly fastHashesPerSecond?: number
  readonly lightHashesPerSecond?: number
  readonly labelSpeeds?: PlanInputs['machine']['labelSpeeds']
  /** lane → sequential reading, bytes/s, where it was measured. */
  readonly laneSpeeds?: ReadonlyMap<string, number>
}

/** While nobody said what the computer is: disks alone limit. */
const ANY_MACHINE: MachineLimits = { threads: 1_000, proverMemoryBytes: Number.POSITIVE_INFINITY }
/** Size that an identity is given whose folder nobody has looked at yet, Space Units: the smallest on mainnet. */
const ASSUMED_UNITS = 4
const SPREAD = 0.08

interface Lane {
  readonly view: View
  readonly lane: string
}

/** The speed of a disk: as tested, else the best that one of its identities was seen to read with. */
function laneSpeed(lane: string, members: readonly Lane[], limits: MachineLimits): number | undefined {
  const tested = limits.laneSpeeds?.get(lane)
  const seen = members.filter((one) => one.lane === lane).flatMap(({ view }) => view.belief.lastSpeed ?? [])
  const best = seen.length === 0 ? undefined : Math.max(...seen)
  return tested === undefined ? best : Math.max(tested, best ?? 0)
}

function identityOf({ view: v, lane }: Lane): PlanIdentity {
  const unitBytes = v.net.post.labelsPerUnit * 16
  const totalBytes = v.totalBytes ?? ASSUMED_UNITS * unitBytes
  const { lastSpeed, lastPowMs, lastPreparingMs } = v.belief
  return {
    id: v.id,
    name: v.name,
    colour: 0,
    disk: lane,
    numUnits: Math.max(1, Math.round(totalBytes / unitBytes)),
    totalBytes,
    nonces: v.service?.nonces ?? 128,
    threads: v.service?.threads ?? v.service?.pinnedCores?.length ?? 0,
    randomx: v.service?.randomx ?? 'fast',
    ...(lastSpeed === undefined ? {} : { lastBytesPerSecond: lastSpeed }),
    ...(lastPowMs === undefined ? {} : { lastPowMs }),
    ...(lastPreparingMs === undefined ? {} : { lastPreparingMs }),
  }
}

/** Where a proof stands; a service that is up and was asked has not begun to tell. */
function runOf(v: View, job: Job): JobRun {
  const { run } = v.belief
  const { preparingMs, powMs } = job.costs
  if (v.operator?.is === 'done') return { stage: 'reading', restMs: 0, readShare: 0.99, pass: run?.pass ?? 1 }
  if (run === undefined) return { stage: 'preparing', restMs: preparingMs, readShare: 0, pass: 1 }
  const left = (whole: number): number => Math.max(whole - Math.max(0, v.now - run.phaseSince), whole / 10)
  if (run.phase === 'preparing') return { stage: 'preparing', restMs: left(preparingMs), readShare: 0, pass: run.pass }
  if (run.phase === 'pow') return { stage: 'pow', restMs: left(powMs), readShare: 0, pass: run.pass }
  const share = v.totalBytes === undefined ? 0.5 : run.positionBytes / v.totalBytes
  return { stage: 'reading', restMs: 0, readShare: Math.min(0.99, Math.max(0, share)), pass: run.pass }
}

/**
 * The planner's problem at `now`: who waits for a turn and who is at it, each with its own deadlines. Measures of earlier
 * proofs first, tests of the machine next, else assumptions.
 */
export function laneProblem(waiting: readonly Lane[], busy: readonly Lane[], now: UnixMs, limits: MachineLimits = ANY_MACHINE): Problem {
  const [first] = [...waiting, ...busy]
  const all = [...waiting, ...busy]
  const { post } = first?.view.net ?? { post: { labelsPerUnit: 1, k1: 1, k2: 1, powDifficulty: '' } }
  const maxProvers = first?.view.setup.machine.maxProvers ?? undefined
  const lanes = [...new Set(all.map(({ lane }) => lane))]
  const problem = problemOf({
    at: now,
    gapOpensAt: now,
    gapClosesAt: now,
    publishEndsAt: now,
    unitBytes: post.labelsPerUnit * 16,
    post,
    disks: lanes.map((id) => {
      const bytesPerSecond = laneSpeed(id, all, limits)
      return { id, label: id, detail: '', spread: SPREAD, ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }) }
    }),
    identities: all.map(identityOf),
    machine: {
      threads: limits.threads,
      proverMemoryBytes: limits.proverMemoryBytes,
      labelSpeeds: limits.labelSpeeds ?? [],
      ...(maxProvers === undefined ? {} : { maxProvers }),
      ...(limits.fastHashesPerSecond === undefined ? {} : { fastHashesPerSecond: limits.fastHashesPerSecond }),
      ...(limits.lightHashesPerSecond === undefined ? {} : { lightHashesPerSecond: limits.lightHashesPerSecond }),
    },
  })
  const jobs = problem.jobs.map((job, i): Job => {
    const view = all[i]?.view
    if (view === undefined) return job
    const ends = { gapEndMs: view.due.gapEnd - now, publishEndMs: (view.due.publishEnd ?? view.due.gapEnd) - now }
    return { ...job, ...ends, ...(i >= waiting.length ? { run: runOf(view, job) } : {}) }
  })
  return { jobs, capacity: problem.capacity }
}
