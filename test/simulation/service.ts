import { assertNever } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { NonceRange, ServiceLogFact } from '../../shared/domain/log-facts.ts'
import type { OperatorAnswer } from '../../shared/domain/observation.ts'
import type { Clock } from '../../electron/lib/clock.ts'
import type { SimDisk } from './disk.ts'
import type { Random } from './random.ts'

/** What the node hears when it asks for a proof. */
export type ProofReply = 'working' | 'proof' | 'error'
export type Refusal = 'refused' | 'already-registered' | 'no-coinbase'
type Plain<T> = T extends unknown ? Omit<T, 'loggedAt'> : never
type Said = Plain<ServiceLogFact>

export interface ServiceTraits {
  readonly identity: IdentityId
  readonly disk: SimDisk
  readonly totalBytes: number
  readonly nonces: number
  readonly prepareMs: number
  readonly powMs: number
  /** Of one whole pass at the disk's usual pace. */
  readonly passMs: number
  readonly speaksFor: 'us' | 'someone'
}

export interface ServiceWorld {
  readonly clock: Clock
  readonly random: Random
  /** The node takes the connection, or says why not. */
  readonly connect: (service: SimService) => 'ok' | Refusal
  readonly dropped: (service: SimService) => void
  readonly logged: (service: SimService, fact: ServiceLogFact) => void
  readonly ended: (service: SimService, how: { code?: number; signal?: string; text: string; never?: boolean }) => void
}

const RECONNECT_MS = 5_000
const TICK_MS = 100

/** One post-service process, as recorded of 0.8.5: what it does, prints and answers. Written from the facts, not from the keeper. */
export class SimService {
  readonly traits: ServiceTraits
  readonly #world: ServiceWorld
  pid = 0
  isAlive = false
  isConnected = false
  /** Broken ways of the operator port. */
  operatorFault: 'silent' | 'garbage' | 'swallowed' | undefined
  /** The PoS data is damaged: every proof is found wrong. */
  isDataBad = false
  /** The next proof ends in this way. */
  nextFails = false
  /** Answers nothing to anybody, works on nothing. */
  phase: 'idle' | 'preparing' | 'pow' | 'reading' | 'done' = 'idle'
  outcome: 'ok' | 'failed' | undefined
  challenge: string | undefined
  position = 0
  range: NonceRange = { start: 0, end: 0 }
  /** True (monotonic) times of what the referee asks. */
  diedAt = Number.NEGATIVE_INFINITY
  spawnedAt = Number.NEGATIVE_INFINITY
  failedAt: number | undefined
  rejectedAt: number | undefined
  rejectedChallenge: string | undefined
  /** Since when it reports that it works on another challenge. */
  outdatedAt: number | undefined
  #passEnds = 1
  #verifyUntil = 0
  #log: ServiceLogFact[] = []
  #timers = new Set<() => void>()

  constructor(traits: ServiceTraits, world: ServiceWorld) {
    this.traits = traits
    this.#world = world
  }

  /** What its log file of this run holds. */
  get log(): readonly ServiceLogFact[] {
    return this.#log
  }
  get isProving(): boolean {
    return this.isAlive && this.phase !== 'idle'
  }

