import type { IdentityId } from '../../shared/domain/ids.ts'
import type { NodeEvent, Observation } from '../../shared/domain/observation.ts'
import type { Result } from '../../shared/domain/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { askActivations, askBans, askPostStates, askSmesherIds, askSync, askVersion, type EpochRange } from './ask.ts'
import { followEvents } from './event-follower.ts'
import type { Listener, NodeApiFaultCode } from './faults.ts'
import type { NodeClient } from './node-client.ts'
import { poll, type Poller } from './poller.ts'
import { Reach } from './reach.ts'

export interface WatchPace {
  readonly statusMs: number
  readonly versionMs: number
  readonly postStatesMs: number
  /** While the node wants a proof for anyone. */
  readonly postStatesProvingMs: number
  readonly smesherIdsMs: number
  readonly activationsMs: number
  /** After an `atx-published` event the list is asked at once, and again after this time. */
  readonly confirmMs: number
  readonly malfeasanceMs: number
  readonly retryMinMs: number
  readonly retryMaxMs: number
  /** An unchanged up or down is told again after this time. */
  readonly reachAgainMs: number
}

export const DEFAULT_PACE: WatchPace = {
  statusMs: 2_000,
  versionMs: 600_000,
  postStatesMs: 2_000,
  postStatesProvingMs: 1_000,
  smesherIdsMs: 30_000,
  activationsMs: 30_000,
  confirmMs: 3_000,
  malfeasanceMs: 600_000,
  retryMinMs: 250,
  retryMaxMs: 4_000,
  reachAgainMs: 10_000,
}

export interface WatchOptions {
  /** Whose ATXs and bans are asked for. */
  readonly identities: () => readonly IdentityId[]
  /** Publish epochs of interest, both inclusive. */
  readonly epoch: () => EpochRange
  readonly emit: (seen: Observation) => void
  readonly clock: Clock
  readonly log: Logger
  readonly pace?: Partial<WatchPace>
}

export interface NodeWatch {
  /** Asks everything now. */
  refresh(): void
  /** Nothing is emitted any more; resolves when the last question is over. The client stays open. */
  close(): Promise<void>
}

/**
 * Watches one node: three listeners, each on its own; what cannot be had is told as `node-api … down` with the reason, and
 * never holds up the rest.
 */
export const watchNode = (client: NodeClient, options: WatchOptions): NodeWatch => new Watch(client, options)

type Told = Observation extends infer O ? (O extends Observation ? Omit<O, 'at'> : never) : never

type Pollers = Readonly<Record<'status' | 'version' | 'postStates' | 'smesherIds' | 'activations' | 'bans', Poller>>

class Watch implements NodeWatch {
  readonly #client: NodeClient
  readonly #options: WatchOptions
  readonly #pace: WatchPace
  readonly #reach: Reach
  readonly #pollers: Pollers
  readonly #events: { close(): void }
  #cancelConfirm = (): void => {}
  #version: string | undefined
  #isSomeoneProving = false
  #isClosed = false

