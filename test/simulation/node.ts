import type { IdentityId } from '../../shared/domain/ids.ts'
import type { NodeLogFact } from '../../shared/domain/log-facts.ts'
import type { ActivationEntry, NodeEvent, NodeSync, PostStateEntry } from '../../shared/domain/observation.ts'
import { asEpoch, asLayer } from '../../shared/domain/ids.ts'
import type { Clock } from '../../electron/lib/clock.ts'
import { startCycle, type Cycle, type Lasting } from './cycle.ts'
import type { SimTiming } from './network.ts'
import type { Random } from './random.ts'
import type { Refusal, SimService } from './service.ts'

type Plain<T> = T extends unknown ? Omit<T, 'emittedAt' | 'failure' | 'help'> : never
type PlainFact<T> = T extends unknown ? Omit<T, 'loggedAt'> : never
export type NewEvent = Plain<NodeEvent>
export type NewFact = PlainFact<NodeLogFact>

export interface SimPoet {
  readonly name: string
  isUp: boolean
  /** Further delay of the proof of the round that ends next. */
  lateMs: number
}

export interface NodeWorld {
  readonly clock: Clock
  readonly random: Random
  readonly net: SimTiming
  readonly poets: readonly SimPoet[]
  readonly event: (event: NodeEvent) => void
  readonly logged: (fact: NodeLogFact) => void
  readonly ended: (how: { code?: number; signal?: string; text: string }) => void
  /** What truly happened, for the referee. */
  readonly note: (note: CycleNote) => void
}

export type CycleNote =
  | { readonly is: 'asked'; readonly identity: IdentityId; readonly epoch: number | undefined; readonly challenge: string }
  | {
      readonly is: 'accepted' | 'published' | 'refused-own'
      readonly identity: IdentityId
      readonly epoch: number
      readonly atxId?: string
    }
  | { readonly is: 'registered'; readonly identity: IdentityId; readonly epoch: number }
  | { readonly is: 'lost'; readonly identity: IdentityId; readonly epoch: number; readonly why: LossCause }
export type LossCause = 'no-registration' | 'no-poet-proof' | 'proof-too-late'

const RING = 100

/** One go-spacemesh: what lasts (its databases) and what its present run does. */
export class SimNode {
  readonly world: NodeWorld
  readonly lasting = new Map<IdentityId, Lasting>()
  state: 'down' | 'starting' | 'up' = 'down'
  pid = 0
  /** The API does not answer although the process lives. */
  isApiLost = false
  isSynced = true
  upAt = Number.NEGATIVE_INFINITY
  hasCoinbase = true
  version = 'v1.8.3'
  readonly states = new Map<IdentityId, 'idle' | 'proving'>()
  readonly connected = new Map<IdentityId, SimService>()
  readonly atxs: ActivationEntry[] = []
  readonly banned = new Set<IdentityId>()
  ring: NodeEvent[] = []
  /** This run's log. */
  log: NodeLogFact[] = []
  /** Own ATXs of these are refused by the node itself, "published" is said all the same. */
  readonly refusesOwn = new Set<IdentityId>()
  /** Initial proofs of these are found invalid. */
  readonly findsInvalid = new Set<IdentityId>()
  #cycles = new Map<IdentityId, Cycle>()
  #timers = new Set<() => void>()

  constructor(world: NodeWorld) {
    this.world = world
  }

  get now(): number {
    return this.world.clock.monotonic()
  }
  get doesAnswer(): boolean {
    return this.state === 'up' && !this.isApiLost
  }

  spawn(pid: number): void {
    const { random, net, poets } = this.world
    this.pid = pid
    this.state = 'starting'
    this.ring = []
    this.log = []
    this.states.clear()
    this.say({ fact: 'version', version: this.version })
    this.say({ fact: 'start-step', step: 'welcome' })
    for (const id of this.lasting.keys()) this.say({ fact: 'identity-loaded', filename: `${id.slice(0, 4)}.key`, idPrefix: id.slice(0, 6) })
    let at = random.between(...net.nodeStartMs)
    this.after(at / 3, () => this.say({ fact: 'start-step', step: 'poet-client' }))
    for (const poet of poets) {
      if (poet.isUp) continue
      this.after(at / 2, () => this.say({ fact: 'poet-slow', poet: poet.name, text: `${poet.name}: connection refused` }))
      at += Math.min(30_000, net.nodeStartMs[1])
    }
    this.after(at, () => {
      this.say({ fact: 'start-step', step: 'listening' })
      this.state = 'up'
      this.upAt = this.now
      this.say({ fact: 'app-started' })
      for (const [id, lasting] of this.lasting) this.#cycles.set(id, startCycle(this, id, lasting))
      this.#layers()
    })
  }

