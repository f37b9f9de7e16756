import { fail } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { Listener, NodeApiFault } from './faults.ts'
import type { NodeClient } from './node-client.ts'

/** What a user must know of the node's three addresses. */
const MEANS: Readonly<Record<Listener, string>> = {
  public: 'public listener (grpc-public-listener)',
  private: 'private listener (grpc-private-listener)',
  post: 'post listener (grpc-post-listener)',
}

/** Whether the three listeners answer: told on every change, and again when the last word grows old. */
export class Reach {
  readonly #last = new Map<Listener, { text: string; at: number }>()
  readonly #tell: (listener: Listener, why: string | undefined) => void
  readonly #client: NodeClient
  readonly #clock: Clock
  readonly #log: Logger
  readonly #againMs: number

  constructor(options: {
    client: NodeClient
    clock: Clock
    log: Logger
    /** `why` = the reason for down; without it the listener is up. */
    tell: (listener: Listener, why: string | undefined) => void
    againMs: number
  }) {
    this.#client = options.client
    this.#clock = options.clock
    this.#log = options.log
    this.#tell = options.tell
    this.#againMs = options.againMs
  }

  isUp(listener: Listener): boolean {
    return this.#last.get(listener)?.text === 'up'
  }

  /** @returns true when it was down (or never heard of) before. */
  up(listener: Listener): boolean {
    const wasUp = this.isUp(listener)
    this.#say(listener, undefined)
    return !wasUp
  }

  /**
   * A call failed that every node answers on this listener. A refusal or an answer that is too large still comes from a
   * listener that is up.
   */
  async failed(listener: Listener, fault: NodeApiFault): Promise<void> {
    switch (fault.code) {
      case 'node-api/refused':
      case 'node-api/too-large':
        this.#log.warn('node-api.refused', { listener, detail: fault.detail })
        this.#say(listener, undefined)
        return
      case 'node-api/cut': // By ourselves while reconnecting: the call that led to it has told the reason.
        this.#log.debug('node-api.cut', { listener, detail: fault.detail })
        return
      case 'node-api/not-offered':
        this.#say(listener, (await this.#explain(listener, fault)).detail)
        return
      default:
        this.#say(listener, fault.detail)
    }
  }

  async #explain(listener: Listener, fault: NodeApiFault): Promise<NodeApiFault> {
    const address = String(fault.context?.['address'] ?? '')
    const really = await this.#client.identify(listener)
    if (really !== undefined && really !== listener) {
      const text = `${address} is the node's ${MEANS[really]}; its ${MEANS[listener]} is needed here.`
      return fail('node-api/not-offered', text).fault
    }
    const text = `${fault.detail} The node is older than that service, or its configuration leaves it out.`
    return fail('node-api/not-offered', text).fault
  }

  #say(listener: Listener, why: string | undefined): void {
    const text = why === undefined ? 'up' : `down: ${why}`
    const last = this.#last.get(listener)
    const at = this.#clock.monotonic()
    const isNews = last?.text !== text
    if (!isNews && last !== undefined && at - last.at < this.#againMs) return
    this.#last.set(listener, { text, at })
    if (isNews) this.#log.info('node-api.reach', { listener, text })
    this.#tell(listener, why)
  }
}
