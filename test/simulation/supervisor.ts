import type { Exit, ProcessState } from '../../shared/domain/process.ts'
import type { Clock } from '../../electron/lib/clock.ts'
import { isLive, newMachine, pidOf, step, type Machine, type MachineEvent } from '../../electron/supervisor/step.ts'
import type { AdoptionReport, Explanation, ProbeResult, ProcessPolicy, ProcessSpec, Supervisor } from '../../electron/supervisor/index.ts'
import type { Random } from './random.ts'

/** One real process, as the operating system knows it: it outlives the keeper. */
export interface SimProcess {
  readonly name: string
  readonly policy: ProcessPolicy
  /** @returns nothing: the end comes by `ended` */
  readonly spawn: (pid: number) => void
  readonly terminate: () => void
  readonly kill: () => void
  readonly isAlive: () => boolean
  readonly pid: () => number
  readonly probe: (pid: number, startedAt: number) => ProbeResult
  readonly cpuPercent: () => number
}

export type Ending = { readonly code?: number; readonly signal?: string; readonly why?: Explanation }

interface Child {
  readonly process: SimProcess
  machine: Machine
  nextProbe: number
}

const TICK_MS = 250
const PROBE_MS = 500

/** The record of an earlier keeper: name → when it was spawned and was ready. */
export type ProcessTable = Map<string, { readonly pid: number; readonly spawnedAt: number; readonly readyAt?: number }>

/** The supervisor's face over simulated processes; every decision is that of the real, pure `step`. */
export class SimSupervisor implements Supervisor {
  readonly childrenIn = 'session'
  readonly #clock: Clock
  readonly #random: Random
  readonly #table: ProcessTable
  readonly #children = new Map<string, Child>()
  readonly #listeners = new Set<(name: string, state: ProcessState) => void>()
  readonly #watch: (name: string, what: 'spawn' | 'terminate' | 'kill') => void
  readonly #newPid: () => number
  #cancel: () => void

  constructor(options: {
    clock: Clock
    random: Random
    table: ProcessTable
    processes: readonly SimProcess[]
    newPid: () => number
    watch: (name: string, what: 'spawn' | 'terminate' | 'kill') => void
  }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#table = options.table
    this.#watch = options.watch
    this.#newPid = options.newPid
    for (const process of options.processes) this.#children.set(process.name, { process, machine: newMachine(), nextProbe: 0 })
    this.#cancel = this.#clock.every(TICK_MS, () => this.#tick())
  }

  /** Takes over what lives, says of the rest that it is gone. */
  takeOver(): void {
    for (const [name, { process }] of this.#children) {
      const record = this.#table.get(name)
      if (record === undefined) continue
      const { pid, spawnedAt, readyAt } = record
      if (process.isAlive() && process.pid() === pid) {
        this.#dispatch(name, { is: 'adopted', pid, spawnedAt, ...(readyAt === undefined ? {} : { readyAt }) })
        continue
      }
      this.#table.delete(name)
      const last: Exit = { at: this.#clock.now(), cause: 'It ended while nobody watched.', causeCode: 'process/gone' }
      this.#dispatch(name, { is: 'found-gone', last })
    }
  }

  /** The operating system tells that a process ended. */
  ended(name: string, ending: Ending): void {
    this.#table.delete(name)
    this.#dispatch(name, { is: 'exited', ...ending })
  }

  setDesired(name: string, desired: 'up' | 'down'): void {
    this.#dispatch(name, { is: 'desired', desired })
  }
  restart(name: string): void {
    this.#dispatch(name, { is: 'restart' })
  }
  state(name: string): ProcessState | undefined {
    return this.#children.get(name)?.machine.observed
  }
  states(): ReadonlyMap<string, ProcessState> {
    return new Map([...this.#children].map(([name, child]) => [name, child.machine.observed]))
  }
  onChange(listener: (name: string, state: ProcessState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  cpuPercent(name: string): number | undefined {
    const child = this.#children.get(name)
    return child !== undefined && child.process.isAlive() ? child.process.cpuPercent() : undefined
  }
  needsRestart(): boolean {
    return false
  }
  async leaveRunning(): Promise<void> {
    this.close()
  }
  close(): void {
    this.#cancel()
    this.#listeners.clear()
  }
  async adopt(_specs: readonly ProcessSpec[]): Promise<AdoptionReport> {
    throw new Error('the simulation adopts by takeOver')
  }
  put(_spec: ProcessSpec): void {
    throw new Error('the simulation has fixed processes')
  }
  remove(_name: string): void {
    throw new Error('the simulation has fixed processes')
  }
  async stopAll(): Promise<void> {
    throw new Error('the simulation leaves everything running')
  }

  #tick(): void {
    const mono = this.#clock.monotonic()
    for (const [name, child] of this.#children) {
      const { dueMono, observed } = child.machine
      if (dueMono !== undefined && mono >= dueMono) this.#dispatch(name, { is: 'tick' })
      if (observed.at !== 'starting' || observed.pid === undefined || mono < child.nextProbe) continue
      child.nextProbe = mono + PROBE_MS
      this.#dispatch(name, { is: 'probe', result: child.process.probe(observed.pid, observed.since) })
    }
  }

  #dispatch(name: string, event: MachineEvent): void {
    const child = this.#children.get(name)
    if (child === undefined) return
    const before = child.machine.observed
    const now = { wall: this.#clock.now(), mono: this.#clock.monotonic(), random: this.#random.next() }
    const { state, effects } = step(child.machine, event, child.process.policy, now)
    child.machine = state
    this.#note(name, state.observed)
    if (state.observed !== before) for (const listener of this.#listeners) listener(name, state.observed)
    for (const effect of effects) this.#perform(name, child, effect.do)
  }

  #note(name: string, observed: ProcessState): void {
    const pid = pidOf(observed)
    if (!isLive(observed) || pid === undefined) return
    const spawnedAt = this.#table.get(name)?.spawnedAt ?? this.#clock.now()
    this.#table.set(name, { pid, spawnedAt, ...(observed.at === 'ready' ? { readyAt: observed.since } : {}) })
  }

  #perform(name: string, child: Child, what: 'spawn' | 'terminate' | 'kill'): void {
    this.#watch(name, what)
    if (what === 'terminate') child.process.terminate()
    else if (what === 'kill') child.process.kill()
    else {
      const pid = this.#newPid()
      this.#table.delete(name)
      child.process.spawn(pid)
      this.#dispatch(name, { is: 'spawned', pid })
    }
  }
}
