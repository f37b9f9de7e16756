import path from 'node:path'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import {
  createDispatcher,
  createWebhook,
  openOutbox,
  startHeartbeat,
  type DesktopNotice,
  type Dispatcher,
  type Heartbeat,
  type OutgoingMessage,
  type Webhook,
  type WebhookOptions,
} from '../alerts/index.ts'
import type { History } from '../history/index.ts'
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

/** The ways that the set-up names, made anew when it changes. */
class SessionAlerting implements Alerting {
  readonly #options: Options
  readonly #memory: Pick<History, 'wasSent' | 'markSent'> & Partial<Pick<History, 'lastSentAt'>>
  readonly #dispatcher: Dispatcher
  #webhook: { readonly key: string; readonly way: Webhook } | undefined
  #heartbeat: { readonly key: string; readonly beat: Heartbeat } | undefined

  constructor(options: Options) {
    this.#options = options
    const { clock, log, notify, session } = options
    const sentHere = new Set<string>()
    // Without history (a newer or unreadable file) a cause is still told once in this life.
    this.#memory = session.history ?? { wasSent: (key) => sentHere.has(key), markSent: ({ key }) => void sentHere.add(key) }
    this.#dispatcher = createDispatcher({
      clock,
      log,
      memory: this.#memory,
      ways: () => ({
        desktop: notify === undefined || !this.#settings().desktop ? undefined : { show: notify },
        webhook: this.#outgoing(),
      }),
      isWindowShowing: options.isWindowShowing,
      quietHours: () => this.#settings().quietHours,
    })
    this.#keepBeating()
  }

  onSnapshot(next: AppSnapshot): void {
    this.#keepBeating()
    this.#dispatcher.onSnapshot(next)
  }
  pause(untilMs: number | null): void {
    this.#dispatcher.pause(untilMs)
  }
  test(): Promise<{ readonly desktop: string; readonly webhook: string }> {
    return this.#dispatcher.test()
  }
  async close(): Promise<void> {
    this.#dispatcher.close()
    this.#webhook?.way.close()
    this.#heartbeat?.beat.close()
  }

  #settings(): Setup['alerts'] {
    return this.#options.session.setup().alerts
  }

  #outgoing(): Webhook | undefined {
    const settings = this.#settings().webhook
    const key = JSON.stringify(settings)
    if (this.#webhook?.key === key) return this.#webhook.way
    this.#webhook?.way.close()
    const { home, clock, log } = this.#options
    const outbox = openOutbox(path.join(home.state, 'outbox.json'), log)
    const onOutcome: WebhookOptions['onOutcome'] = (message, outcome, why) => this.#noteOutcome(message, outcome, why)
    this.#webhook = settings === null ? undefined : { key, way: createWebhook({ settings, outbox, clock, log, onOutcome }) }
    return this.#webhook?.way
  }

  /** History tells what left the machine, and what never did. */
  #noteOutcome({ kind, title, body, at }: OutgoingMessage, outcome: 'sent' | 'failed', why: string | undefined): void {
    this.#memory.markSent({
      key: `webhook:${kind}:${at}`,
      at: this.#options.clock.now(),
      way: 'webhook',
      outcome,
      title,
      body: why === undefined ? body : `${body} (${why})`,
    })
  }

  #keepBeating(): void {
    const wanted = this.#settings().heartbeat
    const key = JSON.stringify(wanted)
    if (this.#heartbeat?.key === key) return
    this.#heartbeat?.beat.close()
    const { clock, log, session } = this.#options
    this.#heartbeat =
      wanted === null || session.mode === 'practice'
        ? undefined
        : { key, beat: startHeartbeat({ url: wanted.url, everyMs: wanted.everyMinutes * 60_000, clock, log }) }
  }
}

export const startAlerting = (options: Options): Alerting => new SessionAlerting(options)
