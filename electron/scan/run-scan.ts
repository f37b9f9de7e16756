import { assertNever, textOf } from '../../shared/domain/fault.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import type { ScanProgress } from '../../shared/domain/inventory.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { ProbeChild } from '../pos-data/index.ts'
import type { StartScanChild } from './child.ts'
import { Collected } from './collected.ts'
import type { ScanPlan } from './places.ts'
import { asLine, parseLine, type ScanAsk, type ScanLine } from './protocol.ts'
import type { ScanLimits, ScanRoot, WalkOrder } from './request.ts'

/** Progress to the user: four a second. */
const TOLD_MS = 250
/** A process of the packaged app needs its time until it says a word, more on a busy machine. */
const START_MS = 30_000
/** Looking at processes may run a program of the system. */
const PROGRAMS_MS = 30_000

export interface RunOptions {
  readonly start: StartScanChild
  readonly clock: Clock
  readonly log: Logger
  readonly limits: ScanLimits
  /** What is walked, once it is known which folders running programs and set-ups name. */
  readonly plan: (named: readonly string[]) => ScanPlan
  readonly order: Pick<WalkOrder, 'temporary' | 'quarantine' | 'platform' | 'hangAt'>
  readonly ownPids: readonly number[]
  readonly onProgress: (progress: ScanProgress) => void
}

export type RunEnd = 'done' | 'cancelled' | { readonly failed: string }

/** What the process does now: programs and set-ups, all roots, then the set-ups that the walk has led to. */
type Stage = 'programs' | 'walk' | 'setups'

/**
 * Goes through the stages with processes, one at a time. A root that keeps its process silent loses it: the process is
 * killed, the others go on in a new one, and the silent root gets a second, longer try when they are done.
 */
export class ScanRun {
  readonly collected = new Collected()
  readonly done: Promise<RunEnd>
  readonly #options: RunOptions
  readonly #startedAt: UnixMs
  readonly #startedMono: number
  #stage: Stage = 'programs'
  #plan: ScanPlan
  #queue: ScanRoot[] = []
  /** Roots in their second try. */
  readonly #patient = new Set<string>()
  #child: ProbeChild | undefined
  #hasSpoken = false
  /** Processes that ended without a word, one after the other. */
  #dumb = 0
  #at: string | undefined
  #cancelWatch = (): void => {}
  #toldAt = Number.NEGATIVE_INFINITY
  #cancelTelling: (() => void) | undefined
  #finish: (end: RunEnd) => void = () => {}

  constructor(options: RunOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    this.#startedMono = options.clock.monotonic()
    this.#plan = options.plan([])
    this.done = new Promise((resolve) => (this.#finish = resolve))
    this.#ask()
  }

  get plan(): ScanPlan {
    return this.#plan
  }

  cancel(): void {
    this.#end('cancelled')
  }

  #end(end: RunEnd): void {
    this.#drop()
    this.#cancelTelling?.()
    this.#finish(end)
  }

  #drop(): void {
    this.#cancelWatch()
    const child = this.#child
    this.#child = undefined
    child?.kill()
  }

