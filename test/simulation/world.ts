import type { IdentityId } from '../../shared/domain/ids.ts'
import type { NodeLogFact, ServiceLogFact } from '../../shared/domain/log-facts.ts'
import type { NodeEvent } from '../../shared/domain/observation.ts'
import { FakeClock } from '../../electron/lib/fake-clock.ts'
import { newLasting } from './cycle.ts'
import { newDisk, type SimDisk } from './disk.ts'
import { SimNode, type CycleNote, type SimPoet } from './node.ts'
import { seededRandom, type Random } from './random.ts'
import type { PlannedService, Scenario, SimFault } from './scenario.ts'
import { SimService } from './service.ts'

type Ended = { code?: number; signal?: string; text: string }

/** Whoever looks at the world: the keeper while it runs. */
export interface Onlooker {
  event(event: NodeEvent): void
  nodeLog(fact: NodeLogFact): void
  serviceLog(identity: IdentityId, fact: ServiceLogFact): void
  nodeEnded(how: Ended): void
  serviceEnded(identity: IdentityId, how: Ended): void
}

/** The simulated truth: machine, disks, PoETs, node, services. It knows nothing of the keeper's judgement. */
export class SimWorld {
  readonly clock: FakeClock
  readonly random: Random
  readonly scenario: Scenario
  readonly disks: readonly SimDisk[]
  readonly poets: readonly SimPoet[]
  readonly node: SimNode
  readonly services = new Map<IdentityId, SimService>()
  readonly duplicates = new Map<IdentityId, SimService>()
  readonly plans = new Map<IdentityId, PlannedService>()
  readonly twins = new Map<IdentityId, number>()
  /** True ms of the last change of what the whole machine depends on. */
  readonly last = {
    api: 0,
    sync: 0,
    clock: Number.NEGATIVE_INFINITY,
    poets: Number.NEGATIVE_INFINITY,
    slow: Number.NEGATIVE_INFINITY,
    node: 0,
  }
  clockOffBy = 0
  onlooker: Onlooker | undefined
  onNote: (note: CycleNote) => void = () => {}
  onKeeper: (forMs: number) => void = () => {}
  #nextPid = 50_000

  constructor(scenario: Scenario) {
    const { seed, net } = scenario
    this.scenario = scenario
    this.clock = new FakeClock(net.genesisMs)
    this.random = seededRandom(seed ^ 0x5eed)
    this.disks = Array.from({ length: scenario.disks }, (_, index) => newDisk(index))
    this.poets = Array.from({ length: scenario.poets }, (_, index) => ({ name: `http://poet${index}`, isUp: true, lateMs: 0 }))
    this.node = new SimNode({
      clock: this.clock,
      random: this.random,
      net,
      poets: this.poets,
      event: (event) => this.onlooker?.event(event),
      logged: (fact) => this.onlooker?.nodeLog(fact),
      ended: (how) => {
        this.last.node = this.now
        this.onlooker?.nodeEnded(how)
      },
      note: (note) => this.onNote(note),
    })
    for (const plan of scenario.services) this.#addService(plan)
    for (const fault of scenario.faults) this.clock.after(fault.at, () => this.#strike(fault))
    this.#startOthers()
  }

  get now(): number {
    return this.clock.monotonic()
  }

  #newService(plan: PlannedService, speaksFor: 'us' | 'someone'): SimService {
    const disk = this.disks[plan.disk]
    if (disk === undefined) throw new Error('no such disk')
    const { identity, totalBytes, nonces, prepareMs, powMs, passMs } = plan
    return new SimService(
      { identity, disk, totalBytes, nonces, prepareMs, powMs, passMs, speaksFor },
      {
        clock: this.clock,
        random: this.random,
        connect: (service) => this.node.connect(service),
        dropped: (service) => this.node.drop(service),
        logged: (service, fact) => {
          if (this.services.get(identity) === service) this.onlooker?.serviceLog(identity, fact)
        },
        ended: (service, how) => {
          if (this.services.get(identity) === service) this.onlooker?.serviceEnded(identity, how)
        },
      },
    )
  }

  #addService(plan: PlannedService): void {
    this.plans.set(plan.identity, plan)
    this.node.addIdentity(plan.identity, { ...newLasting(), hasInitial: plan.isOld })
    this.services.set(plan.identity, this.#newService(plan, plan.owner === 'smeshkeeper' ? 'us' : 'someone'))
  }