  /** A new key takes part from the node's next start on. */
  addIdentity(id: IdentityId, lasting: Lasting): void {
    this.lasting.set(id, lasting)
  }

  end(how: { code?: number; signal?: string; text: string }): void {
    if (this.state === 'down') return
    this.state = 'down'
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.#cycles.clear()
    this.states.clear()
    const lost = [...this.connected.values()]
    this.connected.clear()
    for (const service of lost) service.lose()
    this.world.ended(how)
  }

  connect(service: SimService): 'ok' | Refusal {
    if (this.state !== 'up') return 'refused'
    if (!this.hasCoinbase) return 'no-coinbase'
    const id = service.traits.identity
    const known = this.connected.get(id)
    if (known !== undefined && known !== service) return 'already-registered'
    this.connected.set(id, service)
    this.say({ fact: 'service-registered', idPrefix: id.slice(0, 6) })
    return 'ok'
  }

  drop(service: SimService): void {
    const id = service.traits.identity
    if (this.connected.get(id) === service) this.connected.delete(id)
  }

  postStates(): readonly PostStateEntry[] {
    return [...this.states].map(([identity, state]) => ({ identity, state, name: `${identity.slice(0, 4)}.key` }))
  }

  sync(): NodeSync {
    const { net } = this.world
    const layer = Math.floor(this.now / net.layerDurationMs)
    const applied = this.isSynced ? layer : Math.max(0, layer - 50)
    const isSynced = this.isSynced
    return {
      isSynced,
      connectedPeers: isSynced ? 20 : 1,
      currentLayer: asLayer(layer),
      latestLayer: asLayer(layer),
      appliedLayer: asLayer(applied),
    }
  }

  setState(id: IdentityId, state: 'idle' | 'proving'): void {
    if (this.states.get(id) === state) return
    this.states.set(id, state)
    this.say({ fact: 'post-state', identity: id, state })
  }

  emit(event: NewEvent, failure = false, help = ''): void {
    const full = { ...event, emittedAt: this.world.clock.now(), failure, help } as NodeEvent
    this.ring.push(full)
    if (this.ring.length > RING) this.ring.shift()
    this.world.event(full)
  }

  say(fact: NewFact): void {
    const full = { ...fact, loggedAt: this.world.clock.now() } as NodeLogFact
    this.log.push(full)
    if (this.log.length > 800) this.log.splice(0, 300)
    this.world.logged(full)
  }

  /** Runs only while this run of the node lasts. */
  after(ms: number, run: () => void): () => void {
    const cancel = this.world.clock.after(ms, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
    return cancel
  }

  /** At each epoch's start the eligibilities of those with an ATX; noise of proposals in between. */
  #layers(): void {
    const { net, random } = this.world
    const layer = Math.floor(this.now / net.layerDurationMs)
    const nextLayerAt = (layer + 1) * net.layerDurationMs
    const step = net.name === 'mainnet' ? 72 : 1
    this.after(nextLayerAt - this.now + (step - 1) * net.layerDurationMs, () => {
      const current = Math.floor(this.now / net.layerDurationMs)
      const epoch = Math.floor(current / net.layersPerEpoch)
      if (current % net.layersPerEpoch < step) this.#eligibilities(epoch)
      for (const id of this.lasting.keys()) {
        if (random.chance(0.1)) this.emit({ event: 'proposal', identity: id, layer: asLayer(current) })
      }
      this.#layers()
    })
  }

  #eligibilities(epoch: number): void {
    const { net, random } = this.world
    this.emit({ event: 'beacon', epoch: asEpoch(epoch) })
    for (const { identity, publishEpoch } of this.atxs) {
      if (publishEpoch !== epoch - 1 || this.banned.has(identity)) continue
      const first = epoch * net.layersPerEpoch
      const layers = [random.whole(1, 5), random.whole(6, net.layersPerEpoch - 1)].map((n) => ({ layer: asLayer(first + n), count: 1 }))
      this.emit({ event: 'eligibilities', identity, epoch: asEpoch(epoch), layers })
    }
  }
}
