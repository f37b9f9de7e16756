import type { Clock } from '../lib/clock.ts'
import { textOf } from '../../shared/domain/fault.ts'
import type { Logger } from '../lib/logger.ts'

export interface Poller {
  /** Runs at once, or right after the run in progress. */
  kick(): void
  /** Resolves when the run in progress is over. */
  close(): Promise<void>
}

/**
 * Runs `task` again and again, never twice at a time; `periodMs` counts from its end. A task that throws is a bug: it is
 * logged and the others go on.
 */
export function poll(options: { clock: Clock; log: Logger; name: string; periodMs: () => number; task: () => Promise<void> }): Poller {
  const { clock, log, name, periodMs, task } = options
  let cancelTimer = (): void => {}
  let running: Promise<void> | undefined
  let isKicked = false
  let isClosed = false

  const once = async (): Promise<void> => {
    try {
      await task()
    } catch (cause) {
      log.error('node-api.bug', { name, text: textOf(cause) })
    }
    running = undefined
    if (isClosed) return
    if (isKicked) start()
    else cancelTimer = clock.after(periodMs(), start)
  }
  const start = (): void => {
    cancelTimer()
    isKicked = false
    running = once()
  }
  start()
  return {
    kick() {
      if (isClosed) return
      if (running === undefined) start()
      else isKicked = true
    },
    async close() {
      isClosed = true
      cancelTimer()
      await running
    },
  }
}
