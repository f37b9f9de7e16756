import type { Decision, IdentityDecision } from '../../shared/domain/decide.ts'
import { assertNever } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Alarm, IdentityStatus } from '../../shared/domain/status.ts'
import { limitsFor } from '../../shared/domain/freshness.ts'
import { falseAlarmOf } from './alarm-truth.ts'
import { epochMs, roundStart } from './network.ts'
import type { SimKeeper } from './keeper.ts'
import type { BlockerCode, Truth } from './truth.ts'
import type { SimWorld } from './world.ts'

export interface Violation {
  readonly rule: string
  readonly atMs: number
  readonly text: string
}

export interface Figures {
  identityEpochs: number
  decisions: number
  falseFine: number
  falseAlarms: number
  alarms: number
  misses: number
  missesExplained: number
  savable: number
  savableInTime: number
  /** ms from what truly happened to a status that says so, by what happened. */
  readonly timeToTruth: Map<string, number[]>
}

export const newFigures = (): Figures => ({
  identityEpochs: 0,
  decisions: 0,
  falseFine: 0,
  falseAlarms: 0,
  alarms: 0,
  misses: 0,
  missesExplained: 0,
  savable: 0,
  savableInTime: 0,
  timeToTruth: new Map(),
})

/** Kinds and phases that say or imply: the proof of this epoch is coming or there. */
function claims(status: IdentityStatus): boolean {
  switch (status.kind) {
    case 'queued':
    case 'handing-over':
    case 'proved':
    case 'published':
    case 'eligible':
      return true
    case 'waiting':
      return true
    case 'proving':
      return status.phase !== 'outdated' && status.timing !== 'lost'
    default:
      return false
  }
}

interface Watched {
  readonly code: BlockerCode
  readonly since: number
  isToldAt?: number
  isFlagged?: boolean
  isAlarmed?: boolean
  isCounted?: boolean
}

const isBadLuck = (alarm: Alarm): boolean => alarm.code === 'data-incomplete' && / bad luck/.test(alarm.sentence)

/** After these the keeper needs a moment to see anything at all. */
const SETTLE_MS = 8_000

/** Compares what the keeper says with what is so, at every decision. */
export class Referee {
  readonly figures: Figures
  readonly violations: Violation[] = []
  readonly #world: SimWorld
  readonly #truth: Truth
  readonly #watched = new Map<string, Watched>()
  readonly #open = new Map<string, number>()
  readonly #seenMissed = new Map<string, Set<string>>()
  readonly #judged = new Set<string>()
  readonly #graver = new Set<string>()
  readonly #lastAt = new Map<string, number>()
  readonly #said = new Map<IdentityId, string>()
  readonly #trace: ((line: string) => void) | undefined
  #keeper: SimKeeper | undefined

  constructor(options: { world: SimWorld; truth: Truth; figures: Figures; trace?: (line: string) => void }) {
    this.#world = options.world
    this.#truth = options.truth
    this.figures = options.figures
    this.#trace = options.trace
  }

  set keeper(keeper: SimKeeper | undefined) {
    this.#keeper = keeper
    if (keeper === undefined) this.#watched.clear()
  }

