import { textOf } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { LaunchProbe, ProbeChild } from './probe-child.ts'
import { parseAnswer, type ProbeAnswer, type ProbeAsk } from './probe-protocol.ts'

/** Stuck probe processes that one volume may leave behind. */
const MOST_STUCK = 2
/** Starting a probe costs a fifth of a second of CPU: it is not ended between two questions of one round. */
const IDLE_MS = 30_000

export type Asked = Omit<Extract<ProbeAsk, { ask: 'space' }>, 'id'> | Omit<Extract<ProbeAsk, { ask: 'folder' }>, 'id'>

interface Job {
  readonly volume: string
  readonly question: Asked
  readonly deadlineMs: number
  readonly resolve: (answer: ProbeAnswer | 'timeout') => void
}

interface Worker {
  child: ProbeChild | undefined
  readonly queue: Job[]
  cancelIdle?: () => void
  running: { readonly id: number; readonly job: Job; readonly cancel: () => void } | undefined
}

export interface ProbePool {
  /** `timeout`: the volume did not answer, or two probes already hang on it. Questions to one volume are asked one by one. */
  ask(volume: string, question: Asked, deadlineMs: number): Promise<ProbeAnswer | 'timeout'>
  /** Processes that were killed and are still there, over all volumes. */
  readonly stuck: number
  close(): void
}

/**
 * Asks volumes through processes that can be killed.
 *
 * Volumes that answer share processes; one that let a deadline pass gets a process of its own until it answers
 * again, so that a dead disk delays the others once at most, and 100 sound disks do not cost 100 processes.
 */
export function createProbePool(options: { readonly launch: LaunchProbe; readonly clock: Clock; readonly log: Logger }): ProbePool {
  return new Pool(options)
}

/** Names of the shared processes: space is asked often and fast, sizes now and then; the latter ends when it is idle. */
const SHARED = { space: 'shared space', folder: 'shared sizes' } as const
const isShared = (key: string): boolean => key === SHARED.space || key === SHARED.folder

class Pool implements ProbePool {
  readonly #options: { readonly launch: LaunchProbe; readonly clock: Clock; readonly log: Logger }
  readonly #workers = new Map<string, Worker>()
  /** Volumes that let a deadline pass, with the question that they have to answer to be trusted again. */
  readonly #suspects = new Map<string, Asked['ask']>()
  readonly #stuckOn = new Map<string, number>()
  readonly #dying = new Map<ProbeChild, string>()
  #nextId = 1
  #isClosed = false

  constructor(options: { readonly launch: LaunchProbe; readonly clock: Clock; readonly log: Logger }) {
    this.#options = options
  }

  get stuck(): number {
    return [...this.#stuckOn.values()].reduce((sum, n) => sum + n, 0)
  }

  ask(volume: string, question: Asked, deadlineMs: number): Promise<ProbeAnswer | 'timeout'> {
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve('timeout')
      const job: Job = { volume, question, deadlineMs, resolve }
      this.#enqueue(job)
    })
  }

  close(): void {
    this.#isClosed = true
    for (const worker of this.#workers.values()) {
      worker.running?.cancel()
      worker.running?.job.resolve('timeout')
      for (const job of worker.queue) job.resolve('timeout')
      worker.child?.kill()
    }
    this.#workers.clear()
  }

  #enqueue(job: Job): void {
    const key = this.#suspects.has(job.volume) ? job.volume : SHARED[job.question.ask]
    const worker = this.#workers.get(key) ?? { child: undefined, queue: [], running: undefined }
    this.#workers.set(key, worker)
    worker.queue.push(job)
    this.#next(key, worker)
  }

  #next(key: string, worker: Worker): void {
    if (worker.running !== undefined || this.#isClosed) return
    const job = worker.queue.shift()
    if (job === undefined) {
      // A suspect that is sound again needs no process of its own any more; sizes are asked rarely.
      if (key === SHARED.folder) this.#endWhenIdle(key, worker)
      else if (!isShared(key) && !this.#suspects.has(key)) this.#endWorker(key, worker)
      return
    }
    if (isShared(key) && this.#suspects.has(job.volume)) {
      this.#enqueue(job)
      return this.#next(key, worker)
    }
    if ((this.#stuckOn.get(job.volume) ?? 0) >= MOST_STUCK) {
      job.resolve('timeout')
      return this.#next(key, worker)
    }
    try {
      worker.child ??= this.#launch(key, worker)
    } catch (cause) {
      // No memory or no descriptors for one more process: the next round asks again.
      this.#options.log.warn('pos-probe.not-launched', { volume: job.volume, detail: textOf(cause) })
      job.resolve('timeout')
      return this.#next(key, worker)
    }
    const id = this.#nextId
    this.#nextId += 1
    const cancel = this.#options.clock.after(job.deadlineMs, () => this.#onDeadline(key, worker))
    worker.running = { id, job, cancel }
    worker.child.send(JSON.stringify({ ...job.question, id }))
  }

  #launch(key: string, worker: Worker): ProbeChild {
    const child: ProbeChild = this.#options.launch({
      onLine: (line) => {
        if (worker.child === child) this.#onLine(key, worker, line)
      },
      onEnd: () => {
        this.#release(child)
        if (worker.child === child) this.#onEnd(key, worker)
      },
    })
    return child
  }

  #onLine(key: string, worker: Worker, line: string): void {
    const answer = parseAnswer(line)
    const running = worker.running
    if (running === undefined || answer === undefined || answer.id !== running.id) return
    running.cancel()
    worker.running = undefined
    const { volume, question } = running.job
    if (question.ask === 'folder' || this.#suspects.get(volume) === 'space') this.#suspects.delete(volume)
    running.job.resolve(answer)
    this.#next(key, worker)
  }

  /** The probe ended by itself: the question is answered as not answered, the next starts a new one. */
  #onEnd(key: string, worker: Worker): void {
    worker.child = undefined
    const running = worker.running
    worker.running = undefined
    running?.cancel()
    this.#options.log.warn('pos-probe.ended', { volume: running?.job.volume })
    running?.job.resolve('timeout')
    this.#next(key, worker)
  }

  #onDeadline(key: string, worker: Worker): void {
    const running = worker.running
    const child = worker.child
    if (running === undefined) return
    const { volume } = running.job
    worker.running = undefined
    worker.child = undefined
    this.#suspects.set(volume, running.job.question.ask)
    this.#options.log.warn('pos-probe.deadline', { volume, ask: running.job.question.ask, pid: child?.pid })
    if (child !== undefined) this.#abandon(volume, child)
    running.job.resolve('timeout')
    this.#next(key, worker)
  }

  /** Killed, and counted until it is really gone: a process in an uninterruptible wait outlives its kill. */
  #abandon(volume: string, child: ProbeChild): void {
    this.#stuckOn.set(volume, (this.#stuckOn.get(volume) ?? 0) + 1)
    this.#dying.set(child, volume)
    child.kill()
  }

  #release(child: ProbeChild): void {
    const volume = this.#dying.get(child)
    if (volume === undefined) return
    this.#dying.delete(child)
    this.#stuckOn.set(volume, Math.max(0, (this.#stuckOn.get(volume) ?? 0) - 1))
  }

  #endWhenIdle(key: string, worker: Worker): void {
    worker.cancelIdle?.()
    worker.cancelIdle = this.#options.clock.after(IDLE_MS, () => {
      if (worker.running === undefined && worker.queue.length === 0) this.#endWorker(key, worker)
    })
  }

  #endWorker(key: string, worker: Worker): void {
    const { child } = worker
    worker.child = undefined
    this.#workers.delete(key)
    child?.kill()
  }
}
