import type { Clock } from './clock.ts'

interface Timer {
  readonly id: number
  due: number
  readonly period?: number
  readonly run: () => void
  isCancelled: boolean
}

const isBefore = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.id < b.id)

/** Binary heap of timers, the earliest on top. Cancelled ones are dropped when they come up. */
class TimerHeap {
  readonly #items: Timer[] = []

  push(timer: Timer): void {
    const items = this.#items
    let at = items.push(timer) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = items[up]
      if (parent === undefined || !isBefore(timer, parent)) break
      items[at] = parent
      at = up
    }
    items[at] = timer
  }

  peek(): Timer | undefined {
    while (this.#items[0]?.isCancelled === true) this.#pop()
    return this.#items[0]
  }

  take(): Timer | undefined {
    return this.peek() === undefined ? undefined : this.#pop()
  }

  #pop(): Timer | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last !== undefined && items.length > 0) this.#sink(last)
    return top
  }

  #sink(timer: Timer): void {
    const items = this.#items
    let at = 0
    for (;;) {
      const [left, right] = [items[2 * at + 1], items[2 * at + 2]]
      if (left === undefined) break
      const isRight = right !== undefined && isBefore(right, left)
      const least = isRight ? right : left
      if (!isBefore(least, timer)) break
      items[at] = least
      at = 2 * at + (isRight ? 2 : 1)
    }
    items[at] = timer
  }
}

/** A clock that moves only when told; timers run in order of their due time, then of their creation. */
export class FakeClock implements Clock {
  #now: number
  #monotonic = 0
  #next = 1
  readonly #timers = new TimerHeap()

  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#now = nowMs
  }

  now(): number {
    return this.#now
  }
  monotonic(): number {
    return this.#monotonic
  }
  after(delayMs: number, run: () => void): () => void {
    return this.#add({ due: this.#monotonic + Math.max(0, delayMs), run })
  }
  every(periodMs: number, run: () => void): () => void {
    return this.#add({ due: this.#monotonic + periodMs, period: periodMs, run })
  }
  #add(given: Pick<Timer, 'due' | 'period' | 'run'>): () => void {
    const timer: Timer = { ...given, id: this.#next++, isCancelled: false }
    this.#timers.push(timer)
    return () => {
      timer.isCancelled = true
    }
  }

  /** Monotonic ms at which the next timer is due. */
  get nextDue(): number | undefined {
    return this.#timers.peek()?.due
  }

  /** Moves both clocks on, running every timer on the way. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (;;) {
      const next = this.#timers.peek()
      if (next === undefined || next.due > end) break
      this.#timers.take()
      const late = Math.max(0, next.due - this.#monotonic)
      this.#now += late
      this.#monotonic += late
      if (next.period !== undefined) {
        next.due = Math.max(next.due + next.period, this.#monotonic)
        this.#timers.push(next)
      }
      next.run()
    }
    this.#now += end - this.#monotonic
    this.#monotonic = end
  }

  /** Both clocks move on while nobody runs, as on a machine that is stopped for a while: what is due meanwhile runs late, once. */
  stall(ms: number): void {
    this.#now += ms
    this.#monotonic += ms
  }

  /** The wall clock jumps; the monotonic one does not. */
  jump(ms: number): void {
    this.#now += ms
  }
}
