import type { NodeEvent } from '../../shared/domain/observation.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { EventFilter } from './event-filter.ts'
import type { NodeApiFault } from './faults.ts'
import type { NodeClient } from './node-client.ts'
import { v1 } from './services.ts'

export interface FollowerOptions {
  readonly client: NodeClient
  readonly clock: Clock
  readonly log: Logger
  readonly event: (event: NodeEvent) => void
  /** The header came. */
  readonly connected: () => void
  /** Subscribing failed, or the stream broke; it is tried again by itself. */
  readonly lost: (fault: NodeApiFault) => void
  readonly retryMinMs: number
  readonly retryMaxMs: number
}

/** A subscription that lived this long is renewed at once; a shorter one counts as a failure. */
const STEADY_MS = 1_000

/** Follows EventsStream for ever: renewed at once when it breaks, with growing, jittered pauses while it cannot be had. */
export function followEvents(options: FollowerOptions): { close(): void } {
  const { client, clock, log, retryMinMs, retryMaxMs } = options
  const filter = new EventFilter()
  let failures = 0
  let cancel = (): void => {}

  const subscribe = (): void => {
    let connectedAt: number | undefined
    cancel = client.follow(
      v1.AdminService.method.eventsStream,
      {},
      {
        connected: () => {
          connectedAt = clock.monotonic()
          options.connected()
        },
        message: (raw) => {
          const event = filter.take(raw)
          if (event !== undefined) options.event(event)
        },
        end: (fault) => {
          const isSteady = connectedAt !== undefined && clock.monotonic() - connectedAt >= STEADY_MS
          failures = isSteady ? 0 : failures + 1
          log.debug('node-api.events-ended', { said: fault?.context?.['said'] ?? 'end of stream' })
          if (fault !== undefined && fault.code !== 'node-api/cut') options.lost(fault)
          const pauseMs = failures === 0 ? 0 : Math.min(retryMaxMs, retryMinMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
          cancel = clock.after(pauseMs, subscribe)
        },
      },
    )
  }
  subscribe()
  return { close: () => cancel() }
}
