import type { IdentityId } from '../../shared/domain/ids.ts'
import type { CycleNote, LossCause } from './node.ts'
import { epochMs, roundEnd, startOf } from './network.ts'
import type { SimWorld } from './world.ts'

/** Why a proof that the node wants cannot be coming now. */
export type BlockerCode = 'service-down' | 'not-connected' | 'failed' | 'rejected' | 'flapping' | 'outdated' | 'drive'
export interface Blocker {
  readonly code: BlockerCode
  /** True ms since when, and since when it could be seen. */
  readonly since: number
}

export interface EpochTruth {
  registeredAt?: number
  askedAt?: number
  acceptedAt?: number
  publishedAt?: number
  refusedOwn?: boolean
  lost?: LossCause
  /** Everything that stood in the way while the proof was wanted, and for how long. */
  readonly blockedMs: Map<string, number>
}

/** A service connects again after 5 s; a node just started may take one more round. */
const RECONNECTS_MS = 6_000

/** What truly is and was, told by the world itself. */
export class Truth {
  readonly world: SimWorld
  readonly #epochs = new Map<string, EpochTruth>()
  readonly #asked = new Map<IdentityId, { readonly epoch: number | undefined; readonly at: number; readonly challenge: string }>()
  readonly #aliveSince = new Map<IdentityId, { readonly pid: number; readonly at: number }>()

  constructor(world: SimWorld) {
    this.world = world
    world.onNote = (note) => this.#note(note)
  }

  epochNow(): number {
    return Math.floor(this.world.now / epochMs(this.world.scenario.net))
  }

  of(identity: IdentityId, epoch: number): EpochTruth {
    const key = `${identity} ${epoch}`
    const known = this.#epochs.get(key)
    if (known !== undefined) return known
    const made: EpochTruth = { blockedMs: new Map() }
    this.#epochs.set(key, made)
    return made
  }

