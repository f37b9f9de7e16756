import { Gap, MOST_PER_LANE, newResult, newWorks, type GapResult, type Order } from './gap.ts'
import type { Job, Problem } from './jobs.ts'
import { normalBelow } from './random.ts'
import { meanWorks, momentsOf, OF_LANE } from './works.ts'

/** Orders that are tried at most, unless said otherwise: fewer the more identities there are. */
const triesFor = (jobs: number): number => Math.max(40, Math.min(240, Math.floor(8_000 / Math.max(1, jobs))))
/** Fewer Space Units lost than this share of all is no reason to change an order. */
const HARDLY = 1e-4
/** What nobody foresees takes time too: being done well before the end is worth something, less than being done at all. */
const RESERVES: readonly { readonly share: number; readonly weight: number }[] = [
  { share: 0.75, weight: 0.05 },
  { share: 0.5, weight: 0.01 },
]
/** Proofs on one disk at once that are tried where one after the other loses something. */
const OVERLAPS = [2, MOST_PER_LANE]
/** Share of all Space Units that it has to save: readers beside each other slow a disk more than the mean tells. */
const OVERLAP_GAIN = 0.05
/** Below it a proof is as good as lost: it goes last. */
const HOPELESS = 0.02

interface Loss {
  /** What is to be small: Space Units without a proof by the gap end, then identities, then by the publish end. */
  readonly value: number
  /** Chance of each job to be late for the gap end. */
  readonly late: Float64Array
}

interface Trial {
  readonly order: Order
  readonly loss: Loss
}

/** Plays orders in a gap of mean times and weighs what may be lost. */
class Scale {
  readonly #problem: Problem
  readonly #gap: Gap
  readonly #works
  readonly #out: GapResult
  readonly #fails: Float64Array
  /** What each job's reading is off when its disk is off by one deviation, ms. */
  readonly #laneMs: Float64Array
  readonly #units: number
  tries = 0

  constructor(problem: Problem) {
    const count = problem.jobs.length
    const moments = problem.jobs.map((job) => momentsOf(job))
    this.#problem = problem
    this.#gap = new Gap(
      problem,
      Float64Array.from(moments, (one) => one.variance),
    )
    this.#works = newWorks(count)
    this.#out = newResult(count)
    this.#fails = Float64Array.from(moments, (one) => one.fails)
    this.#laneMs = Float64Array.from(problem.jobs, (job, i) => OF_LANE * job.spread * (moments[i]?.readMs ?? 0))
    this.#units = problem.jobs.reduce((sum, job) => sum + job.units, 0)
    meanWorks(problem, this.#works)
  }

  get units(): number {
    return this.#units
  }

