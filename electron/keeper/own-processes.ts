import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import type { AdoptionReport, ProcessSpec, Supervisor } from '../supervisor/index.ts'
import type { OwnSpec, OwnSpecs } from './processes.ts'

/**
 * Why a process of ours must not start now, as one sentence; `undefined` = it may.
 * @param isEnding it is still there and about to end: its own ports are no sign of a stranger
 */
export type StartGuard = (name: string, isEnding: boolean) => Promise<string | undefined>

/** The processes that are ours by the set-up: what runs keeps its settings until the user restarts it. */
export interface OwnProcesses {
  /** Once, before anything else. */
  adopt(): Promise<AdoptionReport>
  /** Takes up a changed set-up. Nothing is stopped but what the set-up no longer names. */
  apply(names: ReadonlySet<string>): void
  state(name: string): ProcessState | undefined
  states(): ReadonlyMap<string, ProcessState>
  /** By our own decision: refused quietly while the guard says no. */
  setDesired(name: string, desired: 'up' | 'down'): void
  restart(name: string): void
  /** By the user: with the settings of the set-up as it is now. */
  start(name: string): Promise<Result<void, 'process/refused'>>
  restartAnew(name: string): void
  needsRestart(name: string): boolean
  /** Why something of ours cannot run, one sentence each. */
  problems(): readonly string[]
}

interface Parts {
  readonly supervisor: Supervisor
  readonly clock: Clock
  readonly log: Logger
  readonly specs: () => OwnSpecs
  readonly guard: StartGuard
}

/** A decision is repeated four times a second; looking at all processes of the machine is not. */
const REFUSED_FOR_MS = 5_000

const isRunning = (state: ProcessState | undefined): boolean =>
  state?.at === 'starting' || state?.at === 'ready' || state?.at === 'stopping' || state?.at === 'backoff'

const isUp = (state: ProcessState | undefined): boolean => state?.at === 'starting' || state?.at === 'ready'

const keyOf = (spec: ProcessSpec): string => JSON.stringify([spec.file, spec.args, spec.env, spec.cwd])

class GuardedProcesses implements OwnProcesses {
  readonly #parts: Parts
  /** What each process was last given to run with. */
  readonly #current = new Map<string, string>()
  /** Changed settings of what runs, until it is restarted. */
  readonly #waiting = new Map<string, OwnSpec>()
  readonly #refusals = new Map<string, { readonly why: string; readonly at: number }>()
  readonly #asking = new Map<string, Promise<string | undefined>>()
  #problems: ReadonlyMap<string, string> = new Map()

  constructor(parts: Parts) {
    this.#parts = parts
    parts.supervisor.onChange((name, state) => {
      if (!isRunning(state)) this.#takeUp(name)
      if (state.at === 'backoff') void this.#askBeforeRestart(name)
    })
  }

  async adopt(): Promise<AdoptionReport> {
    const { supervisor } = this.#parts
    const own = this.#read()
    const report = await supervisor.adopt(own.map(({ spec }) => spec))
    for (const one of own) {
      const { name } = one.spec
      this.#current.set(name, keyOf(one.spec))
      // What runs was started with the config that is on disk now.
      if (one.config !== undefined && isRunning(supervisor.state(name))) this.#waiting.set(name, one)
      else if (one.config !== undefined) this.#commit(one)
    }
    return report
  }

  apply(names: ReadonlySet<string>): void {
    const { supervisor } = this.#parts
    for (const name of supervisor.states().keys()) if (!names.has(name)) supervisor.remove(name)
    this.#refusals.clear()
    this.#waiting.clear()
    for (const own of this.#read()) {
      const { name } = own.spec
      const known = this.#current.get(name)
      const isOther = known !== keyOf(own.spec) || own.config !== undefined
      if (isOther && known !== undefined && isRunning(supervisor.state(name))) this.#waiting.set(name, own)
      else this.#commit(own)
    }
  }

