import type { Alarm, Severity } from '../../shared/domain/status.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { textOf } from '../../shared/domain/fault.ts'
import type { SentMessage } from '../history/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { grouped, passesPause, passesQuietHours, type Message } from './message.ts'
import { isQuietAt, type QuietHours } from './quiet-hours.ts'
import { alertsFor } from './rules.ts'

/** Messages of one kind within this time are one group. */
const GROUP_MS = 120_000
/** What was told in an earlier life of the app is told again after this time: nobody knows what was between. */
const FORGOTTEN_MS = 6 * 3_600_000

/** What a desktop shows. The same `tag` replaces what was shown under it. */
export interface DesktopNotice {
  readonly tag: string
  readonly title: string
  readonly body: string
  readonly severity: Severity
  /** Stays until the user has seen it; others leave after 8 s. */
  readonly isLasting: boolean
  readonly identity?: string
}

export interface DesktopWay {
  /** @returns a sentence when it could not be shown */
  show(notice: DesktopNotice): Promise<string | undefined>
}

/** What leaves the machine. */
export interface OutgoingMessage {
  readonly kind: string
  readonly severity: Severity
  readonly title: string
  readonly body: string
  readonly at: number
  readonly actBy?: number
}

export interface OutgoingWay {
  readonly withNames: boolean
  /** Takes it over and tries for hours. */
  enqueue(message: OutgoingMessage): void
  /** One try, at once. @returns `undefined` when it arrived, else why not */
  test(message: OutgoingMessage): Promise<string | undefined>
}

export interface DispatcherOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly memory: {
    wasSent(key: string): boolean
    markSent(sent: SentMessage): void
    /** Unix ms, also of an earlier life of the app. */
    lastSentAt?(key: string): number | undefined
  }
  readonly ways: () => { readonly desktop?: DesktopWay | undefined; readonly webhook?: OutgoingWay | undefined }
  readonly isWindowShowing: () => boolean
  readonly quietHours: () => QuietHours | null
}

export interface Dispatcher {
  onSnapshot(next: AppSnapshot): void
  /** `null` ends the pause. */
  pause(untilMs: number | null): void
  readonly pausedUntil: number | undefined
  test(): Promise<{ readonly desktop: string; readonly webhook: string }>
  close(): void
}

export const createDispatcher = (options: DispatcherOptions): Dispatcher => new SnapshotDispatcher(options)

interface Group {
  readonly firstAt: number
  readonly messages: Message[]
  /** Not yet sent outwards: the first of a kind goes at once, the rest together at the end of the window. */
  outgoing: Message[]
  cancel: () => void
}