  #note(note: CycleNote): void {
    const at = this.world.now
    if (note.is === 'asked') {
      const known = this.#asked.get(note.identity)
      if (known?.challenge !== note.challenge) this.#asked.set(note.identity, { epoch: note.epoch, at, challenge: note.challenge })
      if (note.epoch !== undefined) this.of(note.identity, note.epoch).askedAt ??= at
      return
    }
    const truth = this.of(note.identity, note.epoch)
    if (note.is === 'registered') truth.registeredAt ??= at
    else if (note.is === 'accepted') truth.acceptedAt ??= at
    else if (note.is === 'published') truth.publishedAt ??= at
    else if (note.is === 'refused-own') truth.refusedOwn = true
    else if (note.is === 'lost') truth.lost ??= note.why
  }

  /** The proof that the node (when it runs) wants of this identity now. */
  wanted(identity: IdentityId): { readonly epoch: number | undefined; readonly since: number; readonly challenge: string } | undefined {
    if (this.world.node.states.get(identity) !== 'proving') return undefined
    const asked = this.#asked.get(identity)
    return asked === undefined ? undefined : { epoch: asked.epoch, since: asked.at, challenge: asked.challenge }
  }

  /** Last moment at which a whole new proof could still be begun. */
  lastUsefulStart(identity: IdentityId, epoch: number): number {
    const { net } = this.world.scenario
    const plan = this.world.plans.get(identity)
    const needs = plan === undefined ? 0 : plan.prepareMs + plan.powMs * 1.5 + plan.passMs + 5_000
    return startOf(net, epoch + 1) - needs
  }

  /** @param isParked  down because it is not its turn yet */
  blockers(identity: IdentityId, isParked: boolean): readonly Blocker[] {
    const { world } = this
    const wanted = this.wanted(identity)
    const service = world.services.get(identity)
    if (wanted === undefined || service === undefined) return []
    const found: Blocker[] = []
    const from = (since: number): number => Math.max(since, wanted.since)
    const helper = world.duplicates.get(identity)
    const isServedByOther = helper?.isConnected === true
    const { disk } = service.traits
    if (disk.state !== 'there' && !isServedByOther && service.phase !== 'done') found.push({ code: 'drive', since: from(disk.since) })
    if (world.node.findsInvalid.has(identity) && wanted.epoch === undefined) found.push({ code: 'flapping', since: world.now })
    if (isServedByOther) return found
    if (!service.isAlive) {
      if (!isParked) found.push({ code: 'service-down', since: from(service.diedAt) })
      return found
    }
    const alive = this.#aliveSince.get(identity)
    if (alive?.pid !== service.pid) this.#aliveSince.set(identity, { pid: service.pid, at: world.now })
    const aliveFor = world.now - (this.#aliveSince.get(identity)?.at ?? world.now)
    if (!service.isConnected && aliveFor > RECONNECTS_MS && world.node.state === 'up') {
      found.push({ code: 'not-connected', since: from(world.now) })
    }
    if (service.outcome === 'failed' && service.failedAt !== undefined) found.push({ code: 'failed', since: from(service.failedAt) })
    const isRejected = service.rejectedChallenge === wanted.challenge
    if (service.isDataBad && service.rejectedAt !== undefined && isRejected)
      found.push({ code: 'rejected', since: from(service.rejectedAt) })
    if (service.outdatedAt !== undefined && service.phase !== 'idle') found.push({ code: 'outdated', since: from(service.outdatedAt) })
    return found
  }

  /** Whether what the service makes now is of use to the node: a stop would lose it. */
  isUseful(identity: IdentityId): boolean {
    const service = this.world.services.get(identity)
    if (service === undefined || !service.isAlive || service.phase === 'idle' || service.outcome === 'failed') return false
    const asked = this.#asked.get(identity)
    const { challenge } = this.world.node.lasting.get(identity) ?? {}
    const wanted = challenge === undefined ? asked?.challenge : challenge.hash
    const isOpen = asked?.epoch === undefined || this.world.now < startOf(this.world.scenario.net, asked.epoch + 1)
    const isDone = asked?.epoch !== undefined && this.of(identity, asked.epoch).acceptedAt !== undefined
    return isOpen && !isDone && wanted === service.challenge && !service.isDataBad && service.traits.disk.state === 'there'
  }

  /** It published before or was registered, so an epoch without an ATX is a loss that must be told. */
  isMissed(identity: IdentityId, epoch: number): boolean {
    const truth = this.of(identity, epoch)
    if (truth.publishedAt !== undefined || this.world.node.banned.has(identity)) return false
    return truth.registeredAt !== undefined || this.of(identity, epoch - 1).publishedAt !== undefined
  }

  /** The causes that truly took part, in the keeper's words. */
  causesOf(identity: IdentityId, epoch: number): ReadonlySet<string> {
    const truth = this.of(identity, epoch)
    const causes = new Set<string>()
    const add = (...codes: readonly string[]): void => {
      for (const code of codes) causes.add(`missed/${code}`)
    }
    if (truth.refusedOwn === true) add('not-published', 'membership', 'other')
    if (truth.lost === 'no-registration' || truth.registeredAt === undefined) add('not-registered', 'poet', 'expired', 'late-before')
    if (truth.lost === 'no-poet-proof' || (truth.askedAt === undefined && truth.registeredAt !== undefined))
      add('poet', 'expired', 'poet-late')
    if (truth.lost === 'proof-too-late') add('expired', 'too-late')
    if (truth.acceptedAt !== undefined) add('not-published')
    for (const code of truth.blockedMs.keys()) {
      add(code)
      if (code === 'failed') add('nonces-exhausted', 'node-said', 'other', 'proof', 'done-not-fetched')
      if (code === 'rejected') add('proof-wrong', 'proof')
      if (code === 'outdated') add('node-said', 'proof')
      if (code === 'drive') add('service-down', 'data', 'proof-wrong')
      if (code === 'not-connected') add('service-down')
    }
    return causes
  }

  /** The gap of publish epoch `epoch` opens. */
  gapOpens(epoch: number): number {
    return roundEnd(this.world.scenario.net, epoch - 1)
  }
}