  weigh(order: Order): Trial {
    this.tries += 1
    this.#gap.play(order, this.#works, this.#out)
    const { jobs } = this.#problem
    const late = new Float64Array(jobs.length)
    let value = 0
    this.#addLaneVariance()
    for (const [i, job] of jobs.entries()) {
      const gap = this.#lateChance(i, job, job.gapEndMs)
      const publish = this.#lateChance(i, job, job.publishEndMs)
      const end = Math.min(1, (this.#out.end[i] ?? Number.POSITIVE_INFINITY) / Math.max(1, 4 * job.publishEndMs))
      late[i] = gap
      for (const { share, weight } of RESERVES) value += weight * job.units * this.#lateChance(i, job, share * job.gapEndMs)
      value += job.units * gap + 1e-3 * gap + 1e-4 * job.units * publish + 1e-6 * end * job.units
    }
    return { order, loss: { value, late } }
  }

  /** A disk that is slower than measured is so for all its proofs: what each is off adds up along the disk. */
  #addLaneVariance(): void {
    const { jobs } = this.#problem
    const { end, variance } = this.#out
    for (const [i, job] of jobs.entries()) {
      let sum = 0
      let squares = 0
      for (const [k, other] of jobs.entries()) {
        if (other.lane !== job.lane || (end[k] ?? 0) > (end[i] ?? 0)) continue
        const ms = this.#laneMs[k] ?? 0
        sum += ms
        squares += ms * ms
      }
      variance[i] = (variance[i] ?? 0) + sum * sum - squares
    }
  }

  /** Chance that the proof is not there at `limit`: a mixture over the passes that may fail. */
  #lateChance(i: number, job: Job, limit: number): number {
    const end = this.#out.end[i] ?? Number.POSITIVE_INFINITY
    if (!Number.isFinite(end)) return 1
    const { costs } = job
    const again = costs.powMs + costs.passMs
    const fails = this.#fails[i] ?? 0
    const first = end - fails * again
    const ownFails = fails * (1 + fails) * again ** 2
    const deviation = Math.sqrt(Math.max(1, (this.#out.variance[i] ?? 0) - ownFails))
    const failChance = fails / (1 + fails)
    let reached = 1
    let inTime = 0
    for (let pass = 0; pass < 6 && reached > 1e-4; pass += 1) {
      inTime += reached * (1 - failChance) * normalBelow((limit - first - pass * again) / deviation)
      reached *= failChance
    }
    return Math.max(0, 1 - inTime)
  }
}

const ascending =
  (key: (job: Job) => number, jobs: readonly Job[]) =>
  (a: number, b: number): number => {
    const [first, second] = [jobs[a], jobs[b]]
    if (first === undefined || second === undefined) return 0
    return key(first) - key(second) || (first.id < second.id ? -1 : 1)
  }

/** The lane with most left to do gives the next job. */
function byLoad(
  jobs: readonly Job[],
  means: readonly number[],
  within: (a: number, b: number) => number,
  all: readonly number[],
): number[] {
  const lanes = new Map<number, number[]>()
  const load = new Map<number, number>()
  for (const i of all) {
    const lane = jobs[i]?.lane ?? 0
    lanes.set(lane, [...(lanes.get(lane) ?? []), i])
    load.set(lane, (load.get(lane) ?? 0) + (means[i] ?? 0))
  }
  for (const line of lanes.values()) line.sort(within)
  const order: number[] = []
  while (order.length < all.length) {
    let next = -1
    for (const [lane, line] of lanes) if (line.length > 0 && (next < 0 || (load.get(lane) ?? 0) > (load.get(next) ?? 0))) next = lane
    const i = lanes.get(next)?.shift()
    if (i === undefined) break
    load.set(next, (load.get(next) ?? 0) - (means[i] ?? 0))
    order.push(i)
  }
  return order
}

/** One of each lane, then the next of each: no disk waits for long. */
function inRounds(jobs: readonly Job[], within: (a: number, b: number) => number, all: readonly number[]): number[] {
  const seen = new Map<number, number>()
  const sorted = [...all].sort(within)
  const round = new Map(
    sorted.map((i) => {
      const lane = jobs[i]?.lane ?? 0
      const place = seen.get(lane) ?? 0
      seen.set(lane, place + 1)
      return [i, place]
    }),
  )
  return sorted.sort((a, b) => (round.get(a) ?? 0) - (round.get(b) ?? 0) || within(a, b))
}

/** Starting points of the search: by deadline and size in several ways. */
function firstOrders({ jobs }: Problem): readonly number[][] {
  const all = jobs.map((_, i) => i)
  const means = jobs.map((job) => momentsOf(job).meanMs)
  const meanOf = new Map(jobs.map((job, i) => [job, means[i] ?? 0]))
  const mean = (job: Job): number => meanOf.get(job) ?? 0
  const short = ascending(mean, jobs)
  const dense = ascending((job) => -job.units / Math.max(1, mean(job)), jobs)
  const large = ascending((job) => -job.units, jobs)
  return [
    byLoad(jobs, means, short, all),
    byLoad(jobs, means, large, all),
    inRounds(
      jobs,
      ascending((job) => job.costs.powMs, jobs),
      all,
    ),
    inRounds(jobs, short, all),
    byLoad(jobs, means, dense, all),
    [...all].sort(dense),
    [...all].sort(short),
    all,
  ]
}

/** Those without hope behind all others: they go last, not never. */
function hopelessLast({ order, loss }: Trial): Order | undefined {
  const isLost = (i: number): boolean => (loss.late[i] ?? 0) > 1 - HOPELESS
  const lost = order.jobs.filter(isLost)
  if (lost.length === 0 || lost.length === order.jobs.length) return undefined
  const rest = order.jobs.filter((i) => !isLost(i))
  return { ...order, jobs: [...rest, ...lost], cut: rest.length }
}

const moved = (jobs: readonly number[], from: number, to: number): number[] => {
  const next = [...jobs]
  const [one] = next.splice(from, 1)
  if (one !== undefined) next.splice(to, 0, one)
  return next
}

/** Moves of one round: what may be late to the front of others; what stands before it to the end. */
function* movesOf({ order, loss }: Trial, { jobs }: Problem): Generator<Order> {
  const risk = (i: number): number => (jobs[i]?.units ?? 0) * (loss.late[i] ?? 0)
  const inRisk = order.jobs
    .map((i, at) => ({ i, at }))
    .filter(({ i }) => (loss.late[i] ?? 0) > 0.005 && jobs[i]?.run === undefined)
    .sort((a, b) => risk(b.i) - risk(a.i) || a.at - b.at)
    .slice(0, 12)
  for (const { i, at } of inRisk) {
    const lane = jobs[i]?.lane
    const before = order.jobs.map((one, place) => ({ one, place })).filter(({ one, place }) => place < at && jobs[one]?.lane === lane)
    const places = new Set([0, Math.floor(at / 2), ...before.slice(-4).map(({ place }) => place)])
    for (const place of places) if (place < at) yield { ...order, jobs: moved(order.jobs, at, place) }
    for (const { place } of before.slice(-6))
      yield { ...order, jobs: moved(order.jobs, place, order.jobs.length - 1), cut: order.jobs.length }
    for (const { place } of before.slice(-6)) yield { ...order, jobs: moved(order.jobs, place, at) }
  }
}

/** Better by exchanging places, as long as tries are left. */
function improved(start: Trial, scale: Scale, problem: Problem, tries: number): Trial {
  let best = start
  for (;;) {
    const from = best
    for (const order of movesOf(from, problem)) {
      if (scale.tries >= tries) return best
      const trial = scale.weigh(order)
      if (trial.loss.value < best.loss.value - HARDLY * scale.units) {
        best = trial
        break
      }
    }
    if (best === from) return best
  }
}

/**
 * The order of starts that loses the fewest Space Units by the gap end, then identities, then by the publish end.
 * The same for the same problem.
 * @param tries  orders that are played at most; each costs some 10 µs with a few identities, 100 µs with 64
 * @source design.md §4, Scheduling
 */
export function bestOrder(problem: Problem, tries = triesFor(problem.jobs.length)): Order {
  const scale = new Scale(problem)
  let best: Trial | undefined
  for (const line of firstOrders(problem)) {
    const trial = scale.weigh({ jobs: line, cut: line.length, perLane: 1 })
    if (best === undefined || trial.loss.value < best.loss.value - HARDLY * scale.units) best = trial
    if (best.loss.value < HARDLY * scale.units) return best.order
  }
  if (best === undefined) return { jobs: [], cut: 0, perLane: 1 }
  for (const perLane of OVERLAPS) {
    const trial = scale.weigh({ ...best.order, perLane })
    if (trial.loss.value < best.loss.value - OVERLAP_GAIN * scale.units) best = trial
  }
  best = improved(best, scale, problem, tries)
  const last = hopelessLast(best)
  if (last === undefined) return best.order
  // Behind the others they may still begin beside them; kept back altogether only where that saves others.
  const behind = scale.weigh({ ...last, cut: last.jobs.length })
  const keptBack = scale.weigh(last)
  const least = Math.min(behind.loss.value, best.loss.value)
  if (keptBack.loss.value < least - HARDLY * scale.units) return last
  return behind.loss.value <= best.loss.value ? behind.order : best.order
}
