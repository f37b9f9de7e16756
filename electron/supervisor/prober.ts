import { textOf } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { ProbeResult, ProcessSpec } from './types.ts'

const PROBE_EVERY_MS = 1000
const PROBE_DEADLINE_MS = 10_000

/** Asks a probe again and again, one question at a time, each with a deadline of its own. */
export class Prober {
  readonly #clock: Clock
  #nextMono = 0
  #isAsking = false
  /** Grows with each process: the answer about an earlier one counts for nothing. */
  #generation = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A new process: ask at once. */
  reset(): void {
    this.#nextMono = 0
    this.#isAsking = false
    this.#generation += 1
  }

  due(spec: ProcessSpec, pid: number, answer: (result: ProbeResult) => void): void {
    if (this.#isAsking || this.#clock.monotonic() < this.#nextMono) return
    this.#isAsking = true
    const generation = this.#generation
    let isOpen = true
    const settle = (result: ProbeResult): void => {
      if (!isOpen) return
      isOpen = false
      cancel()
      if (generation !== this.#generation) return
      this.#isAsking = false
      this.#nextMono = this.#clock.monotonic() + (spec.policy.probeEveryMs ?? PROBE_EVERY_MS)
      answer(result)
    }
    const cancel = this.#clock.after(PROBE_DEADLINE_MS, () => settle({ is: 'not-yet', step: 'no answer yet' }))
    void this.#ask(spec, pid).then(settle)
  }

  /** A probe that throws has a bug; the process is not to blame. */
  async #ask(spec: ProcessSpec, pid: number): Promise<ProbeResult> {
    try {
      return await spec.probe(pid)
    } catch (cause) {
      return { is: 'not-yet', step: `probe failed: ${textOf(cause)}` }
    }
  }
}
