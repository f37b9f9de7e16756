import type { UnixMs } from '../../../shared/domain/ids.ts'
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
  /** The speed of a real proof. */
  note(lane: string, reading: SpeedReading): void
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

/**
 * One disk at a time on the whole computer: disks share controllers and cables, and each figure shall be that of one disk.
 * A disk that is held waits; the others go on.
 */
export function createSpeedKeeper({ launch, clock, log, book, hold, changed }: SpeedKeeperOptions): SpeedKeeper {
  let queue: SpeedOrder[] = []
  let live: Live | undefined
  const tests = new Map<string, DiskTest>()

  const next = (): void => {
    if (live !== undefined) return
    const held = queue.map((order) => ({ order, by: hold(order) }))
    const free = held.find(({ by }) => by === undefined)?.order
    for (const { order, by } of held) {
      const why = by ?? { why: 'another disk is measured' }
      if (order !== free)
        tests.set(order.lane, { is: 'waiting', why: why.why, ...(by?.until === undefined ? {} : { until: by.until as UnixMs }) })
    }
    if (free !== undefined) begin(free)
  }

  const begin = (order: SpeedOrder): void => {
    const startedAt = clock.now() as UnixMs
    const show = (percent: number, bytesPerSecond?: number): void => {
      const base = { is: 'running', what: order.what, startedAt, percent } as const
      tests.set(order.lane, bytesPerSecond === undefined ? base : { ...base, bytesPerSecond })
      changed()
    }
    const run = runSpeed({
      launch,
      clock,
      request: { what: order.what, folders: order.folders, budgetMs: BUDGET_MS },
      deadlineMs: DEADLINE_MS,
      onProgress: show,
    })
    live = { order, run }
    show(0)
    void run.done.then((outcome) => ended(order, outcome))
  }

  const ended = (order: SpeedOrder, { end, bad }: SpeedOutcome): void => {
    live = undefined
    const at = clock.now() as UnixMs
    const { lane, what } = order
    if (end.is === 'stopped') {
      tests.set(lane, { is: 'idle' })
    } else {
      queue = queue.filter((one) => !isSame(one, order))
      const found = bad.map((one) => ({ ...one, at }))
      if (end.is === 'measured') {
        const { bytesPerSecond, lowBytesPerSecond, bytes, ms } = end
        book.add(lane, { what, bad: found, reading: { at, bytesPerSecond, lowBytesPerSecond, bytes, ms, from: 'test' } })
        tests.set(lane, { is: 'idle' })
        log.info('speed.measured', {
          lane,
          what,
          bytesPerSecond: Math.round(bytesPerSecond),
          bytes,
          isDirect: end.isDirect,
          bad: bad.length,
        })
      } else {
        if (found.length > 0) book.add(lane, { what, bad: found })
        tests.set(lane, { is: 'failed', at, text: end.text })
        log.warn('speed.failed', { lane, what, code: end.code, text: end.text })
      }
    }
    next()
    changed()
  }

  return {
    get isBusy() {
      return live !== undefined || queue.length > 0
    },
    measure(orders) {
      queue = [...queue, ...orders.filter((order) => !queue.some((one) => isSame(one, order)))]
      next()
      changed()
    },
    recheck() {
      if (live !== undefined && hold(live.order) !== undefined) live.run.stop()
      else next()
    },
    cancel() {
      for (const { lane } of queue) tests.set(lane, { is: 'idle' })
      queue = []
      live?.run.stop()
      changed()
    },
    test: (lane) => tests.get(lane) ?? { is: 'idle' },
    readings: (lane, what) => book.of(lane)[what],
    note: (lane, reading) => {
      book.add(lane, { what: 'read', reading })
      changed()
    },
    close() {
      queue = []
      live?.run.stop()
    },
  }
}
