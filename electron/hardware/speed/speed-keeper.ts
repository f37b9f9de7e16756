import { badReadText, diskTrend, type DiskTrend } from '../../../shared/domain/disk-trend.ts'
import type { DiskTest, SpeedReading } from '../../../shared/domain/machine.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/logger.ts'
import type { ProbeLauncher } from '../opencl/run-probe.ts'
import { runSpeed, type SpeedOutcome, type SpeedRun } from './run-speed.ts'
import type { SpeedBook } from './speed-book.ts'

/** One disk to be measured. */
export interface SpeedOrder {
  readonly lane: string
  readonly what: 'read' | 'write'
  /** Folders of PoS data on it; for `write` any folder on it will do. */
  readonly folders: readonly string[]
  /** By the user, now; otherwise by itself. */
  readonly isAsked: boolean
}

/** Why a disk may not be measured now. */
export interface SpeedHold {
  readonly why: string
  readonly until?: number
}

export interface SpeedKeeperOptions {
  readonly launch: () => ProbeLauncher
  readonly clock: Clock
  readonly log: Logger
  /** Where measurements are kept. */
  readonly book: SpeedBook
  /** Asked before each measurement and at each `recheck`. */
  readonly hold: (order: SpeedOrder) => SpeedHold | undefined
  /** Something that is shown has changed. */
  readonly changed: () => void
}

/** Measures disks, one after the other, and steps aside at once. */
export interface SpeedKeeper {
  readonly isBusy: boolean
  /** Puts disks in the queue; one that is in it already stays where it is. */
  measure(orders: readonly SpeedOrder[]): void
  /** What `hold` looks at has changed: a running measurement that may not go on is ended now and begins anew later. */
  recheck(): void
  /** Ends all; what was measured is kept. */
  cancel(): void
  test(lane: string): DiskTest
  /** Oldest first. */
  readings(lane: string, what: 'read' | 'write'): readonly SpeedReading[]
  /** What the measurements say about the disk's own health. */
  trend(lane: string): DiskTrend
  close(): void
}

/** Reading or writing itself, of the ten seconds that a disk may take. */
const BUDGET_MS = 7000
/** A dead disk can hold a read for minutes. */
const DEADLINE_MS = 20_000

interface Live {
  readonly order: SpeedOrder
  readonly run: SpeedRun
}

const isSame = (a: SpeedOrder, b: SpeedOrder): boolean => a.lane === b.lane && a.what === b.what

const isSameTest = (a: DiskTest | undefined, b: DiskTest): boolean =>
  a?.is === b.is && (a.is !== 'waiting' || (b.is === 'waiting' && a.why === b.why && a.until === b.until))

/**
 * One disk at a time on the whole computer: disks share controllers and cables, and each figure shall be that of one disk.
 * A disk that is held waits; the others go on.
 */
class TheSpeedKeeper implements SpeedKeeper {
  readonly #options: SpeedKeeperOptions
  readonly #tests = new Map<string, DiskTest>()
  #queue: readonly SpeedOrder[] = []
  #live: Live | undefined

  constructor(options: SpeedKeeperOptions) {
    this.#options = options
  }

  get isBusy(): boolean {
    return this.#live !== undefined || this.#queue.length > 0
  }

  measure(orders: readonly SpeedOrder[]): void {
    for (const order of orders) if (!this.#queue.some((one) => isSame(one, order))) this.#queue = [...this.#queue, order]
    this.#next()
  }

  recheck(): void {
    if (this.#live !== undefined && this.#options.hold(this.#live.order) !== undefined) this.#live.run.stop()
    else this.#next()
  }

  cancel(): void {
    for (const { lane } of this.#queue) this.#show(lane, { is: 'idle' })
    this.#queue = []
    this.#live?.run.stop()
  }

  close(): void {
    this.#queue = []
    this.#live?.run.stop()
  }

  test(lane: string): DiskTest {
    return this.#tests.get(lane) ?? { is: 'idle' }
  }

  readings(lane: string, what: 'read' | 'write'): readonly SpeedReading[] {
    return this.#options.book.of(lane)[what]
  }

  trend(lane: string): DiskTrend {
    return diskTrend(this.#options.book.of(lane))
  }

  #show(lane: string, test: DiskTest): void {
    const isNews = !isSameTest(this.#tests.get(lane), test) || test.is === 'running'
    this.#tests.set(lane, test)
    if (isNews) this.#options.changed()
  }

  /** Begins with the first that may be measured now, and says of the others why they wait. */
  #next(): void {
    const busy = this.#live?.order
    const held = this.#queue.filter((order) => order !== busy).map((order) => ({ order, by: this.#options.hold(order) }))
    const free = busy === undefined ? held.find(({ by }) => by === undefined)?.order : undefined
    const now = busy ?? free
    for (const { order, by } of held) {
      if (order.lane === now?.lane) continue
      const { why, until } = by ?? { why: 'another disk is measured', until: undefined }
      this.#show(order.lane, { is: 'waiting', why, ...(until === undefined ? {} : { until: until }) })
    }
    if (free !== undefined) this.#begin(free)
  }

  #begin(order: SpeedOrder): void {
    const { launch, clock } = this.#options
    const startedAt = clock.now()
    const show = (percent: number, bytesPerSecond?: number): void => {
      const base = { is: 'running', what: order.what, startedAt, percent } as const
      this.#show(order.lane, bytesPerSecond === undefined ? base : { ...base, bytesPerSecond })
    }
    const request = { what: order.what, folders: order.folders, budgetMs: BUDGET_MS }
    const run = runSpeed({ launch, clock, request, deadlineMs: DEADLINE_MS, onProgress: show })
    this.#live = { order, run }
    show(0)
    void run.done.then((outcome) => {
      this.#live = undefined
      if (outcome.end.is === 'stopped') this.#show(order.lane, { is: 'idle' })
      else this.#keep(order, outcome)
      this.#next()
      this.#options.changed()
    })
  }

  #keep(order: SpeedOrder, { end, bad }: SpeedOutcome): void {
    const { clock, book, log } = this.#options
    const { lane, what } = order
    const at = clock.now()
    const found = bad.map((one) => ({ ...one, at }))
    this.#queue = this.#queue.filter((one) => one !== order)
    if (end.is === 'measured') {
      const { bytesPerSecond, lowBytesPerSecond, bytes, ms, isDirect } = end
      book.add(lane, { what, bad: found, reading: { at, bytesPerSecond, lowBytesPerSecond, bytes, ms, from: 'test' } })
      log.info('speed.measured', { lane, what, bytesPerSecond: Math.round(bytesPerSecond), bytes, isDirect, bad: bad.length })
      this.#show(lane, found.length === 0 ? { is: 'idle' } : { is: 'failed', at, text: badReadText(found) })
    } else if (end.is === 'fault') {
      if (found.length > 0) book.add(lane, { what, bad: found })
      log.warn('speed.failed', { lane, what, code: end.code, text: end.text })
      this.#show(lane, { is: 'failed', at, text: end.code === 'read-error' && found.length > 0 ? badReadText(found) : end.text })
    }
  }
}

export const createSpeedKeeper = (options: SpeedKeeperOptions): SpeedKeeper => new TheSpeedKeeper(options)
