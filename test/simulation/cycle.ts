import { asEpoch, type IdentityId } from '../../shared/domain/ids.ts'
import type { NewFact, SimNode } from './node.ts'
import { epochMs, roundEnd, roundStart, startOf } from './network.ts'

export const ZERO = '0'.repeat(64)
const ASK_MS = 2_000
const WARN_EVERY = 10

/** What the node's databases keep of one identity over a restart. */
export interface Lasting {
  hasInitial: boolean
  lastAtx: number | undefined
  challenge:
    | {
        readonly epoch: number
        readonly hash: string
        /** 64 hex; zeros for the first. */
        readonly previousAtx: string
        poets: string[]
        hasPoetProof: boolean
        isProved: boolean
      }
    | undefined
  /** Known to the referee: why no proof was asked for in this publish epoch. */
  lateFor: number | undefined
}

export const newLasting = (): Lasting => ({ hasInitial: false, lastAtx: undefined, challenge: undefined, lateFor: undefined })

export interface Cycle {
  readonly id: IdentityId
}

/** The life of one identity in the node: register, wait for the PoET, prove, publish, anew. @source facts/failure-modes.md §4, grpc-api.md §7 */
export function startCycle(node: SimNode, id: IdentityId, lasting: Lasting): Cycle {
  const run = new RunningCycle(node, id, lasting)
  node.setState(id, 'idle')
  run.next()
  return { id }
}

class RunningCycle {
  readonly #node: SimNode
  readonly #id: IdentityId
  readonly #l: Lasting

  constructor(node: SimNode, id: IdentityId, lasting: Lasting) {
    this.#node = node
    this.#id = id
    this.#l = lasting
  }

