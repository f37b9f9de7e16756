import { problemOf, startsNow, type Job, type PlanInputs, type Problem } from '../../../shared/domain/planner/index.ts'
import { HASHES_PER_GROUP_UNIT, PROVER_BYTES, UNIT_BYTES, type GapScenario } from './gap-scenario.ts'
import type { GapPolicy, Sight } from './gap-world.ts'

const isAlive = (sight: Sight): boolean => sight.phase !== 'waiting' && sight.phase !== 'done'
const readyOf = (sights: readonly Sight[]): number[] => sights.flatMap((sight, i) => (sight.isReady ? [i] : []))

/** All services run at all times: each begins when the node asks. */
export const allAtOnce: GapPolicy = (_now, sights) => ({ starts: readyOf(sights) })

/** As the config names them, so many proofs of work at a time as memory has room for, four at most. */
export function configOrder({ memoryBytes }: GapScenario): GapPolicy {
  const most = Math.max(1, Math.min(4, Math.floor(memoryBytes / PROVER_BYTES)))
  return (_now, sights) => {
    const busy = sights.filter((sight) => sight.phase === 'preparing' || sight.phase === 'pow').length
    return { starts: readyOf(sights).slice(0, Math.max(0, most - busy)) }
  }
}

/** On each disk one after the other, as the config names them. */
export function chainsPerDisk({ jobs, disks }: GapScenario): GapPolicy {
  return (_now, sights) => ({
    starts: disks.flatMap((_, disk) => {
      const isBusy = sights.some((sight, i) => jobs[i]?.disk === disk && isAlive(sight))
      const next = readyOf(sights).find((i) => jobs[i]?.disk === disk)
      return isBusy || next === undefined ? [] : [next]
    }),
  })
}

/** What the planner is told: sizes and settings, tests of some days before, no truth of this gap. */
function inputsOf(scenario: GapScenario): PlanInputs {
  const { disks, jobs, threads, hashesPerSecond, labelCost, memoryBytes, gapMs } = scenario
  const difficulty = BigInt(Math.round(2 ** 52 / HASHES_PER_GROUP_UNIT)) << 204n
  return {
    at: 0,
    gapOpensAt: 0,
    gapClosesAt: gapMs,
    publishEndsAt: 10 * gapMs,
    unitBytes: UNIT_BYTES,
    post: { k1: 26, k2: 37, powDifficulty: difficulty.toString(16).padStart(64, '0') },
    disks: disks.map((disk, i) => ({ id: `disk${i}`, label: `disk${i}`, detail: '', bytesPerSecond: disk.measured, spread: 0.08 })),
    identities: jobs.map((job, i) => ({
      id: String(i).padStart(4, '0'),
      name: String(i),
      colour: 0,
      disk: `disk${job.disk}`,
      numUnits: job.units,
      totalBytes: job.bytes,
      nonces: job.nonces,
      threads: job.threads,
      randomx: 'fast',
    })),
    machine: {
      threads,
      proverMemoryBytes: memoryBytes,
      fastHashesPerSecond: hashesPerSecond,
      labelSpeeds: [128, 288].map((nonces) => ({
        nonces,
        threads,
        bytesPerSecond: (threads * 2 ** 30) / (labelCost.base + labelCost.perNonce * nonces),
      })),
    },
  }
}

/** A job as it stands, with the speed that was seen of its disk. */
function jobNow(job: Job, sight: Sight, now: number, pace: number): Job {
  const costs = { ...job.costs, passMs: job.costs.passMs / pace, bytesPerSecond: job.costs.bytesPerSecond * pace }
  const base = { ...job, costs, gapEndMs: job.gapEndMs - now, publishEndMs: job.publishEndMs - now }
  if (!isAlive(sight)) return base
  const sinceMs = now - sight.phaseSinceMs
  const left = (whole: number): number => Math.max(whole - sinceMs, whole / 10)
  const { phase, pass, readShare } = sight
  if (phase === 'preparing') return { ...base, run: { stage: 'preparing', restMs: left(costs.preparingMs), readShare: 0, pass } }
  if (phase === 'pow') return { ...base, run: { stage: 'pow', restMs: left(costs.powMs), readShare: 0, pass } }
  return { ...base, run: { stage: 'reading', restMs: 0, readShare: Math.min(0.99, readShare), pass } }
}

/** The product's own scheduler, told of everything that happens. */
export function planned(scenario: GapScenario): GapPolicy {
  const problem = problemOf(inputsOf(scenario))
  const paces = scenario.disks.map(() => 1)
  return (now, sights) => {
    for (const [i, sight] of sights.entries()) {
      const job = problem.jobs[i]
      if (sight.bytesPerSecond !== undefined && job !== undefined)
        paces[job.lane] = Math.min(1.3, Math.max(0.1, sight.bytesPerSecond / job.costs.bytesPerSecond))
    }
    if (!sights.some((sight) => sight.isReady)) return { starts: [] }
    const jobs = problem.jobs.flatMap((job, i) => {
      const sight = sights[i]
      if (sight === undefined || sight.phase === 'done' || !(sight.isReady || isAlive(sight))) return []
      return [jobNow(job, sight, now, paces[job.lane] ?? 1)]
    })
    const schedule = startsNow({ jobs, capacity: problem.capacity } satisfies Problem)
    return { starts: schedule.starts.map(Number), ...(Number.isFinite(schedule.wakeMs) ? { wakeMs: now + schedule.wakeMs } : {}) }
  }
}
