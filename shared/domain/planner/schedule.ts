import { Gap, MOST_PER_LANE, newResult, newWorks, type GapResult, type Order } from './gap.ts'
import type { Problem } from './jobs.ts'
import { bestOrder } from './order.ts'
import { meanWorks } from './works.ts'

/** What is to be done now, and what is expected. Times in ms from the problem's 0. */
export interface Schedule {
  /** Jobs that are to begin now. */
  readonly starts: readonly string[]
  /** Those that wait, next first, with their expected start; `Infinity` = none is seen. */
  readonly waiting: readonly { readonly id: string; readonly startMs: number; readonly endMs: number }[]
  /** When to look again at the latest although nothing ended, ms; `Infinity` = only when something does. */
  readonly wakeMs: number
}

function played(problem: Problem, order: Order): GapResult {
  const { jobs } = problem
  const works = newWorks(jobs.length)
  const out = newResult(jobs.length)
  meanWorks(problem, works)
  new Gap(problem, new Float64Array(jobs.length)).play(order, works, out)
  return out
}

/**
 * The same without what is expected of those that wait: an order is searched only when there is a choice.
 * @returns ids of jobs that begin now, and when to look again, ms from the problem's 0
 */
export function startsNow(problem: Problem): Pick<Schedule, 'starts' | 'wakeMs'> {
  const { jobs } = problem
  const waiting = jobs.flatMap((job, i) => (job.run === undefined && !job.isFree ? [i] : []))
  const all = jobs.map((_, i) => i)
  const begunWith = (perLane: number): GapResult => played(problem, { jobs: all, cut: all.length, perLane })
  const isBegun = (out: GapResult, i: number): boolean => (out.start[i] ?? 1) <= 0
  // Whoever does not fit in one order fits in none while nobody begins; and all that fit one to a disk need no order.
  const close = begunWith(MOST_PER_LANE)
  if (!waiting.some((i) => isBegun(close, i))) return { starts: [], wakeMs: close.wake }
  const apart = begunWith(1)
  if (waiting.every((i) => isBegun(apart, i))) return { starts: waiting.flatMap((i) => jobs[i]?.id ?? []), wakeMs: apart.wake }
  return scheduleOf(problem)
}

/**
 * Which proofs begin now, in the order that loses the fewest Space Units, and when the others will.
 * @param tries  how long is searched, in orders that are played
 */
export function scheduleOf(problem: Problem, tries?: number): Schedule {
  const { jobs } = problem
  const order = bestOrder(problem, tries)
  const out = played(problem, order)
  const starts: string[] = []
  const waiting: { readonly id: string; readonly startMs: number; readonly endMs: number }[] = []
  for (const i of order.jobs) {
    const job = jobs[i]
    if (job === undefined || job.run !== undefined || job.isFree) continue
    const startMs = out.start[i] ?? Number.POSITIVE_INFINITY
    if (startMs <= 0) starts.push(job.id)
    else waiting.push({ id: job.id, startMs, endMs: out.end[i] ?? Number.POSITIVE_INFINITY })
  }
  return { starts, waiting: waiting.sort((a, b) => a.startMs - b.startMs), wakeMs: out.wake }
}