  /** Asks for the stage, in a new process when there is none. */
  #ask(): void {
    const ask = this.#askOf(this.#stage)
    if (ask === undefined) return this.#advance()
    this.#at = undefined
    try {
      const child = this.#child ?? this.#start()
      this.#child = child
      this.#watch(!this.#hasSpoken ? START_MS : this.#stage === 'walk' ? this.#options.limits.silentMs : PROGRAMS_MS)
      child.send(asLine(ask).trimEnd())
    } catch (cause: unknown) {
      this.#end({ failed: `the process that searches could not be started: ${textOf(cause)}` })
    }
  }

  /** undefined: there is nothing to do in this stage. */
  #askOf(stage: Stage): ScanAsk | undefined {
    const { clock, limits, order, ownPids } = this.#options
    const { composeFiles, psmFiles, smappFolders } = this.collected.hints
    const hints = { composeFiles: [...composeFiles], psmFiles: [...psmFiles], smappFolders: [...smappFolders] }
    const ms = limits.ms - (clock.monotonic() - this.#startedMono)
    switch (stage) {
      case 'programs':
        return { ask: 'programs', ownPids, ...hints }
      case 'walk':
        if (this.#queue.length === 0 || ms <= 0) return undefined
        return { ask: 'walk', ...order, roots: this.#queue, stops: this.#plan.stops, depth: limits.depth, ms }
      case 'setups':
        return Object.values(hints).every((paths) => paths.length === 0) ? undefined : { ask: 'programs', ownPids, ...hints }
      default:
        return assertNever(stage)
    }
  }

  #advance(): void {
    if (this.#stage === 'setups') return this.#end('done')
    if (this.#stage === 'walk') this.#stage = 'setups'
    else {
      this.#stage = 'walk'
      this.#plan = this.#options.plan(this.collected.namedFolders())
      this.#queue = [...this.#plan.roots]
    }
    this.#ask()
  }

  #start(): ProbeChild {
    this.#hasSpoken = false
    const child: ProbeChild = this.#options.start({
      onLine: (line) => this.#child === child && this.#onLine(line),
      onEnd: () => this.#child === child && this.#lose('died'),
    })
    return child
  }

  #watch(ms: number): void {
    this.#cancelWatch()
    this.#cancelWatch = this.#options.clock.after(ms, () => this.#lose('silent'))
  }

  #onLine(text: string): void {
    const line = parseLine(text)
    if (line === undefined) return
    const { limits } = this.#options
    this.#hasSpoken = true
    this.#dumb = 0
    if (line.is === 'at') this.#at = line.root
    const isPatient = this.#at !== undefined && this.#patient.has(this.#at)
    this.#watch(this.#stage !== 'walk' ? PROGRAMS_MS : isPatient ? limits.patientMs : limits.silentMs)
    this.collected.take(line)
    if (line.is === 'root') this.#settle(line)
    if (line.is === 'broken') {
      this.#options.log.error('scan.broken', { stage: this.#stage, at: this.#at, detail: line.text })
      return this.#lose('died')
    }
    if (line.is === 'end') return this.#advance()
    this.#tell()
  }

  #settle(line: Extract<ScanLine, { is: 'root' }>): void {
    this.#queue = this.#queue.filter((root) => root.path !== line.root)
    this.#at = undefined
  }

  /** Goes on without what the process was at. */
  #lose(how: 'silent' | 'died'): void {
    this.#options.log.warn(`scan.${how}`, { stage: this.#stage, at: this.#at, pid: this.#child?.pid })
    const hadSpoken = this.#hasSpoken
    this.#drop()
    if (this.#stage !== 'walk') {
      if (!hadSpoken) this.#dumb += 1
      this.collected.hasPrograms = false
      return this.#advance()
    }
    const root = this.#queue.find((one) => one.path === this.#at)
    if (root === undefined) {
      this.#dumb += 1
      if (this.#dumb > 1) return this.#end({ failed: 'the process that searches ended before it said a word' })
    } else this.#putAside(root, how)
    this.#ask()
  }

  #putAside(root: ScanRoot, how: 'silent' | 'died'): void {
    this.#queue = this.#queue.filter((one) => one !== root)
    if (how === 'silent' && !this.#patient.has(root.path)) {
      this.#patient.add(root.path)
      this.#queue.push(root)
    } else this.collected.roots.set(root.path, { is: how })
  }

  /** The last value is told as well, also when nothing follows it. */
  #tell(): void {
    if (this.#cancelTelling !== undefined) return
    const { clock } = this.#options
    const waitMs = TOLD_MS - (clock.monotonic() - this.#toldAt)
    if (waitMs <= 0) return this.#tellNow()
    this.#cancelTelling = clock.after(waitMs, () => this.#tellNow())
  }

  #tellNow(): void {
    const { clock, onProgress } = this.#options
    this.#cancelTelling = undefined
    this.#toldAt = clock.monotonic()
    const { roots } = this.#plan
    const at = roots.find((root) => root.path === this.#at)
    const open = new Set(roots.filter((root) => !this.collected.roots.has(root.path)).map((root) => root.volume))
    const volumes = new Set(roots.map((root) => root.volume))
    onProgress({
      startedAt: this.#startedAt,
      ...(at === undefined ? {} : { at: at.is === 'volume' ? at.label : at.path }),
      volumesDone: volumes.size - open.size,
      volumesInAll: volumes.size,
      ...this.collected.counts(),
    })
  }
}
