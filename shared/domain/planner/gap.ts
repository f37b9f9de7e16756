import { columnsOf, IDLE_DISK, SEVERAL_READERS, type Columns } from './columns.ts'
import type { Capacity, Problem } from './jobs.ts'

/** Passes that are looked at; more are as good as never. */
export const MOST_PASSES = 24
/** Stages of one proof: preparing, then proof of work and reading of each pass. */
export const STAGES = 1 + 2 * MOST_PASSES
/** Proofs on one disk at once, at most. */
export const MOST_PER_LANE = 3
/** Somebody may begin beside proofs of work when at least this share of its threads is idle. */
const IDLE_SHARE = 0.25
const EPSILON = 1e-6

/** Pace of each of `readers` that want `load` of the disk together, 1 = all that it gives to one. */
const paceOf = (readers: number, load: number): number => Math.min(1, (readers > 1 ? SEVERAL_READERS : 1) / Math.max(load, 1e-9))

/** Whether a disk takes another reader: what those on it leave is worth the moving of heads. */
const hasRoomFor = (load: number, share: number): boolean => load + share <= SEVERAL_READERS || load <= IDLE_DISK

export const isReading = (stage: number): boolean => stage > 0 && stage % 2 === 0

/** In which order proofs are started. Those from `cut` on begin only when none before the cut waits any more. */
export interface Order {
  readonly jobs: readonly number[]
  readonly cut: number
  /** Proofs on one disk at once. More than one let a proof of work go on beside another's reading. */
  readonly perLane: number
}

/** Work of each stage of each job in ms; what comes after `last` does not happen. */
export interface Works {
  readonly work: Float64Array
  readonly first: Uint8Array
  readonly last: Uint8Array
  /** 1: no proof comes even in all passes that are possible. */
  readonly never: Uint8Array
}

export interface GapResult {
  readonly start: Float64Array
  readonly end: Float64Array
  /** Variance of the end, ms², as far as what came before it on the same resource tells. */
  readonly variance: Float64Array
  /** Provers at the same time, at most. */
  most: number
  /** When waiting has something to wake for that is no end of a stage: as seen at 0, ms; `Infinity` = nothing. */
  wake: number
}

export const newWorks = (count: number): Works => ({
  work: new Float64Array(count * STAGES),
  first: new Uint8Array(count),
  last: new Uint8Array(count),
  never: new Uint8Array(count),
})

export const newResult = (count: number): GapResult => ({
  start: new Float64Array(count),
  end: new Float64Array(count),
  variance: new Float64Array(count),
  most: 0,
  wake: Number.POSITIVE_INFINITY,
})

type Traced = (job: number, stage: number, from: number, to: number) => void

/** One gap, from event to event: who starts when resources allow, who computes, who reads. Its memory is used again. */
export class Gap {
  readonly #columns: Columns
  readonly #count: number
  readonly #capacity: Capacity
  readonly #ownVariance: Float64Array
  readonly #stage: Uint8Array
  readonly #isOn: Uint8Array
  /** Reading of the machine's own clock at which the stage ends. */
  readonly #ends: Float64Array
  readonly #since: Float64Array
  readonly #rank: Int32Array
  readonly #running: Int32Array
  readonly #waiting: Int32Array
  readonly #onLane: Int32Array
  readonly #laneLoad: Float64Array
  readonly #readers: Int32Array
  readonly #readLoad: Float64Array
  readonly #waitsFor: Int32Array
  /** Lanes that nobody holds and somebody waits for. */
  #open = 0
  #runningCount = 0
  #waitingCount = 0
  #memory = 0
  #powThreads = 0
  #powCount = 0
  #demand = 0
  #now = 0
  /** The machine's own clock: slower than time while more threads compute than there are. */
  #clock = 0
  #freedVariance = 0
  #wake = 0
  #works: Works
  #out: GapResult

  constructor({ jobs, capacity }: Problem, ownVariance: Float64Array) {
    const count = jobs.length
    this.#columns = columnsOf(jobs)
    this.#count = count
    this.#capacity = capacity
    this.#ownVariance = ownVariance
    this.#stage = new Uint8Array(count)
    this.#isOn = new Uint8Array(count)
    this.#ends = new Float64Array(count)
    this.#since = new Float64Array(count)
    this.#rank = new Int32Array(count)
    this.#running = new Int32Array(count)
    this.#waiting = new Int32Array(count)
    this.#onLane = new Int32Array(capacity.lanes)
    this.#laneLoad = new Float64Array(capacity.lanes)
    this.#readers = new Int32Array(capacity.lanes)
    this.#readLoad = new Float64Array(capacity.lanes)
    this.#waitsFor = new Int32Array(capacity.lanes)
    this.#works = newWorks(0)
    this.#out = newResult(0)
  }

