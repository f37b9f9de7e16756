import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { OutgoingMessage, OutgoingWay } from './dispatcher.ts'
import { callOnce, type Call, type CallOutcome } from './http-call.ts'
import type { Letter, Outbox } from './outbox.ts'

export interface WebhookSettings {
  readonly url: string
  readonly form: 'ntfy' | 'json'
  readonly withNames: boolean
}

export interface WebhookOptions {
  readonly settings: WebhookSettings
  readonly clock: Clock
  readonly log: Logger
  readonly outbox: Outbox
  readonly deadlineMs?: number
  /** Extra authority for TLS, PEM. */
  readonly ca?: string
  /** Told for each message that arrived or was given up. */
  readonly onOutcome?: (message: OutgoingMessage, outcome: 'sent' | 'failed', why?: string) => void
}

export interface Webhook extends OutgoingWay {
  /** Why the last try did not work; `undefined` when it did or nothing was tried. */
  readonly problem: string | undefined
  readonly waiting: number
  close(): void
}

/** Waits between tries of one message; the last one repeats until the message is too old. */
const BACK_OFF_MS = [5000, 15_000, 60_000, 300_000, 900_000, 1_800_000]
const TOO_OLD_MS = 24 * 3_600_000
const MOST_WAITING = 200

/** Posts messages one after another and tries for a day. What waits survives a restart. */
export const createWebhook = (options: WebhookOptions): Webhook => new OutboxWebhook(options)

class OutboxWebhook implements Webhook {
  readonly #options: WebhookOptions
  #isSending = false
  #isClosed = false
  #cancel: (() => void) | undefined
  problem: string | undefined

  constructor(options: WebhookOptions) {
    this.#options = options
    this.#schedule(0)
  }

  get withNames(): boolean {
    return this.#options.settings.withNames
  }
  get waiting(): number {
    return this.#options.outbox.letters.length
  }

  enqueue(message: OutgoingMessage): void {
    if (this.#isClosed) return
    const { outbox } = this.#options
    let letters: readonly Letter[] = [...outbox.letters, { message, attempts: 0 }]
    while (letters.length > MOST_WAITING) {
      // What matters least goes first: the oldest good news, else the oldest.
      const gone = letters.find((letter) => letter.message.severity === 'info') ?? letters[0]
      letters = letters.filter((letter) => letter !== gone)
      if (gone !== undefined) this.#giveUp(gone.message, 'too many messages are waiting')
    }
    outbox.replace(letters)
    // A try that waits because the server asked for it is not hurried by news.
    if (letters.length === 1 || this.problem === undefined) this.#schedule(0)
  }

  async test(message: OutgoingMessage): Promise<string | undefined> {
    const outcome = await this.#post(message)
    return outcome.is === 'arrived' ? undefined : outcome.why
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }

  #schedule(delayMs: number): void {
    this.#cancel?.()
    this.#cancel = this.#options.clock.after(delayMs, () => void this.#sendNext())
  }

  async #sendNext(): Promise<void> {
    const { outbox, clock } = this.#options
    if (this.#isSending || this.#isClosed) return
    const letter = outbox.letters[0]
    if (letter === undefined) return
    if (clock.now() - letter.message.at > TOO_OLD_MS) {
      outbox.replace(outbox.letters.slice(1))
      this.#giveUp(letter.message, this.problem ?? 'it is too old')
      this.#schedule(0)
      return
    }
    this.#isSending = true
    const outcome = await this.#post(letter.message)
    this.#isSending = false
    // Closed meanwhile: the outbox may have a new owner, who sends this one again. Twice is better than never.
    if (!this.#isClosed) this.#settle(letter, outcome)
  }

  #settle(letter: Letter, outcome: CallOutcome): void {
    const { outbox, log, onOutcome } = this.#options
    const others = outbox.letters.filter((one) => one !== letter)
    if (outcome.is === 'later') {
      this.problem = outcome.why
      log.warn('webhook.later', { why: outcome.why, attempts: letter.attempts + 1 })
      const wait = outcome.afterMs ?? BACK_OFF_MS[Math.min(letter.attempts, BACK_OFF_MS.length - 1)] ?? 0
      outbox.replace([{ ...letter, attempts: letter.attempts + 1 }, ...others])
      this.#schedule(wait)
      return
    }
    outbox.replace(others)
    if (outcome.is === 'arrived') {
      this.problem = undefined
      onOutcome?.(letter.message, 'sent')
    } else this.#giveUp(letter.message, outcome.why)
    if (others.length > 0) this.#schedule(0)
  }

  #giveUp(message: OutgoingMessage, why: string): void {
    this.#options.log.error('webhook.given-up', { kind: message.kind, why })
    this.#options.onOutcome?.(message, 'failed', why)
  }

  #post(message: OutgoingMessage): Promise<CallOutcome> {
    const { settings, ca, deadlineMs = 10_000 } = this.#options
    const call = settings.form === 'ntfy' ? ntfyCall(message) : jsonCall(message)
    return callOnce({ url: settings.url, method: 'POST', deadlineMs, ...call, ...(ca === undefined ? {} : { ca }) })
  }
}

type Form = Pick<Call, 'headers' | 'body'>

/** ntfy's headers: Title, Priority (1–5), Tags. @source docs.ntfy.sh, publishing */
function ntfyCall(message: OutgoingMessage): Form {
  const priority = { info: '3', warn: '4', bad: '5' }[message.severity]
  const tag = { info: 'white_check_mark', warn: 'warning', bad: 'rotating_light' }[message.severity]
  return {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', Title: headerText(message.title), Priority: priority, Tags: tag },
    body: message.body === '' ? message.title : message.body,
  }
}

/** A header holds ASCII only; ntfy reads RFC 2047's encoded words. */
const headerText = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`)

function jsonCall(message: OutgoingMessage): Form {
  const { kind, severity, title, body, at, actBy } = message
  const json = {
    app: 'smeshkeeper',
    kind,
    severity,
    title,
    body,
    at: new Date(at).toISOString(),
    ...(actBy === undefined ? {} : { actBy: new Date(actBy).toISOString() }),
  }
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) }
}
