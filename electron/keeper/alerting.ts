import path from 'node:path'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import {
  createDispatcher,
  createWebhook,
  openOutbox,
  startHeartbeat,
  type DesktopNotice,
  type Heartbeat,
  type Webhook,
} from '../alerts/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import type { Session } from './session.ts'

/** Shows one message on the desktop. @returns a sentence when it could not be shown */
export type Notify = (notice: DesktopNotice) => Promise<string | undefined>

export interface Alerting {
  onSnapshot(next: AppSnapshot): void
  /** `null` ends the pause. */
  pause(untilMs: number | null): void
  test(): Promise<{ readonly desktop: string; readonly webhook: string }>
  close(): Promise<void>
}

interface Options {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly session: Session
  readonly notify: Notify | undefined
  readonly isWindowShowing: () => boolean
}

type Settings = Setup['alerts']

/** The ways that the set-up names, made anew when it changes. */
export function startAlerting(options: Options): Alerting {
  const { home, clock, log, session, notify } = options
  const settings = (): Settings => session.setup().alerts
  const sentHere = new Set<string>()
  const history = session.history
  // Without history (a newer or unreadable file) a cause is still told once in this life.
  const memory = history ?? { wasSent: (key: string) => sentHere.has(key), markSent: ({ key }: { key: string }) => void sentHere.add(key) }
  let webhook: { key: string; way: Webhook } | undefined
  let heartbeat: { key: string; beat: Heartbeat } | undefined

  const outgoing = (): Webhook | undefined => {
    const wanted = settings().webhook
    const key = JSON.stringify(wanted)
    if (webhook?.key !== key) {
      webhook?.way.close()
      webhook =
        wanted === null
          ? undefined
          : { key, way: createWebhook({ settings: wanted, outbox: openOutbox(path.join(home.state, 'outbox.json'), log), clock, log }) }
    }
    return webhook?.way
  }
  const keepBeating = (): void => {
    const wanted = settings().heartbeat
    const key = JSON.stringify(wanted)
    if (heartbeat?.key === key) return
    heartbeat?.beat.close()
    heartbeat =
      wanted === null || session.mode === 'practice'
        ? undefined
        : { key, beat: startHeartbeat({ url: wanted.url, everyMs: wanted.everyMinutes * 60_000, clock, log }) }
  }
  const dispatcher = createDispatcher({
    clock,
    log,
    memory,
    ways: () => ({ desktop: notify === undefined || !settings().desktop ? undefined : { show: notify }, webhook: outgoing() }),
    isWindowShowing: options.isWindowShowing,
    quietHours: () => settings().quietHours,
  })
  keepBeating()
  return {
    onSnapshot(next) {
      keepBeating()
      dispatcher.onSnapshot(next)
    },
    pause: (untilMs) => dispatcher.pause(untilMs),
    test: () => dispatcher.test(),
    async close() {
      dispatcher.close()
      webhook?.way.close()
      heartbeat?.beat.close()
    },
  }
}