  state(name: string): ProcessState | undefined {
    return this.#parts.supervisor.state(name)
  }
  states(): ReadonlyMap<string, ProcessState> {
    return this.#parts.supervisor.states()
  }
  restart(name: string): void {
    this.#parts.supervisor.restart(name)
  }
  needsRestart(name: string): boolean {
    return this.#waiting.has(name) || this.#parts.supervisor.needsRestart(name)
  }

  setDesired(name: string, desired: 'up' | 'down'): void {
    if (desired === 'down') {
      this.#parts.supervisor.setDesired(name, 'down')
      return
    }
    const refused = this.#refusals.get(name)
    const isRecent = refused !== undefined && this.#parts.clock.monotonic() - refused.at < REFUSED_FOR_MS
    if (!isRecent && !this.#asking.has(name)) void this.#startGuarded(name)
  }

  async start(name: string): Promise<Result<void, 'process/refused'>> {
    if (this.state(name) === undefined) return fail('process/refused', this.#problems.get(name) ?? 'The set-up does not name it.')
    const why = await this.#startGuarded(name)
    return why === undefined ? ok(undefined) : fail('process/refused', why)
  }

  restartAnew(name: string): void {
    this.#takeUp(name)
    this.#parts.supervisor.restart(name)
  }

  /** The supervisor starts what crashed by itself: whatever forbids a start forbids that one too. */
  async #askBeforeRestart(name: string): Promise<void> {
    const why = await this.#parts.guard(name, true)
    const at = this.state(name)?.at
    // A guard that took its time finds the process started already: then it is ended again.
    if (why === undefined || (at !== 'backoff' && at !== 'starting' && at !== 'ready')) return
    this.#refuse(name, why)
    this.#parts.supervisor.setDesired(name, 'down')
  }

  problems(): readonly string[] {
    const refused = [...this.#refusals].filter(([name]) => !isRunning(this.state(name))).map(([, { why }]) => why)
    return [...this.#problems.values(), ...refused]
  }

  /** The node's config is written only when the node takes it up: a crash must not make a change effective. */
  #commit({ spec, config }: OwnSpec): void {
    this.#waiting.delete(spec.name)
    try {
      if (config !== undefined) writeFileAtomic(config.file, config.text)
    } catch (cause: unknown) {
      const why = `The node cannot be started: its config cannot be written to ${config?.file} (${textOf(cause)}). Free space or repair the rights there.`
      this.#problems = new Map([...this.#problems, [spec.name, why]])
      return
    }
    this.#current.set(spec.name, keyOf(spec))
    this.#parts.supervisor.put(spec)
  }

  #takeUp(name: string): void {
    const own = this.#waiting.get(name)
    if (own !== undefined) this.#commit(own)
  }

  #read(): readonly OwnSpec[] {
    const { specs, problems } = this.#parts.specs()
    this.#problems = problems
    return specs
  }

  /** The guard looks first; two that ask for one process at the same time get one look. */
  #startGuarded(name: string): Promise<string | undefined> {
    const asked = this.#asking.get(name)
    if (asked !== undefined) return asked
    const look = this.#lookAndStart(name).finally(() => this.#asking.delete(name))
    this.#asking.set(name, look)
    return look
  }

  async #lookAndStart(name: string): Promise<string | undefined> {
    const { guard, supervisor } = this.#parts
    const state = supervisor.state(name)
    if (isUp(state)) return undefined
    const why = this.#problems.get(name) ?? (await guard(name, state?.at === 'stopping'))
    if (why === undefined) {
      this.#refusals.delete(name)
      this.#takeUp(name)
      supervisor.setDesired(name, 'up')
      return undefined
    }
    this.#refuse(name, why)
    return why
  }

  #refuse(name: string, why: string): void {
    const { log, clock } = this.#parts
    if (this.#refusals.get(name)?.why !== why) log.warn('process.refused', { name, why })
    this.#refusals.set(name, { why, at: clock.monotonic() })
  }
}

export const ownProcesses = (parts: Parts): OwnProcesses => new GuardedProcesses(parts)