  violate(rule: string, text: string): void {
    this.violations.push({ rule, atMs: this.#world.now, text })
    this.#trace?.(`${this.#time()} VIOLATION ${rule}: ${text}`)
  }

  decided(decision: Decision): void {
    const { figures } = this
    figures.decisions += 1
    this.#checkActions(decision)
    for (const one of decision.identities) {
      this.#traceStatus(one)
      this.#checkStatus(one)
      this.#checkBlockers(one, decision)
    }
    this.#checkAlarms(decision)
  }

  /** What we do to processes. */
  effect(name: string, what: 'spawn' | 'terminate' | 'kill'): void {
    this.#trace?.(`${this.#time()} ${what} ${name}`)
    for (const [identity, service] of this.#world.services) {
      if (this.#world.plans.get(identity)?.name !== name) continue
      if (what === 'spawn' && service.isAlive) this.violate('two-services', `${name} is started while it runs`)
      if (what !== 'spawn' && this.#truth.isUseful(identity)) this.violate('useful-proof-stopped', `${name} is stopped in ${service.phase}`)
    }
  }

  /** At the end of publish epoch `epoch` + the time to say so. */
  epochSettled(epoch: number): void {
    for (const identity of this.#world.services.keys()) {
      this.figures.identityEpochs += 1
      if (epoch < 1 || !this.#truth.isMissed(identity, epoch)) continue
      if (this.#isTold(identity, epoch)) continue
      if (!this.#isCalm(roundStart(this.#world.scenario.net, epoch - 1) - this.#world.scenario.net.poet.gracePeriodMs * 2)) continue
      this.figures.misses += 1
      const said = this.#seenMissed.get(`${identity} ${epoch}`)
      const causes = this.#truth.causesOf(identity, epoch)
      if (said === undefined) {
        this.violate('miss-untold', `${identity.slice(0, 6)} epoch ${epoch}: true causes ${[...causes].join(' ')}`)
        continue
      }
      const isTrue = [...said].some((code) => causes.has(code))
      if (isTrue) this.figures.missesExplained += 1
      else
        this.violate(
          'miss-unexplained',
          `${identity.slice(0, 6)} epoch ${epoch}: said ${[...said].join(' ')}, true ${[...causes].join(' ')}`,
        )
    }
  }

  /** Something worse was said in its place: a second node, a ban. */
  #isTold(identity: IdentityId, epoch: number): boolean {
    return [epoch - 1, epoch, epoch + 1].some((one) => this.#graver.has(`${identity} ${one}`))
  }

  /** Keeper, node, clock were well for long enough that all that is known can be said. */
  #isCalm(from: number): boolean {
    const { last, now, clockOffBy, node } = this.#world
    const keeper = this.#keeper
    const since = now - this.#world.scenario.net.poet.cycleGapMs / 2
    return (
      keeper !== undefined &&
      keeper.startedAt <= from &&
      clockOffBy === 0 &&
      last.clock < since - epochMs(this.#world.scenario.net) &&
      node.doesAnswer &&
      node.isSynced &&
      Math.max(last.api, last.node, last.sync) < since
    )
  }

  /** At this moment everything could be seen for some seconds. */
  #canSee(): boolean {
    const { last, now, clockOffBy, node } = this.#world
    const keeper = this.#keeper
    return (
      keeper !== undefined &&
      now - keeper.startedAt > SETTLE_MS &&
      clockOffBy === 0 &&
      now - last.clock > SETTLE_MS &&
      node.doesAnswer &&
      now - Math.max(last.api, last.node) > SETTLE_MS
    )
  }

  #checkActions(decision: Decision): void {
    for (const action of decision.actions) {
      if (action.do === 'start-node') {
        if (this.#world.scenario.isAttached) this.violate('foreign-node', 'start-node on a node of someone else')
      } else if (this.#world.plans.get(action.identity)?.owner !== 'smeshkeeper') {
        this.violate('foreign-service', `${action.do} on a service of someone else`)
      }
    }
  }

  #checkStatus({ id, status }: IdentityDecision): void {
    const { epoch } = status
    if (status.kind === 'missed' && epoch !== undefined) {
      const key = `${id} ${epoch}`
      const codes = this.#seenMissed.get(key) ?? new Set()
      this.#seenMissed.set(key, codes.add(status.causeCode ?? ''))
    }
    if (status.causeCode === 'atx/not-confirmed' && epoch !== undefined)
      this.#seenMissed.set(`${id} ${epoch}`, new Set(['missed/not-published']))
    if (status.kind === 'twin-suspected' || status.kind === 'banned') this.#graver.add(`${id} ${this.#truth.epochNow()}`)
    // By a wrong clock nobody can name an epoch rightly.
    if (this.#world.clockOffBy !== 0 || this.#world.now - this.#world.last.clock < epochMs(this.#world.scenario.net)) return
    if (epoch === undefined || this.#judged.has(`${id} ${status.kind} ${epoch}`)) return
    const truth = this.#truth.of(id, epoch)
    const isFalse =
      (status.kind === 'proved' && truth.acceptedAt === undefined) ||
      (status.kind === 'published' && truth.publishedAt === undefined) ||
      (status.kind === 'eligible' && this.#truth.of(id, epoch - 1).publishedAt === undefined) ||
      (status.kind === 'missed' && truth.publishedAt !== undefined) ||
      (status.kind === 'banned' && !this.#world.banned(id)) ||
      (status.kind === 'waiting' && status.phase === 'poet-round' && truth.registeredAt === undefined)
    this.#judged.add(`${id} ${status.kind} ${epoch}`)
    if (!isFalse) {
      const happened = status.kind === 'proved' ? truth.acceptedAt : undefined
      if (happened !== undefined && this.#canSee() && this.#world.now - happened < 60_000)
        this.#took('proof accepted', this.#world.now - happened)
      return
    }
    this.figures.falseFine += 1
    this.violate(`false-${status.kind}`, `${id.slice(0, 6)} epoch ${epoch}: ${status.sentence}`)
  }

  #took(what: string, ms: number): void {
    const all = this.figures.timeToTruth.get(what) ?? []
    all.push(ms)
    this.figures.timeToTruth.set(what, all)
  }

  #allowance(code: BlockerCode, id: IdentityId): number | undefined {
    const plan = this.#world.plans.get(id)
    const service = this.#world.services.get(id)
    const limits = limitsFor(this.#world.scenario.net)
    const isBlind = service?.operatorFault !== undefined
    switch (code) {
      case 'service-down':
        return 4_500
      case 'not-connected':
        return isBlind ? undefined : limits.connectGrace + 6_000
      case 'failed':
        return isBlind ? undefined : 4_500
      case 'rejected':
        return plan?.hasLog === true ? 4_500 : undefined
      case 'outdated':
        return plan?.hasLog === true && !isBlind ? 4_500 : undefined
      case 'drive':
        return 30_000
      case 'flapping':
        return undefined
      default:
        return assertNever(code)
    }
  }

  #isParked(id: IdentityId): boolean {
    const plan = this.#world.plans.get(id)
    const at = plan === undefined ? undefined : this.#keeper?.supervisor.state(plan.name)?.at
    return plan?.policy === 'when-due' && (at === 'stopped' || at === 'exited')
  }

  #checkBlockers({ id, status }: IdentityDecision, decision: Decision): void {
    const { now, net } = { now: this.#world.now, net: this.#world.scenario.net }
    const wanted = this.#truth.wanted(id)
    const blockers = wanted === undefined ? [] : this.#truth.blockers(id, this.#isParked(id))
    const active = new Set(blockers.map(({ code }) => `${id} ${code}`))
    for (const key of this.#watched.keys()) if (key.startsWith(id) && !active.has(key)) this.#watched.delete(key)
    if (wanted === undefined) return
    if (wanted.epoch !== undefined && blockers.length > 0) {
      const { blockedMs } = this.#truth.of(id, wanted.epoch)
      for (const { code } of blockers) blockedMs.set(code, (blockedMs.get(code) ?? 0) + 1)
    }
    if (!this.#canSee()) {
      this.#lastAt.set(id, now)
      return
    }
    for (const { code, since } of blockers) {
      const key = `${id} ${code}`
      const seen = Math.max(since, this.#lastAt.get(id) ?? 0)
      const watched: Watched = this.#watched.get(key) ?? { code, since: seen }
      this.#watched.set(key, watched)
      this.#judgeBlocker({ id, status, watched })
      watched.isAlarmed ||= decision.alarms.some(
        (alarm) => alarm.severity !== 'info' && (alarm.identity === id || alarm.identity === undefined),
      )
      if (wanted.epoch === undefined || watched.isCounted === true || net.name === 'mainnet') continue
      this.#judgeAlarm(id, wanted.epoch, watched)
    }
  }

  #judgeBlocker({ id, status, watched }: { id: IdentityId; status: IdentityStatus; watched: Watched }): void {
    const allowance = this.#allowance(watched.code, id)
    if (allowance === undefined) return
    const lasted = this.#world.now - watched.since
    if (!claims(status)) {
      if (watched.isToldAt === undefined) {
        watched.isToldAt = this.#world.now
        if (watched.isFlagged !== true) this.#took(watched.code, lasted)
      }
      return
    }
    if (lasted <= allowance || watched.isFlagged === true) return
    watched.isFlagged = true
    this.figures.falseFine += 1
    const phase = 'phase' in status ? `:${status.phase}` : ''
    this.violate(
      'false-fine',
      `${id.slice(0, 6)} ${watched.code} for ${Math.round(lasted)} ms, said ${status.kind}${phase}: ${status.sentence}`,
    )
  }

  /** The last moment at which a whole new proof could be begun passes: was it told? */
  #judgeAlarm(id: IdentityId, epoch: number, watched: Watched): void {
    const last = this.#truth.lastUsefulStart(id, epoch)
    const allowance = this.#allowance(watched.code, id)
    if (this.#world.now < last || allowance === undefined) return
    watched.isCounted = true
    if (watched.since + allowance + 5_000 > last) return
    this.figures.savable += 1
    if (watched.isAlarmed === true) this.figures.savableInTime += 1
    else this.violate('alarm-too-late', `${id.slice(0, 6)} epoch ${epoch}: ${watched.code} since ${Math.round(watched.since)} was not told`)
  }

  #checkAlarms(decision: Decision): void {
    const keys = new Set(decision.alarms.map((alarm) => alarm.key))
    for (const key of this.#open.keys()) if (!keys.has(key)) this.#open.delete(key)
    for (const alarm of decision.alarms) {
      if (this.#open.has(alarm.key)) continue
      this.#open.set(alarm.key, this.#world.now)
      this.#trace?.(`${this.#time()} alarm ${alarm.code} ${alarm.sentence}`)
      this.figures.alarms += 1
      const why = falseAlarmOf(alarm, this.#world, this.#truth)
      if (why === undefined) continue
      this.figures.falseAlarms += 1
      // A second or third pass is bad luck in one of a thousand proofs: counted, and bounded as a share.
      if (!isBadLuck(alarm))
        this.violate('false-alarm', `${alarm.code} ${alarm.identity?.slice(0, 6) ?? 'node'}: ${why}; said: ${alarm.sentence}`)
    }
  }

  #traceStatus({ id, status }: IdentityDecision): void {
    if (this.#trace === undefined) return
    const phase = 'phase' in status ? `:${status.phase}` : ''
    const said = `${status.kind}${phase}/${status.timing}${status.causeCode === undefined ? '' : ` (${status.causeCode})`}`
    if (this.#said.get(id) === said) return
    this.#said.set(id, said)
    this.#trace(`${this.#time()} ${id.slice(0, 6)} ${said}  ${status.sentence}`)
  }

  #time(): string {
    const epoch = epochMs(this.#world.scenario.net)
    return `e${Math.floor(this.#world.now / epoch)}+${((this.#world.now % epoch) / 1000).toFixed(1)}s`
  }
}