  get #prefix(): { readonly idPrefix: string } {
    return { idPrefix: this.#id.slice(0, 6) }
  }
  #say(fact: NewFact): void {
    this.#node.say(fact)
  }
  #layerLater(run: () => void): void {
    this.#node.after(this.#node.world.net.layerDurationMs, run)
  }

  /** The next step by what the databases hold. */
  next(): void {
    const node = this.#node
    if (!node.isSynced) {
      node.after(2_000, () => this.next())
      return
    }
    const { challenge, hasInitial, lastAtx } = this.#l
    if (!hasInitial && lastAtx === undefined) this.#initial()
    else if (challenge === undefined) this.#window()
    else if (challenge.poets.length === 0) this.#register()
    else if (challenge.isProved) this.#publish()
    else this.#round()
  }

  #initial(): void {
    this.#prove(ZERO, undefined, () => {
      const node = this.#node
      node.setState(this.#id, 'idle')
      node.emit({ event: 'post-complete', identity: this.#id, challenge: ZERO })
      if (node.findsInvalid.has(this.#id)) {
        this.#say({ fact: 'initial-post-invalid', ...this.#prefix, text: 'verifying PoST: invalid index: 0' })
        this.#layerLater(() => this.next())
        return
      }
      this.#l.hasInitial = true
      this.next()
    })
  }

  #window(): void {
    const node = this.#node
    const { net } = node.world
    let epoch = Math.floor(node.now / epochMs(net))
    if (node.now >= roundStart(net, epoch)) epoch += 1
    const opens = roundStart(net, epoch) - net.poet.gracePeriodMs
    const begin = (): void => {
      if (node.now >= roundStart(net, epoch) || !node.isSynced) {
        this.next()
        return
      }
      const previousAtx = node.atxs.findLast(({ identity }) => identity === this.#id)?.atxId ?? ZERO
      const hash = node.world.random.hex(64)
      this.#l.challenge = { epoch: epoch + 1, hash, previousAtx, poets: [], hasPoetProof: false, isProved: false }
      this.#register()
    }
    if (node.now >= opens) {
      begin()
      return
    }
    const opensWall = node.world.clock.now() + opens - node.now
    node.emit({
      event: 'waiting-for-registration',
      identity: this.#id,
      publishEpoch: asEpoch(epoch + 1),
      windowOpensAt: opensWall,
    })
    node.after(opens - node.now + node.world.random.between(0, Math.min(3_000, net.poet.gracePeriodMs / 4)), begin)
  }

  #register(): void {
    const node = this.#node
    const { net, poets, random, note } = node.world
    const { challenge } = this.#l
    if (challenge === undefined) return
    const round = challenge.epoch - 1
    if (node.now >= roundStart(net, round)) {
      const text = 'builder: atx expired: poet round has already started'
      this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'expired', text })
      note({ is: 'lost', identity: this.#id, epoch: challenge.epoch, why: 'no-registration' })
      this.#l.challenge = undefined
      this.#layerLater(() => this.next())
      return
    }
    for (const poet of poets) {
      if (poet.isUp && random.chance(0.97)) {
        challenge.poets.push(poet.name)
        this.#say({ fact: 'challenge-submitted', ...this.#prefix, poet: poet.name, round: String(round) })
        node.emit({ event: 'registered-in-poet', identity: this.#id, poet: poet.name, roundId: String(round) })
      } else {
        this.#say({ fact: 'poet-registration-failed', ...this.#prefix, text: `${poet.name}: connection refused` })
      }
    }
    if (challenge.poets.length > 0) {
      note({ is: 'registered', identity: this.#id, epoch: challenge.epoch })
      this.#round()
      return
    }
    this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'poet', text: 'poet service is unstable: failed to submit challenge' })
    node.after(net.poetRetryMs, () => this.next())
  }

  #round(): void {
    const node = this.#node
    const { net } = node.world
    const { challenge } = this.#l
    if (challenge === undefined) return
    const ends = roundEnd(net, challenge.epoch - 1)
    if (challenge.hasPoetProof) {
      this.#regular()
      return
    }
    if (node.now < ends) {
      const roundEndsAt = node.world.clock.now() + ends - node.now
      node.emit({ event: 'waiting-for-round-end', identity: this.#id, publishEpoch: asEpoch(challenge.epoch), roundEndsAt })
    }
    node.after(Math.max(0, ends - node.now), () => this.#poetProof(ends))
  }

  #poetProof(ended: number): void {
    const node = this.#node
    const { net, poets, random, note } = node.world
    const { challenge } = this.#l
    if (challenge === undefined) return
    const lags = poets.filter((poet) => poet.isUp && challenge.poets.includes(poet.name)).map((poet) => poet.lateMs)
    const lag = lags.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...lags) + net.poetLagMs[0]
    if (node.now >= ended + lag) {
      challenge.hasPoetProof = true
      this.#say({ fact: 'got-poet-proof', ...this.#prefix })
      const poet = challenge.poets[0] ?? ''
      node.emit({ event: 'poet-proof-downloaded', poet, roundId: String(challenge.epoch - 1) })
      node.emit({ event: 'best-proof-selected', identity: this.#id, poet, roundId: String(challenge.epoch - 1) })
      this.#regular()
      return
    }
    if (node.now >= startOf(net, challenge.epoch + 1) - net.poet.cycleGapMs) {
      const text = `builder: atx expired: deadline to query poet proof for pub epoch ${challenge.epoch} exceeded`
      this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'expired', text })
      note({ is: 'lost', identity: this.#id, epoch: challenge.epoch, why: 'no-poet-proof' })
      this.#l.challenge = undefined
      this.#layerLater(() => this.next())
      return
    }
    if (node.now > ended + net.poetRetryMs) {
      const text = "poet service is unstable: didn't receive any poet proof"
      this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'poet', text })
    }
    const until = Number.isFinite(lag) ? Math.max(50, ended + lag - node.now) : net.poetRetryMs
    node.after(Math.min(until, net.poetRetryMs) + random.between(0, net.poetLagMs[1] / 8), () => this.#poetProof(ended))
  }

  #regular(): void {
    const { challenge } = this.#l
    if (challenge === undefined) return
    const node = this.#node
    const end = startOf(node.world.net, challenge.epoch + 1)
    if (node.now >= end) {
      this.#expire(challenge.epoch)
      return
    }
    this.#prove(challenge.hash, { epoch: challenge.epoch, end }, () => {
      node.setState(this.#id, 'idle')
      node.emit({ event: 'post-complete', identity: this.#id, challenge: challenge.hash })
      this.#say({ fact: 'proving-finished', ...this.#prefix })
      node.world.note({ is: 'accepted', identity: this.#id, epoch: challenge.epoch })
      challenge.isProved = true
      this.#publish()
    })
  }

  #expire(epoch: number): void {
    const node = this.#node
    const text = `builder: atx expired: deadline to publish ATX for pub epoch ${epoch} exceeded`
    this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'expired', text })
    node.world.note({ is: 'lost', identity: this.#id, epoch, why: 'proof-too-late' })
    this.#l.challenge = undefined
    node.setState(this.#id, 'idle')
    this.#layerLater(() => this.next())
  }

  /** Asks the service every 2 s, however long none is there; an error is tried again in the next layer. */
  #prove(challenge: string, until: { readonly epoch: number; readonly end: number } | undefined, done: () => void): void {
    const node = this.#node
    node.setState(this.#id, 'proving')
    node.world.note({ is: 'asked', identity: this.#id, epoch: until?.epoch, challenge })
    this.#say({ fact: 'proving-started', ...this.#prefix })
    let hasStarted = false
    let missing = 0
    const ask = (): void => {
      if (until !== undefined && node.now >= until.end) {
        this.#expire(until.epoch)
        return
      }
      const wait = (ms: number): void => void node.after(until === undefined ? ms : Math.min(ms, Math.max(1, until.end - node.now)), ask)
      const service = node.connected.get(this.#id)
      if (service === undefined) {
        missing += 1
        if (missing % WARN_EVERY === 0) this.#say({ fact: 'service-missing', ...this.#prefix })
        wait(ASK_MS)
        return
      }
      if (!hasStarted) node.emit({ event: 'post-start', identity: this.#id, challenge })
      hasStarted = true
      const reply = service.ask(challenge)
      if (reply === 'proof') {
        done()
        return
      }
      if (reply === 'working') {
        wait(ASK_MS)
        return
      }
      node.emit({ event: 'post-complete', identity: this.#id, challenge: '' }, true, 'Node failed PoST execution.')
      if (challenge === ZERO) this.#say({ fact: 'initial-proof-failed', text: 'failed to generate initial proof' })
      else this.#say({ fact: 'atx-failed', ...this.#prefix, why: 'proof', text: 'error generating proof: status:GEN_PROOF_STATUS_ERROR' })
      wait(node.world.net.layerDurationMs)
    }
    ask()
  }

  #publish(): void {
    const node = this.#node
    const { random, note } = node.world
    const { challenge } = this.#l
    if (challenge === undefined) return
    node.after(random.between(50, 900), () => {
      if (node.now >= startOf(node.world.net, challenge.epoch + 1)) {
        this.#expire(challenge.epoch)
        return
      }
      const atxId = random.hex(64)
      const isRefused = node.refusesOwn.delete(this.#id)
      if (isRefused) {
        note({ is: 'refused-own', identity: this.#id, epoch: challenge.epoch })
        const text = 'multiple ATXs with the same previous ATX'
        this.#say({ fact: 'twin-sign', sign: 'same-previous-atx', ...this.#prefix, text })
      } else {
        node.atxs.push({ identity: this.#id, atxId, publishEpoch: asEpoch(challenge.epoch), numUnits: 4 })
        note({ is: 'published', identity: this.#id, epoch: challenge.epoch, atxId })
        this.#l.lastAtx = challenge.epoch
      }
      this.#say({ fact: 'atx-published', ...this.#prefix, atxId: atxId.slice(0, 10) })
      node.emit({ event: 'atx-published', identity: this.#id, publishEpoch: asEpoch(challenge.epoch), atxId })
      this.#l.challenge = undefined
      this.next()
    })
  }
}
