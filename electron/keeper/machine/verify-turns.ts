import { textOf } from '../../../shared/domain/fault.ts'
import type { MachineContext } from './context.ts'
import { holdNow, type VerifyHold } from './verify-data.ts'
import type { VerifyWorker } from './verify-runner.ts'

const EVERY_MS = 500
const NOT_KNOWN = 'it is not known yet who proves'
const BENCHMARK = 'a device is tested, and both would be slower than they are'

interface Parts {
  readonly context: MachineContext
  /** In the order in which they get their turn; one works at a time. */
  readonly workers: readonly VerifyWorker[]
  /** A test of the devices runs. */
  readonly isBenchmarking: () => boolean
  /** Ends what a crash left running. */
  readonly endLeft: () => Promise<void>
  /** Nothing else is to be done. */
  readonly onIdle: (hold: VerifyHold) => void
  /** What holds the work has changed. */
  readonly changed: () => void
}

/** Who works on PoS data, and when nobody may: one worker at a time, each step only while nothing more urgent runs. */
export class VerifyTurns {
  readonly #parts: Parts
  #operation: string | undefined
  #hold: VerifyHold = { asked: NOT_KNOWN, byItself: NOT_KNOWN }
  #stop: (() => void) | undefined
  #isClosed = false
  /** What a crash left running is ended. */
  #isReady = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** As it was at the last turn. */
  get hold(): VerifyHold {
    return this.#hold
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get isBusy(): boolean {
    return this.#parts.workers.some(({ isBusy }) => isBusy)
  }

  /** As it is now. */
  holdNow(): VerifyHold {
    const { asked, byItself } = holdNow(this.#parts.context, this.#operation)
    const benchmark = this.#parts.isBenchmarking() ? BENCHMARK : undefined
    return { asked: asked ?? benchmark, byItself: byItself ?? benchmark }
  }

  begin(): void {
    const { context, endLeft } = this.#parts
    this.#isClosed = false
    this.#stop?.()
    endLeft()
      .catch((cause: unknown) => context.log.error('verify.bug', { error: textOf(cause) }))
      .finally(() => (this.#isReady = true))
    this.#stop = context.clock.every(EVERY_MS, () => this.#tick())
  }

  /** The next turn comes at once. */
  hurry(): void {
    if (!this.#isClosed) this.#parts.context.clock.after(0, () => this.#turn())
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.()
    for (const worker of this.#parts.workers) worker.stop()
  }

  #tick(): void {
    this.#lookAtOperations().then(
      () => this.#turn(),
      (cause: unknown) => this.#parts.context.log.error('verify.bug', { error: textOf(cause) }),
    )
  }

  async #lookAtOperations(): Promise<void> {
    const state = await this.#parts.context.custody().handlers.operations.state()
    const open = state.ok ? state.value.operations.find((one) => ['running', 'rolling-back', 'unfinished'].includes(one.state)) : undefined
    this.#operation = open?.title
  }

  #turn(): void {
    if (this.#isClosed || !this.#isReady) return
    const { workers, onIdle, changed } = this.#parts
    const before = this.#hold
    this.#hold = this.holdNow()
    if (before.asked !== this.#hold.asked || before.byItself !== this.#hold.byItself) changed()
    const busy = workers.find(({ isBusy }) => isBusy)
    if (busy !== undefined) busy.hold(this.#hold)
    else if (!workers.some((worker) => worker.next(this.#hold))) onIdle(this.#hold)
  }
}