  constructor(client: NodeClient, options: WatchOptions) {
    const { clock, log } = options
    this.#client = client
    this.#options = options
    this.#pace = { ...DEFAULT_PACE, ...options.pace }
    const pace = this.#pace
    this.#reach = new Reach({
      client,
      clock,
      log,
      againMs: pace.reachAgainMs,
      tell: (listener, why) =>
        this.#tell({ kind: 'node-api', listener, reach: why === undefined ? 'up' : 'down', ...(why === undefined ? {} : { why }) }),
    })
    this.#pollers = this.#startPollers()
    this.#events = followEvents({
      client,
      clock,
      log,
      retryMinMs: pace.retryMinMs,
      retryMaxMs: pace.retryMaxMs,
      event: (event) => this.#tellEvent(event),
      connected: () => this.#isUp('private'),
      lost: (fault) => {
        // The admin service alone may be missing; the listener is judged by SmesherIDs then.
        if (fault.code !== 'node-api/not-offered') void this.#reach.failed('private', fault)
      },
    })
  }

  #startPollers(): Pollers {
    const { clock, log } = this.#options
    const pace = this.#pace
    const every = (name: string, periodMs: () => number, task: () => Promise<void>): Poller => poll({ clock, log, name, periodMs, task })
    const postStatesMs = (): number => (this.#isSomeoneProving ? pace.postStatesProvingMs : pace.postStatesMs)
    return {
      status: every('status', () => pace.statusMs, this.#askStatus.bind(this)),
      version: every('version', () => pace.versionMs, this.#askVersion.bind(this)),
      postStates: every('post-states', postStatesMs, this.#askPostStates.bind(this)),
      smesherIds: every('smesher-ids', () => pace.smesherIdsMs, this.#askSmesherIds.bind(this)),
      activations: every('activations', () => pace.activationsMs, this.#askActivations.bind(this)),
      bans: every('malfeasance', () => pace.malfeasanceMs, this.#askBans.bind(this)),
    }
  }

  refresh(): void {
    for (const poller of Object.values(this.#pollers)) poller.kick()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelConfirm()
    this.#events.close()
    await Promise.all(Object.values(this.#pollers).map((poller) => poller.close()))
  }

  #tell(told: Told): void {
    if (!this.#isClosed) this.#options.emit({ at: this.#options.clock.now(), ...told })
  }

  /** The listener answered; when it had not before, everything behind it is asked anew. */
  #isUp(listener: Listener): void {
    if (!this.#reach.up(listener) || this.#isClosed) return
    const { version, activations, smesherIds, bans } = this.#pollers
    if (listener === 'public') for (const poller of [version, activations]) poller.kick()
    if (listener === 'private') for (const poller of [smesherIds, bans]) poller.kick()
  }

  /** The value of an answer; `undefined` after noting that its listener failed. */
  async #valueOf<T>(listener: Listener, asked: Promise<Result<T, NodeApiFaultCode>>): Promise<T | undefined> {
    const answer = await asked
    if (this.#isClosed) return undefined
    if (answer.ok) {
      this.#isUp(listener)
      return answer.value
    }
    await this.#reach.failed(listener, answer.fault)
    return undefined
  }

  async #askStatus(): Promise<void> {
    const sync = await this.#valueOf('public', askSync(this.#client))
    if (sync !== undefined) this.#tell({ kind: 'node-sync', sync })
  }

  async #askVersion(): Promise<void> {
    const answer = await askVersion(this.#client)
    if (!answer.ok) return
    this.#version = answer.value
    this.#tell({ kind: 'node-version', version: answer.value })
  }

  async #askPostStates(): Promise<void> {
    const states = await this.#valueOf('post', askPostStates(this.#client))
    this.#isSomeoneProving = states?.some((entry) => entry.state === 'proving') ?? false
    if (states !== undefined) this.#tell({ kind: 'post-states', states })
  }

  async #askSmesherIds(): Promise<void> {
    const ids = await this.#valueOf('private', askSmesherIds(this.#client))
    if (ids !== undefined) this.#tell({ kind: 'smesher-ids', ids })
  }

  async #askActivations(): Promise<void> {
    const identities = [...this.#options.identities()]
    const { from, to } = this.#options.epoch()
    if (identities.length === 0 || from > to) return
    const answer = await askActivations(this.#client, identities, { from, to })
    if (answer.ok) this.#tell({ kind: 'activations', identities, fromEpoch: from, toEpoch: to, list: answer.value })
    else this.#options.log.debug('node-api.no-activations', { detail: answer.fault.detail })
  }

  async #askBans(): Promise<void> {
    const identities = [...this.#options.identities()]
    if (identities.length === 0) return
    const answer = await askBans(this.#client, identities, this.#version)
    if (!answer.ok) {
      this.#options.log.debug('node-api.bans-unknown', { detail: answer.fault.detail })
      return
    }
    for (const identity of identities) {
      const reason = answer.value.get(identity)
      this.#tell({ kind: 'malfeasance', identity, isBanned: reason !== undefined, ...(reason === undefined ? {} : { reason }) })
    }
  }

  #tellEvent(event: NodeEvent): void {
    this.#tell({ kind: 'node-event', event })
    if (this.#isClosed) return
    if (event.event === 'malfeasance') this.#pollers.bans.kick()
    if (event.event !== 'atx-published') return
    this.#pollers.activations.kick()
    this.#cancelConfirm()
    this.#cancelConfirm = this.#options.clock.after(this.#pace.confirmMs, () => this.#pollers.activations.kick())
  }
}
