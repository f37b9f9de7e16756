/** Time, injected everywhere: durations from the monotonic clock, epochs from the wall clock. */
export interface Clock {
  /** Wall clock, Unix ms. */
  now(): number
  /** Monotonic ms since an arbitrary start; keeps running while the wall clock jumps. */
  monotonic(): number
  /** Calls `run` once after `delayMs`; the returned function cancels. Never keeps the process alive. */
  after(delayMs: number, run: () => void): () => void
  /** Calls `run` every `periodMs`. */
  every(periodMs: number, run: () => void): () => void
}

/** The real clock. Timers are unreferenced: whoever hosts the keeper decides how long it lives. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    // setTimeout fires at once for delays over 2^31 − 1 ms.
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), 2_147_483_647)).unref()
    return () => clearTimeout(timer)
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs).unref()
    return () => clearInterval(timer)
  },
}