  /** Plays the gap; `out` holds starts and ends. */
  play(order: Order, works: Works, out: GapResult, traced?: Traced): void {
    this.#works = works
    this.#out = out
    this.#reset(order)
    const most = 60 * this.#count + 60
    for (let guard = 0; guard < most; guard += 1) {
      this.#dispatch(order)
      if (guard === 0) out.wake = this.#wake
      if (this.#runningCount === 0 && this.#waitingCount === 0) return
      if (!this.#advance(traced)) return
    }
  }

  #reset(order: Order): void {
    const { isRunning, isFree } = this.#columns
    const out = this.#out
    this.#runningCount = 0
    this.#waitingCount = 0
    this.#onLane.fill(0)
    this.#laneLoad.fill(0)
    this.#readers.fill(0)
    this.#readLoad.fill(0)
    this.#isOn.fill(0)
    this.#waitsFor.fill(0)
    this.#open = 0
    this.#memory = 0
    this.#powThreads = 0
    this.#powCount = 0
    this.#demand = 0
    this.#now = 0
    this.#clock = 0
    this.#freedVariance = 0
    out.most = 0
    out.start.fill(Number.POSITIVE_INFINITY)
    out.end.fill(Number.POSITIVE_INFINITY)
    out.variance.fill(0)
    for (let i = 0; i < this.#count; i += 1) {
      if (isRunning[i] === 1) this.#start(i, this.#works.first[i] ?? 0)
      else if (isFree[i] === 1) this.#wait(i)
    }
    for (let rank = 0; rank < order.jobs.length; rank += 1) {
      const i = order.jobs[rank] ?? 0
      this.#rank[i] = rank
      if (isRunning[i] !== 1 && isFree[i] !== 1) this.#wait(i)
    }
  }

  #wait(i: number): void {
    this.#waiting[this.#waitingCount] = i
    this.#waitingCount += 1
    this.#holdOrWait(this.#columns.lane[i] ?? 0, 0, 1)
  }

