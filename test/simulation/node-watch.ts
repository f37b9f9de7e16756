import { asEpoch, type IdentityId } from '../../shared/domain/ids.ts'
import { epochAt } from '../../shared/domain/network.ts'
import type { NodeEvent, Observation } from '../../shared/domain/observation.ts'
import type { Clock } from '../../electron/lib/clock.ts'
import { DEFAULT_PACE } from '../../electron/node-api/watch.ts'
import type { SimNode } from './node.ts'

type Listener = 'public' | 'private' | 'post'

const ANSWER_MS = 15
/** A node that hangs is given up after this. */
const HANG_MS = 5_000

/** Tells what electron/node-api would tell of this node, at its paces; nothing else. */
export class SimNodeWatch {
  readonly #node: SimNode
  readonly #clock: Clock
  readonly #ids: readonly IdentityId[]
  readonly #emit: (seen: Observation) => void
  readonly #reach = new Map<Listener, { isUp: boolean; at: number }>()
  readonly #told = new Set<NodeEvent>()
  #isClosed = false
  #isSubscribed = false
  #isSomeoneProving = false
  #version = ''
  #kicks: Record<string, () => void> = {}

  constructor(options: { node: SimNode; clock: Clock; ids: readonly IdentityId[]; emit: (seen: Observation) => void }) {
    this.#node = options.node
    this.#clock = options.clock
    this.#ids = options.ids
    this.#emit = options.emit
    const pace = DEFAULT_PACE
    const { net } = this.#node.world
    const now = (): number => this.#clock.now()
    this.#poll(
      'public',
      () => pace.statusMs,
      () => this.#emit({ at: now(), kind: 'node-sync', sync: this.#node.sync() }),
    )
    this.#poll(
      'post',
      () => (this.#isSomeoneProving ? pace.postStatesProvingMs : pace.postStatesMs),
      () => {
        const states = this.#node.postStates()
        this.#isSomeoneProving = states.some((one) => one.state === 'proving')
        this.#emit({ at: now(), kind: 'post-states', states })
      },
    )
    this.#poll(
      'private',
      () => pace.smesherIdsMs,
      () => this.#emit({ at: now(), kind: 'smesher-ids', ids: [...this.#node.states.keys()] }),
    )
    this.#poll(
      'public',
      () => pace.versionMs,
      () => this.#tellVersion(),
      'version',
    )
    this.#poll(
      'public',
      () => pace.activationsMs,
      () => {
        const toEpoch = epochAt(net, now())
        const fromEpoch = asEpoch(Math.max(0, toEpoch - 2))
        const list = this.#node.atxs.filter(
          (atx) => atx.publishEpoch >= fromEpoch && atx.publishEpoch <= toEpoch && this.#ids.includes(atx.identity),
        )
        this.#emit({ at: now(), kind: 'activations', identities: this.#ids, fromEpoch, toEpoch, list })
      },
      'activations',
    )
    this.#poll(
      'public',
      () => pace.malfeasanceMs,
      () => {
        for (const identity of this.#ids) {
          const isBanned = this.#node.banned.has(identity)
          this.#emit({ at: now(), kind: 'malfeasance', identity, isBanned, ...(isBanned ? { reason: 'double ATX' } : {}) })
        }
      },
      'bans',
    )
    this.#subscribe()
  }

  /** The stream delivers. */
  onEvent(event: NodeEvent): void {
    if (!this.#isSubscribed || !this.#node.doesAnswer) return
    this.#clock.after(3, () => this.#tellEvent(event))
  }

  close(): void {
    this.#isClosed = true
  }

  #tellVersion(): void {
    this.#version = this.#node.version
    this.#emit({ at: this.#clock.now(), kind: 'node-version', version: this.#version })
  }

  #poll(listener: Listener, periodMs: () => number, task: () => void, name?: string): void {
    let cancel = (): void => {}
    const again = (): void => {
      if (!this.#isClosed) cancel = this.#clock.after(periodMs(), run)
    }
    const run = (): void => {
      if (this.#isClosed) return
      const { state, isApiLost } = this.#node
      const wait = state === 'up' && isApiLost ? HANG_MS : ANSWER_MS
      cancel = this.#clock.after(wait, () => {
        if (this.#isClosed) return
        if (this.#node.doesAnswer) {
          this.#isUp(listener)
          task()
        } else {
          this.#isSubscribed = this.#isSubscribed && this.#node.state === 'up'
          if (listener === 'post') this.#isSomeoneProving = false
          if (name === undefined) this.#say(listener, false)
        }
        again()
      })
    }
    if (name !== undefined) {
      this.#kicks[name] = () => {
        cancel()
        run()
      }
    }
    run()
  }

  #isUp(listener: Listener): void {
    const wasUp = this.#reach.get(listener)?.isUp === true
    this.#say(listener, true)
    if (wasUp) return
    if (listener === 'public') for (const name of ['version', 'activations']) this.#kicks[name]?.()
    if (listener === 'private') this.#kicks['bans']?.()
  }

  #say(listener: Listener, isUp: boolean): void {
    const last = this.#reach.get(listener)
    const at = this.#clock.monotonic()
    if (last?.isUp === isUp && at - last.at < DEFAULT_PACE.reachAgainMs) return
    this.#reach.set(listener, { isUp, at })
    this.#emit({ at: this.#clock.now(), kind: 'node-api', listener, reach: isUp ? 'up' : 'down', ...(isUp ? {} : { why: 'refused' }) })
  }

  /** Re-subscribes at once when the stream breaks; the ring comes first. */
  #subscribe(): void {
    if (this.#isClosed) return
    if (!this.#isSubscribed && this.#node.doesAnswer) {
      this.#isSubscribed = true
      this.#isUp('private')
      for (const event of this.#node.ring) this.#tellEvent(event)
    }
    if (!this.#node.doesAnswer) this.#isSubscribed = false
    this.#clock.after(1_000, () => this.#subscribe())
  }

  #tellEvent(event: NodeEvent): void {
    if (this.#isClosed || this.#told.has(event)) return
    this.#told.add(event)
    this.#emit({ at: this.#clock.now(), kind: 'node-event', event })
    if (event.event === 'malfeasance') this.#kicks['bans']?.()
    if (event.event !== 'atx-published') return
    this.#kicks['activations']?.()
    this.#clock.after(DEFAULT_PACE.confirmMs, () => this.#kicks['activations']?.())
  }
}