class SnapshotDispatcher implements Dispatcher {
  readonly #options: DispatcherOptions
  readonly #startedAt: number
  /** When an alarm that was there was first missing from a snapshot. */
  readonly #missingSince = new Map<string, number>()
  /** When an identity, or the node (''), was first more than unknown: before, no alarm's absence meant anything. */
  readonly #knownSince = new Map<string, number>()
  /** Alarms that were due while it was quiet. */
  #hushed = new Set<string>()
  readonly #groups = new Map<string, Group>()
  #previous: AppSnapshot | undefined
  #isPractice = false
  pausedUntil: number | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
  }

  onSnapshot(next: AppSnapshot): void {
    const mono = this.#options.clock.monotonic()
    this.#isPractice = next.mode === 'practice'
    const told = alertsFor(this.#previous, next, {
      wasSent: (key) => this.#options.memory.wasSent(key),
      absentMs: (alarm) => this.#absentMs(alarm, mono),
      startedAt: this.#startedAt,
    })
    this.#notePresence(next, mono)
    this.#previous = next
    const isAllDone = told.some((message) => message.kind === 'all-done')
    this.#hushed = new Set([...this.#hushed].filter((key) => next.alarms.some((alarm) => alarm.key === key)))
    for (const message of told) {
      if (this.#isHushed(message)) {
        // What still holds is told when the quiet ends; what is over is only noted.
        if (message.holds) this.#hushed.add(message.key)
        else this.#mark(message, 'none', 'quiet')
      } else if (isAllDone && message.kind === 'proof-finished') this.#mark(message, 'none', 'quiet')
      else this.#tell(message)
    }
  }

  #absentMs({ key, identity }: Alarm, mono: number): number {
    if (this.#hushed.has(key)) return Number.POSITIVE_INFINITY
    if (this.#previous?.alarms.some((alarm) => alarm.key === key) === true) return 0
    const missingSince = this.#missingSince.get(key)
    if (missingSince !== undefined) return mono - missingSince
    const toldAt = this.#options.memory.lastSentAt?.(key)
    const toldAgoMs = toldAt === undefined ? 0 : this.#options.clock.now() - toldAt
    if (toldAgoMs < 0 || toldAgoMs >= FORGOTTEN_MS) return Number.POSITIVE_INFINITY
    return mono - (this.#knownSince.get(identity ?? '') ?? mono)
  }

  /** Snapshots come on change only: absence counts from the first one without the alarm. */
  #notePresence(next: AppSnapshot, mono: number): void {
    const there = new Set(next.alarms.map((alarm) => alarm.key))
    for (const { key } of this.#previous?.alarms ?? []) if (!there.has(key)) this.#missingSince.set(key, mono)
    const known = next.identities.filter(({ status }) => status.kind !== 'unknown').map(({ id }) => id)
    if (next.node.kind === 'synced') known.push('')
    for (const id of known) if (!this.#knownSince.has(id)) this.#knownSince.set(id, mono)
  }

  pause(untilMs: number | null): void {
    this.pausedUntil = untilMs ?? undefined
  }

  async test(): Promise<{ readonly desktop: string; readonly webhook: string }> {
    const { desktop, webhook } = this.#options.ways()
    const text = { title: 'Smeshkeeper can reach you', body: 'This is a test. Alarms will come this way.' }
    const message = { kind: 'test', severity: 'info', at: this.#options.clock.now(), ...text } as const
    const [shown, sent] = await Promise.all([
      desktop === undefined ? 'not available here' : this.#show(desktop, { tag: 'test', severity: 'info', isLasting: false, ...text }),
      webhook === undefined ? 'not set up' : webhook.test(message),
    ])
    return { desktop: shown ?? 'arrived', webhook: sent ?? 'arrived' }
  }

  close(): void {
    for (const group of this.#groups.values()) {
      group.cancel()
      this.#sendOut(group)
    }
    this.#groups.clear()
  }

  #isHushed(message: Message): boolean {
    const now = this.#options.clock.now()
    if (this.pausedUntil !== undefined && now >= this.pausedUntil) this.pausedUntil = undefined
    if (this.pausedUntil !== undefined && !passesPause(message)) return true
    return isQuietAt(this.#options.quietHours(), now) && !passesQuietHours(message)
  }

  #tell(message: Message): void {
    this.#hushed.delete(message.key)
    const { clock } = this.#options
    const known = this.#groups.get(message.kind)
    const isFirst = known === undefined
    const group: Group = known ?? { firstAt: clock.now(), messages: [], outgoing: [], cancel: () => {} }
    if (isFirst) {
      group.cancel = clock.after(GROUP_MS, () => {
        this.#groups.delete(message.kind)
        this.#sendOut(group)
      })
      this.#groups.set(message.kind, group)
    }
    group.messages.push(message)
    group.outgoing.push(message)
    const way = this.#onDesktop(group, message)
    if (isFirst) this.#sendOut(group)
    const hasWebhook = this.#options.ways().webhook !== undefined && !this.#isPractice
    this.#mark(message, way === 'none' && hasWebhook ? 'webhook' : way, way === 'none' ? (hasWebhook ? 'queued' : 'quiet') : 'sent')
  }

  /** @returns which way it went */
  #onDesktop(group: Group, message: Message): 'desktop' | 'none' {
    const { desktop } = this.#options.ways()
    if (desktop === undefined || this.#options.isWindowShowing()) return 'none'
    const { title, body, severity, identity } = grouped(group.messages)
    const notice: DesktopNotice = {
      tag: message.kind,
      title: this.#isPractice ? `Practice: ${title}` : title,
      body,
      severity,
      isLasting: severity !== 'info',
      ...(identity === undefined ? {} : { identity }),
    }
    void this.#showOrNote(desktop, notice, message)
    return 'desktop'
  }

  async #showOrNote(desktop: DesktopWay, notice: DesktopNotice, message: Message): Promise<void> {
    const problem = await this.#show(desktop, notice)
    if (problem === undefined) return
    this.#options.log.warn('alerts.not-shown', { kind: message.kind, problem })
    this.#mark({ ...message, body: `${message.body} (${problem})` }, 'desktop', 'failed')
  }

  async #show(desktop: DesktopWay, notice: DesktopNotice): Promise<string | undefined> {
    try {
      return await desktop.show(notice)
    } catch (cause) {
      return textOf(cause)
    }
  }

  #sendOut(group: Group): void {
    const { webhook } = this.#options.ways()
    const waiting = group.outgoing
    group.outgoing = []
    if (webhook === undefined || waiting.length === 0 || this.#isPractice) return
    const { kind, severity, title, body, plain, at, actBy } = grouped(waiting)
    const text = webhook.withNames ? { title, body } : plain
    webhook.enqueue({ kind, severity, at, ...text, ...(actBy === undefined ? {} : { actBy }) })
  }

  #mark(message: Message, way: SentMessage['way'], outcome: SentMessage['outcome']): void {
    const { key, title, body } = message
    this.#options.memory.markSent({ key, way, outcome, title, body, at: this.#options.clock.now() })
  }
}