  /** What is not ours to start is started by its own manager, which starts it again when it ends. */
  #startOthers(): void {
    const { isAttached } = this.scenario
    const look = (): void => {
      if (isAttached && this.node.state === 'down') this.#later(() => this.node.state === 'down' && this.node.spawn(this.newPid()))
      for (const [identity, service] of this.services) {
        const isForeign = this.plans.get(identity)?.owner !== 'smeshkeeper'
        if (isForeign && !service.isAlive) this.#later(() => !service.isAlive && service.spawn(this.newPid()))
      }
      this.clock.after(20_000, look)
    }
    look()
  }
  #later(run: () => void): void {
    this.clock.after(this.random.between(500, 15_000), run)
  }

  banned(identity: IdentityId): boolean {
    return this.node.banned.has(identity)
  }

  newPid(): number {
    this.#nextPid += 1
    return this.#nextPid
  }

  #until(forMs: number, run: () => void): void {
    this.clock.after(Math.max(100, forMs), run)
  }

  #strike(fault: SimFault): void {
    switch (fault.fault) {
      case 'service-crash':
        return this.#crashService(fault.identity, fault.times)
      case 'proof-fails':
        this.#service(fault.identity).nextFails = true
        return
      case 'data-bad':
        this.#service(fault.identity).isDataBad = true
        return this.#until(fault.forMs, () => (this.#service(fault.identity).isDataBad = false))
      case 'flapping':
        this.node.findsInvalid.add(fault.identity)
        return this.#until(fault.forMs, () => this.node.findsInvalid.delete(fault.identity))
      case 'false-atx':
        this.node.refusesOwn.add(fault.identity)
        return
      case 'duplicate':
        return this.#duplicate(fault.identity, fault.forMs)
      case 'operator':
        this.#service(fault.identity).operatorFault = fault.how
        return this.#until(fault.forMs, () => (this.#service(fault.identity).operatorFault = undefined))
      case 'twin':
        return this.#twin(fault.identity)
      case 'disk':
        return this.#disk(fault.disk, fault.how, fault.forMs)
      case 'keeper':
        return this.onKeeper(fault.forMs)
      default:
        return this.#strikeAll(fault)
    }
  }

  #strikeAll(
    fault: Extract<SimFault, { fault: 'node-crash' | 'new-challenge' | 'api-lost' | 'no-sync' | 'poet-out' | 'poet-late' | 'clock' }>,
  ): void {
    switch (fault.fault) {
      case 'node-crash':
        return this.#crashNode(fault.forMs)
      case 'new-challenge':
        for (const lasting of this.node.lasting.values()) {
          if (lasting.challenge !== undefined && !lasting.challenge.isProved)
            lasting.challenge = { ...lasting.challenge, hash: this.random.hex(64) }
        }
        return this.#crashNode(0)
      case 'api-lost':
        this.node.isApiLost = true
        this.last.api = this.now
        return this.#until(fault.forMs, () => {
          this.node.isApiLost = false
          this.last.api = this.now
        })
      case 'no-sync':
        this.node.isSynced = false
        this.last.sync = this.now
        return this.#until(fault.forMs, () => {
          this.node.isSynced = true
          this.last.sync = this.now
        })
      case 'poet-out':
        return this.#poets(fault.poets, false, fault.forMs)
      case 'poet-late':
        this.last.poets = this.now
        for (const index of fault.poets) this.#poet(index).lateMs = fault.lateMs
        return
      case 'clock':
        this.#shiftClock(fault.byMs)
        return this.#until(fault.forMs, () => this.#shiftClock(-fault.byMs))
    }
  }

  #poet(index: number): SimPoet {
    const poet = this.poets[index]
    if (poet === undefined) throw new Error('no such PoET')
    return poet
  }
  #poets(indices: readonly number[], isUp: boolean, forMs: number): void {
    this.last.poets = this.now
    for (const index of indices) this.#poet(index).isUp = isUp
    this.#until(forMs, () => {
      this.last.poets = this.now
      for (const index of indices) this.#poet(index).isUp = true
    })
  }

  #service(identity: IdentityId): SimService {
    const service = this.services.get(identity)
    if (service === undefined) throw new Error('no such service')
    return service
  }

  #crashService(identity: IdentityId, times: number): void {
    this.#service(identity).die('SIGKILL', 'It was killed from outside.')
    if (times > 1) this.clock.after(this.random.between(2_000, 9_000), () => this.#crashService(identity, times - 1))
  }

  #crashNode(blockMs: number): void {
    this.node.end({ signal: 'SIGKILL', text: 'It was killed from outside.' })
    if (blockMs > 0) this.clock.after(Math.min(blockMs, 60_000), () => this.node.end({ code: 1, text: 'It ended.' }))
  }

  #shiftClock(byMs: number): void {
    this.clockOffBy += byMs
    if (Math.abs(this.clockOffBy) < 1) this.clockOffBy = 0
    this.last.clock = this.now
    this.clock.jump(byMs)
  }

  #duplicate(identity: IdentityId, forMs: number): void {
    const plan = this.plans.get(identity)
    if (plan === undefined || this.duplicates.has(identity)) return
    const copy = this.#newService(plan, 'someone')
    this.duplicates.set(identity, copy)
    copy.spawn(this.newPid())
    this.#until(forMs, () => {
      copy.die('SIGTERM', 'It was stopped.')
      this.duplicates.delete(identity)
    })
  }

  /** A second node runs with this key: signs first, the ban a layer or two later. */
  #twin(identity: IdentityId): void {
    this.twins.set(identity, this.now)
    if (this.node.state !== 'up') return
    this.node.say({ fact: 'twin-sign', sign: 'poet-conflict', idPrefix: identity.slice(0, 6), text: 'status code: 409 Conflict' })
    if (this.random.chance(0.5)) return
    this.clock.after(this.scenario.net.layerDurationMs * 2, () => {
      this.node.banned.add(identity)
      if (this.node.state === 'up') this.node.emit({ event: 'malfeasance', identity }, false, 'Identity will be canceled.')
    })
  }

  #disk(index: number, how: 'gone' | 'hung' | 'slow', forMs: number): void {
    const disk = this.disks[index]
    if (disk === undefined) return
    if (how === 'slow') {
      disk.pace = 0.25
      this.last.slow = this.now
    } else {
      disk.state = how
      disk.since = this.now
    }
    this.#until(forMs, () => {
      disk.pace = 1
      if (disk.state !== 'there') disk.since = this.now
      disk.state = 'there'
      this.last.slow = this.now
    })
  }
}
