import type { Clock } from './clock.ts'

interface Timer {
  readonly id: number
  due: number
  readonly period?: number
  readonly run: () => void
}

/** A clock that moves only when told; timers run in order of their due time, then of their creation. */
export class FakeClock implements Clock {
  #now: number
  #monotonic = 0
  #next = 1
  readonly #timers = new Map<number, Timer>()

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
  #add(timer: Omit<Timer, 'id'>): () => void {
    const id = this.#next++
    this.#timers.set(id, { ...timer, id })
    return () => void this.#timers.delete(id)
  }

  /** Monotonic ms at which the next timer is due. */
  get nextDue(): number | undefined {
    return [...this.#timers.values()].reduce<number | undefined>(
      (least, t) => (least === undefined || t.due < least ? t.due : least),
      undefined,
    )
  }

  /** Moves both clocks on, running every timer on the way. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (;;) {
      const due = [...this.#timers.values()].filter((t) => t.due <= end).sort((a, b) => a.due - b.due || a.id - b.id)[0]
      if (due === undefined) break
      this.#now += due.due - this.#monotonic
      this.#monotonic = due.due
      if (due.period === undefined) this.#timers.delete(due.id)
      else due.due += due.period
      due.run()
    }
    this.#now += end - this.#monotonic
    this.#monotonic = end
  }

  /** The wall clock jumps; the monotonic one does not. */
  jump(ms: number): void {
    this.#now += ms
  }
}