  spawn(pid: number): void {
    const { random } = this.#world
    this.pid = pid
    this.isAlive = true
    this.spawnedAt = this.#world.clock.monotonic()
    this.#log = []
    this.#reset()
    this.failedAt = undefined
    this.rejectedAt = undefined
    this.#after(random.between(20, 300), () => {
      if (this.traits.disk.state === 'gone') {
        this.#say({
          fact: 'start-error',
          text: 'loading POST metadata: No such file or directory (os error 2)',
          code: 'service/no-metadata',
        })
        this.#end({ code: 1, text: 'Its PoS folder holds no metadata.' })
        return
      }
      if (this.operatorFault !== 'swallowed') this.#say({ fact: 'operator-running', address: '127.0.0.1' })
      this.#connect()
    })
  }

  /** Ends by a signal, whatever it does. */
  die(signal: string, text: string): void {
    if (this.isAlive) this.#end({ signal, text })
  }

  /** The node went away or closed the stream. */
  lose(): void {
    if (!this.isConnected) return
    this.isConnected = false
    this.#say({ fact: 'disconnected', why: 'node-gone', text: 'h2 protocol error: error reading a body from connection' })
    this.#after(RECONNECT_MS, () => this.#connect())
  }

  /** The node asks for a proof of `challenge`; every 2 s. */
  ask(challenge: string): ProofReply {
    const now = this.#world.clock.monotonic()
    if (now < this.#verifyUntil) return 'working'
    if (this.phase === 'idle') {
      this.#begin(challenge)
      return 'working'
    }
    if (this.phase !== 'done') {
      if (challenge === this.challenge) return 'working'
      this.outdatedAt ??= now
      const text = 'failed to generate proof: proof generation is in progress for a different challenge'
      this.#say({ fact: 'proof-failed', why: 'different-challenge', current: this.challenge ?? '', requested: challenge, text })
      return 'error'
    }
    if (this.outcome === 'failed') {
      const text = 'proof generation failed: creating prover'
      this.failedAt ??= now
      this.#say({ fact: 'proof-failed', why: 'nonces-exhausted', text })
      return 'error'
    }
    return this.#verify(challenge, now)
  }

  /** `GET /status`; a silent one is answered by the caller's deadline. */
  answer(): OperatorAnswer {
    if (!this.isAlive || this.operatorFault === 'swallowed') return { is: 'none' }
    if (this.operatorFault === 'silent') return { is: 'silent' }
    if (this.operatorFault === 'garbage') return { is: 'garbage', text: '<html>' }
    if (this.#world.clock.monotonic() < this.#verifyUntil) return { is: 'silent' }
    switch (this.phase) {
      case 'idle':
        return { is: 'idle' }
      case 'preparing':
        return { is: 'silent' }
      case 'pow':
        return { is: 'proving', nonces: this.range, positionBytes: 0 }
      case 'reading':
        return { is: 'proving', nonces: this.range, positionBytes: Math.floor(this.position / 1_048_576) * 1_048_576 }
      case 'done':
        return { is: 'done' }
      default:
        return assertNever(this.phase)
    }
  }

  #verify(challenge: string, now: number): ProofReply {
    const { random } = this.#world
    this.#verifyUntil = now + random.between(50, 700)
    const isGood = !this.isDataBad && challenge === this.challenge
    if (isGood) this.#say({ fact: 'proof-valid' })
    else {
      if (challenge === this.challenge) {
        if (this.rejectedChallenge !== challenge) this.rejectedAt = now
        this.rejectedChallenge = challenge
      }
      this.#say({ fact: 'proof-rejected', text: "failed proof verification: MSB value for index doesn't satisfy difficulty" })
    }
    this.#reset()
    if (isGood) this.rejectedAt = undefined
    return isGood ? 'proof' : 'working'
  }

  #reset(): void {
    this.phase = 'idle'
    this.outcome = undefined
    this.challenge = undefined
    this.outdatedAt = undefined
    this.position = 0
    this.range = { start: 0, end: 0 }
  }

  #begin(challenge: string): void {
    const { prepareMs } = this.traits
    this.challenge = challenge
    this.phase = 'preparing'
    this.#say({ fact: 'proof-started', challenge })
    this.#after(prepareMs, () => this.#pow(0))
  }

  #pow(start: number): void {
    const { random } = this.#world
    const { nonces, powMs } = this.traits
    this.phase = 'pow'
    this.position = 0
    this.range = { start, end: start + nonces }
    this.#say({ fact: 'pow-started', nonces: this.range })
    const took = powMs * random.between(0.6, 1.5)
    this.#after(took, () => {
      this.#say({ fact: 'pow-finished', seconds: Math.round(took / 1000) })
      this.#say({ fact: 'reading-started' })
      this.phase = 'reading'
      // The chance of one nonce is 0.02438 (k1 26, k2 37); the pass ends at the 37th hit, late in the data.
      const isFound = random.chance(1 - (1 - 0.02438) ** nonces)
      this.#passEnds = isFound ? random.between(0.72, 1) : 2
      this.#work(this.#world.clock.monotonic())
    })
  }

  /** Reading goes on by what the disk gives. */
  #work(last: number): void {
    const now = this.#world.clock.monotonic()
    if (this.phase !== 'reading') return
    this.#read(now - last)
    this.#after(Math.max(TICK_MS, Math.min(10_000, this.traits.passMs / 40)), () => this.#work(now))
  }

  #read(elapsedMs: number): void {
    const { disk, totalBytes, passMs } = this.traits
    if (disk.state === 'hung') return
    if (disk.state === 'gone') {
      this.#say({ fact: 'file-read-failed', path: `${disk.mountPoint}/postdata_0.bin`, text: 'Input/output error (os error 5)' })
      this.#finishPass(false)
      return
    }
    this.position = Math.min(totalBytes, this.position + (totalBytes * elapsedMs * disk.pace) / passMs)
    const share = this.position / totalBytes
    if (share >= this.#passEnds) this.#finishPass(true)
    else if (share >= 1) this.#finishPass(false)
  }

  #finishPass(isFound: boolean): void {
    const { nonces, passMs } = this.traits
    this.#say({ fact: 'reading-finished', seconds: Math.round(passMs / 1000) })
    if (this.nextFails || this.range.end + nonces > 4096) {
      this.nextFails = false
      this.phase = 'done'
      this.outcome = 'failed'
      return
    }
    if (!isFound) {
      this.#pow(this.range.end)
      return
    }
    this.phase = 'done'
    this.outcome = 'ok'
    this.#say({ fact: 'proof-found', nonce: this.range.start, seconds: Math.round(passMs / 1000) })
  }

  #connect(): void {
    if (this.isConnected || !this.isAlive) return
    const how = this.#world.connect(this)
    if (how === 'ok') {
      this.isConnected = true
      this.#say({ fact: 'metadata-sent', identity: this.traits.identity, numUnits: 4 })
      return
    }
    if (how === 'refused') this.#say({ fact: 'connect-failed', why: 'refused', text: 'tcp connect error: Connection refused' })
    else this.#say({ fact: 'disconnected', why: how, text: how })
    this.#after(RECONNECT_MS, () => this.#connect())
  }

  #end(how: { code?: number; signal?: string; text: string; never?: boolean }): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    const wasConnected = this.isConnected
    this.isAlive = false
    this.isConnected = false
    this.diedAt = this.#world.clock.monotonic()
    this.#reset()
    if (wasConnected) this.#world.dropped(this)
    this.#world.ended(this, how)
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#world.clock.after(ms, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
  }

  /** Its log has whole seconds only. */
  #say(said: Said): void {
    const fact = { ...said, loggedAt: Math.floor(this.#world.clock.now() / 1000) * 1000 } as ServiceLogFact
    this.#log.push(fact)
    if (this.#log.length > 600) this.#log.splice(0, 200)
    this.#world.logged(this, fact)
  }
}