  #holdOrWait(lane: number, holders: number, waiters: number): void {
    const wasOpen = this.#onLane[lane] === 0 && (this.#waitsFor[lane] ?? 0) > 0
    this.#onLane[lane] = (this.#onLane[lane] ?? 0) + holders
    this.#waitsFor[lane] = (this.#waitsFor[lane] ?? 0) + waiters
    const isOpen = this.#onLane[lane] === 0 && (this.#waitsFor[lane] ?? 0) > 0
    this.#open += (isOpen ? 1 : 0) - (wasOpen ? 1 : 0)
  }

  #start(i: number, stage: number): void {
    this.#isOn[i] = 1
    this.#enter(i, stage)
    this.#since[i] = this.#now
    this.#running[this.#runningCount] = i
    this.#runningCount += 1
    const lane = this.#columns.lane[i] ?? 0
    this.#holdOrWait(lane, 1, 0)
    this.#laneLoad[lane] = (this.#laneLoad[lane] ?? 0) + (this.#columns.laneShare[i] ?? 1)
    this.#memory += this.#columns.memory[i] ?? 0
    this.#out.start[i] = this.#now
    this.#out.variance[i] = this.#freedVariance + (this.#ownVariance[i] ?? 0)
    if (this.#runningCount > this.#out.most) this.#out.most = this.#runningCount
  }

  #enter(i: number, stage: number): void {
    const work = this.#works.work[i * STAGES + stage] ?? 0
    const { threads, readingThreads, lane } = this.#columns
    this.#stage[i] = stage
    if (isReading(stage)) {
      this.#demand += readingThreads[i] ?? 0
      this.#ends[i] = this.#clock + work / this.#countReader(i, lane[i] ?? 0, 1)
      return
    }
    this.#demand += threads[i] ?? 0
    this.#powThreads += threads[i] ?? 0
    this.#powCount += 1
    this.#ends[i] = this.#clock + work
  }

  #leave(i: number): void {
    const { threads, readingThreads, lane } = this.#columns
    if (isReading(this.#stage[i] ?? 0)) {
      this.#demand -= readingThreads[i] ?? 0
      this.#countReader(i, lane[i] ?? 0, -1)
      return
    }
    this.#demand -= threads[i] ?? 0
    this.#powThreads -= threads[i] ?? 0
    this.#powCount -= 1
  }

  /** Sets the pace of the others who read on the lane. @returns the new pace of each */
  #countReader(i: number, lane: number, change: number): number {
    const before = this.#readers[lane] ?? 0
    const after = before + change
    const load = this.#readLoad[lane] ?? 0
    const loadAfter = after === 0 ? 0 : load + change * (this.#columns.laneShare[i] ?? 1)
    this.#readers[lane] = after
    this.#readLoad[lane] = loadAfter
    const pace = paceOf(after, loadAfter)
    const ratio = paceOf(before, load) / pace
    if (ratio === 1 || before === 0 || after === 0) return pace
    for (let k = 0; k < this.#count; k += 1) {
      const isOther = k !== i && this.#columns.lane[k] === lane && this.#isOn[k] === 1 && isReading(this.#stage[k] ?? 0)
      if (isOther) this.#ends[k] = this.#clock + ((this.#ends[k] ?? 0) - this.#clock) * ratio
    }
    return pace
  }

  /** Nobody fits, whoever it is. */
  #isFull(): boolean {
    const capacity = this.#capacity
    const { leastThreads, leastMemory } = this.#columns
    if (this.#runningCount === 0) return false
    if (this.#runningCount >= capacity.maxProvers || this.#memory + leastMemory > capacity.memoryBytes) return true
    return (
      this.#powCount > 0 &&
      this.#powThreads + leastThreads > capacity.threads &&
      this.#demand + IDLE_SHARE * leastThreads > capacity.threads
    )
  }

  #dispatch({ cut, perLane }: Order): void {
    const { isFree, ready, isPlain, mayShare, lane, laneShare } = this.#columns
    const waiting = this.#waiting
    const onLane = this.#onLane
    const laneLoad = this.#laneLoad
    const rank = this.#rank
    this.#wake = Number.POSITIVE_INFINITY
    let isBlocked = false
    let k = 0
    while (k < this.#waitingCount) {
      if (isPlain && ((this.#open === 0 && !mayShare && perLane === 1) || this.#isFull())) break
      // The next that may begin; the scan goes on behind it.
      let found = -1
      for (; k < this.#waitingCount; k += 1) {
        const i = waiting[k] ?? 0
        const free = isFree[i] === 1
        if ((ready[i] ?? 0) > this.#now + EPSILON) this.#wake = Math.min(this.#wake, ready[i] ?? 0)
        else if (free) found = i
        else if (!isBlocked || (rank[i] ?? 0) < cut) {
          const on = lane[i] ?? 0
          const hasRoom = (onLane[on] ?? 0) < perLane || (mayShare && hasRoomFor(laneLoad[on] ?? 0, laneShare[i] ?? 1))
          if (hasRoom && this.#mayStart(i)) found = i
        }
        if (found >= 0) break
        if (!free) isBlocked = true
      }
      if (found < 0) break
      waiting.copyWithin(k, k + 1, this.#waitingCount)
      this.#waitingCount -= 1
      this.#holdOrWait(lane[found] ?? 0, 0, -1)
      this.#start(found, 0)
    }
    this.#freedVariance = 0
  }

  #mayStart(i: number): boolean {
    const { threads, memory } = this.#columns
    const capacity = this.#capacity
    const running = this.#runningCount
    if (running > 0 && (running >= capacity.maxProvers || this.#memory + (memory[i] ?? 0) > capacity.memoryBytes)) return false
    const wanted = threads[i] ?? 0
    if (this.#powCount > 0 && this.#powThreads + wanted > capacity.threads && this.#demand + IDLE_SHARE * wanted > capacity.threads)
      return false
    return true
  }

  /** @returns false when nothing more will happen */
  #advance(traced: Traced | undefined): boolean {
    const running = this.#running
    const ends = this.#ends
    const before = this.#runningCount
    let next = Number.POSITIVE_INFINITY
    for (let k = 0; k < before; k += 1) {
      const end = ends[running[k] ?? 0] ?? 0
      if (end < next) next = end
    }
    const { threads } = this.#capacity
    const share = this.#demand > threads ? threads / this.#demand : 1
    const waking = this.#clock + (this.#wake - this.#now) * share
    const isWake = waking < next
    if (isWake) next = waking
    if (!Number.isFinite(next)) return false
    this.#now = isWake ? this.#wake : this.#now + Math.max(0, next - this.#clock) / share
    this.#clock = Math.max(this.#clock, next)
    if (isWake) return true
    const clock = this.#clock + EPSILON
    let kept = 0
    for (let k = 0; k < before; k += 1) {
      const i = running[k] ?? 0
      if ((ends[i] ?? 0) <= clock && this.#stageEnds(i, traced)) continue
      running[kept] = i
      kept += 1
    }
    this.#runningCount = kept
    return true
  }

  /** @returns whether the proof is done */
  #stageEnds(i: number, traced: Traced | undefined): boolean {
    const stage = this.#stage[i] ?? 0
    traced?.(i, stage, this.#since[i] ?? 0, this.#now)
    this.#since[i] = this.#now
    this.#leave(i)
    if (stage < (this.#works.last[i] ?? 0)) {
      this.#enter(i, stage + 1)
      return false
    }
    const lane = this.#columns.lane[i] ?? 0
    this.#isOn[i] = 0
    this.#holdOrWait(lane, -1, 0)
    this.#laneLoad[lane] = this.#onLane[lane] === 0 ? 0 : (this.#laneLoad[lane] ?? 0) - (this.#columns.laneShare[i] ?? 1)
    this.#memory -= this.#columns.memory[i] ?? 0
    this.#out.end[i] = this.#works.never[i] === 1 ? Number.POSITIVE_INFINITY : this.#now
    this.#freedVariance = Math.max(this.#freedVariance, this.#out.variance[i] ?? 0)
    return true
  }
}
