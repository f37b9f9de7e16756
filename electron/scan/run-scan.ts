import type { UnixMs } from '../../shared/domain/ids.ts'
import type { ScanProgress } from '../../shared/domain/inventory.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { ProbeChild } from '../pos-data/index.ts'
import type { StartScanChild } from './child.ts'
import { Collected } from './collected.ts'
import { asLine, parseLine, type ScanLine } from './protocol.ts'
import type { ScanLimits, ScanOrder, ScanRoot } from './request.ts'

/** Progress to the user: four a second. */
const TOLD_MS = 250
/** A process of the packaged app needs its time until it says a word, more on a busy machine. */
const START_MS = 30_000

export interface RunOptions {
  readonly start: StartScanChild
  readonly clock: Clock
  readonly log: Logger
  readonly limits: ScanLimits
  readonly roots: readonly ScanRoot[]
  /** All of the order but what this run decides from process to process. */
  readonly order: Pick<ScanOrder, 'stops' | 'temporary' | 'quarantine' | 'platform' | 'ownPids' | 'hangAt'>
  readonly onProgress: (progress: ScanProgress) => void
}

export type RunEnd = 'done' | 'cancelled' | { readonly failed: string }

/**
 * Walks roots through processes, one at a time. A root that keeps its process silent loses it: the process is killed, the
 * others go on in a new one, and the silent root gets a second, longer try when they are done.
 */
export class ScanRun {
  readonly collected = new Collected()
  readonly done: Promise<RunEnd>
  readonly #options: RunOptions
  readonly #startedAt: UnixMs
  readonly #startedMono: number
  readonly #queue: ScanRoot[]
  /** Roots in their second try. */
  readonly #patient = new Set<string>()
  #child: ProbeChild | undefined
  #at: string | undefined
  /** The look for running programs made a process silent or broke it: the next goes without. */
  #isWithoutPrograms = false
  #cancelWatch = (): void => {}
  #toldAt = Number.NEGATIVE_INFINITY
  #finish: (end: RunEnd) => void = () => {}

  constructor(options: RunOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
    this.#startedMono = options.clock.monotonic()
    this.#queue = [...options.roots]
    this.done = new Promise((resolve) => (this.#finish = resolve))
    this.#next()
  }

  cancel(): void {
    this.#end('cancelled')
  }

  #end(end: RunEnd): void {
    this.#cancelWatch()
    const child = this.#child
    this.#child = undefined
    child?.kill()
    this.#finish(end)
  }

  /** Starts a process for all that is left. */
  #next(): void {
    const { clock, limits, order, start } = this.#options
    const ms = limits.ms - (clock.monotonic() - this.#startedMono)
    const needsPrograms = !this.collected.hasPrograms && !this.#isWithoutPrograms
    if ((this.#queue.length === 0 || ms <= 0) && !needsPrograms) return this.#end('done')
    this.#at = undefined
    const full: ScanOrder = {
      ...order,
      roots: this.#queue,
      depth: limits.depth,
      ms: Math.max(0, ms),
      programs: !this.#isWithoutPrograms,
      composeFiles: [...this.collected.composeFiles],
    }
    try {
      const child: ProbeChild = start({
        onLine: (line) => this.#child === child && this.#onLine(line),
        onEnd: () => this.#child === child && this.#onEnd(),
      })
      this.#child = child
      this.#watch(START_MS)
      child.send(asLine({ ask: 'scan', ...full }).trimEnd())
    } catch (cause: unknown) {
      this.#end({ failed: `the process that searches could not be started: ${cause instanceof Error ? cause.message : String(cause)}` })
    }
  }

  #watch(ms: number): void {
    this.#cancelWatch()
    this.#cancelWatch = this.#options.clock.after(ms, () => this.#onSilence())
  }

  #onLine(text: string): void {
    const line = parseLine(text)
    if (line === undefined) return
    const { limits } = this.#options
    if (line.is === 'at') this.#at = line.root
    this.#watch(this.#at !== undefined && this.#patient.has(this.#at) ? limits.patientMs : limits.silentMs)
    this.collected.take(line)
    if (line.is === 'root') this.#settle(line)
    if (line.is === 'broken') {
      this.#options.log.error('scan.broken', { at: this.#at, detail: line.text })
      return this.#lose('died')
    }
    if (line.is === 'end') return this.#end('done')
    this.#tell()
  }

  #settle(line: Extract<ScanLine, { is: 'root' }>): void {
    const at = this.#queue.findIndex((root) => root.path === line.root)
    if (at >= 0) this.#queue.splice(at, 1)
    this.#at = undefined
  }

  #onSilence(): void {
    this.#options.log.warn('scan.silent', { at: this.#at, pid: this.#child?.pid })
    this.#lose('silent')
  }

  #onEnd(): void {
    this.#options.log.warn('scan.ended-early', { at: this.#at })
    this.#lose('died')
  }

  /** Goes on without what the process was at. */
  #lose(how: 'silent' | 'died'): void {
    this.#cancelWatch()
    const child = this.#child
    this.#child = undefined
    child?.kill()
    const root = this.#queue.find((one) => one.path === this.#at)
    if (root === undefined) {
      if (this.collected.hasPrograms && this.#queue.length === 0) return this.#end('done')
      if (this.#isWithoutPrograms) return this.#end({ failed: 'the process that searches ended before it found anything' })
      this.#isWithoutPrograms = true
      return this.#next()
    }
    this.#queue.splice(this.#queue.indexOf(root), 1)
    if (how === 'silent' && !this.#patient.has(root.path)) {
      this.#patient.add(root.path)
      this.#queue.push(root)
    } else this.collected.roots.set(root.path, { is: how })
    this.#next()
  }

  #tell(): void {
    const { clock, onProgress, roots } = this.#options
    const now = clock.monotonic()
    if (now - this.#toldAt < TOLD_MS) return
    this.#toldAt = now
    const at = roots.find((root) => root.path === this.#at)
    onProgress({
      startedAt: this.#startedAt,
      ...(at === undefined ? {} : { at: at.is === 'volume' ? at.label : at.path }),
      volumesDone: this.collected.roots.size,
      volumesInAll: roots.length,
      ...this.collected.counts(),
    })
  }
}
