import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { callOnce } from './http-call.ts'

export interface HeartbeatOptions {
  readonly url: string
  readonly everyMs: number
  readonly clock: Clock
  readonly log: Logger
  readonly method?: 'GET' | 'POST'
  readonly deadlineMs?: number
  readonly ca?: string
  /** The beat is left out while this is false: somebody outside then notices. */
  readonly isAlive?: () => boolean
}

export interface Heartbeat {
  readonly lastArrivedAt: number | undefined
  readonly problem: string | undefined
  close(): void
}

const RETRY_MS = [10_000, 30_000, 60_000]

/** Calls an address at once and then periodically; a beat that fails is tried three times more within its period. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { clock, url } = options
  let lastArrivedAt: number | undefined
  let problem: string | undefined
  let isClosed = false
  let cancelRetry = (): void => {}

  const beat = async (attempt: number): Promise<void> => {
    if (isClosed || options.isAlive?.() === false) return
    const method = options.method ?? 'GET'
    const outcome = await callOnce({
      url,
      method,
      deadlineMs: options.deadlineMs ?? 10_000,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    })
    if (outcome.is === 'arrived') {
      lastArrivedAt = clock.now()
      problem = undefined
      return
    }
    problem = outcome.why
    options.log.warn('heartbeat.missed', { why: outcome.why, attempt })
    const wait = RETRY_MS[attempt]
    if (wait !== undefined && wait < options.everyMs && !isClosed) cancelRetry = clock.after(wait, () => void beat(attempt + 1))
  }
  const cancel = clock.every(options.everyMs, () => {
    cancelRetry()
    void beat(0)
  })
  void beat(0)
  return {
    get lastArrivedAt() {
      return lastArrivedAt
    },
    get problem() {
      return problem
    },
    close() {
      isClosed = true
      cancel()
      cancelRetry()
    },
  }
}
