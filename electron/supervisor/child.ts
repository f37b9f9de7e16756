import { createHash, randomBytes } from 'node:crypto'
import { closeSync, statSync } from 'node:fs'
import { assertNever, textOf } from '../../shared/domain/fault.ts'
import type { Exit, ProcessState } from '../../shared/domain/process.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { copyTruncate, logTail, openLog } from './logs.ts'
import { MARKER, markerText } from './platform.ts'
import type { Ending, Platform, Spawned, Target } from './platform.ts'
import { Prober } from './prober.ts'
import { isLive, newMachine, step } from './step.ts'
import type { Effect, Machine, MachineEvent, Moment } from './step.ts'
import type { TableStore } from './table-store.ts'
import type { ProcessRecord } from './table.ts'
import type { Explanation, ProcessSpec } from './types.ts'

/** What all children of one supervisor share. */
export interface Surroundings {
  readonly platform: Platform
  readonly clock: Clock
  readonly log: Logger
  readonly random: () => number
  readonly table: TableStore
  readonly scope: string
  readonly baseEnv: Readonly<Record<string, string>>
  bootId(): Promise<string>
  sha256(file: string): Promise<string | undefined>
  changed(name: string, state: ProcessState): void
  isLeft(): boolean
}

interface Handle {
  readonly target: Target
  /** Not our own child: only looking tells that it has ended. */
  readonly isPolled: boolean
  cpu?: { readonly mono: number; readonly cpuMs: number }
  cpuPercent?: number
}

const CPU_WINDOW_MS = 2000

/** Asked for every process at every decision; a spec is never changed, only replaced. */
const hashes = new WeakMap<object, string>()

/** What makes a running process another one than the set-up asks for. */
export function specHash(spec: Pick<ProcessSpec, 'file' | 'args' | 'env' | 'cwd'>): string {
  const known = hashes.get(spec)
  if (known !== undefined) return known
  const env = Object.entries(spec.env).sort(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
    .update(JSON.stringify([spec.file, spec.args, env, spec.cwd]))
    .digest('hex')
  hashes.set(spec, hash)
  return hash
}

/** Performs the effects of one process' state machine and tells it what happens. */
export class Child {
  spec: ProcessSpec
  readonly #around: Surroundings
  readonly #prober: Prober
  #machine: Machine = newMachine()
  #handle: Handle | undefined
  #launch: Promise<void> | undefined
  #copying: Promise<void> | undefined

  constructor(spec: ProcessSpec, around: Surroundings) {
    this.spec = spec
    this.#around = around
    this.#prober = new Prober(around.clock)
  }

  get state(): ProcessState {
    return this.#machine.observed
  }
  get cpuPercent(): number | undefined {
    return this.#handle?.cpuPercent
  }
  get needsRestart(): boolean {
    const record = this.#around.table.get(this.spec.name)
    return isLive(this.state) && record !== undefined && record.specHash !== specHash(this.spec)
  }
  /** Resolves when nothing of it is half done. */
  async settled(): Promise<void> {
    await this.#launch
    await this.#copying
  }

  dispatch(event: MachineEvent): void {
    const before = this.#machine.observed
    const { state, effects } = step(this.#machine, event, this.spec.policy, this.#now())
    this.#machine = state
    if (state.observed.at === 'ready' && before.at !== 'ready') this.#noteReady(state.observed.since)
    if (state.observed !== before) this.#around.changed(this.spec.name, state.observed)
    for (const effect of effects) this.#perform(effect)
  }

  adopt(record: ProcessRecord, pid: number, startTime: string): void {
    const marker = { scope: this.#around.scope, name: record.name, generation: record.generation }
    this.#handle = { target: { pid, startTime, marker, ...(record.unit === undefined ? {} : { unit: record.unit }) }, isPolled: true }
    this.#around.table.putSoon({ ...record, pid, startTime })
    const { spawnedAt, readyAt } = record
    this.dispatch({ is: 'adopted', pid, spawnedAt, ...(readyAt === undefined ? {} : { readyAt }) })
  }

  /** A child that ended while nobody watched: its log may tell why. */
  async foundGone(record: ProcessRecord, why: Explanation): Promise<void> {
    const { platform, scope } = this.#around
    const { pid, name, generation } = record
    // Its helpers may have outlived it.
    if (pid !== undefined) platform.sweep({ pid, marker: { scope, name, generation } })
    const at = this.#around.clock.now()
    const told = this.#explain({ at }, await logTail(record.logFile))
    const cause = told === undefined ? why.cause : `${why.cause} Its log says: ${told.cause}`
    this.#around.table.removeSoon(record.name)
    this.dispatch({ is: 'found-gone', last: { at, cause, causeCode: told?.causeCode ?? why.causeCode } })
  }

  /** Deadlines and the probe; called often, costs nothing when nothing is due. */
  tick(): void {
    const { dueMono, observed } = this.#machine
    if (dueMono !== undefined && this.#around.clock.monotonic() >= dueMono) this.dispatch({ is: 'tick' })
    if (observed.at !== 'starting' || observed.pid === undefined) return
    const handle = this.#handle
    if (handle === undefined) return
    this.#prober.due(this.spec, handle.target.pid, (result) => {
      if (this.#handle === handle && !this.#around.isLeft()) this.dispatch({ is: 'probe', result })
    })
  }

  /** One look at the process: still the same one, and how busy. */
  poll(): void {
    const handle = this.#handle
    if (handle === undefined) return
    const mono = this.#around.clock.monotonic()
    const isCpuDue = handle.cpu === undefined || mono - handle.cpu.mono >= CPU_WINDOW_MS
    // Our own child tells its end itself.
    if (!handle.isPolled && !isCpuDue) return
    const { pid, startTime } = handle.target
    const seen = this.#around.platform.glance(pid)
    const isSame = seen.is === 'alive' && (startTime === undefined || seen.startTime === undefined || seen.startTime === startTime)
    if (!isSame) {
      if (handle.isPolled) void this.#endedUnseen(handle)
      return
    }
    if (seen.cpuMs === undefined || !isCpuDue) return
    if (handle.cpu !== undefined) handle.cpuPercent = (100 * (seen.cpuMs - handle.cpu.cpuMs)) / (mono - handle.cpu.mono)
    handle.cpu = { mono, cpuMs: seen.cpuMs }
  }

  /** Keeps the log below its cap, once our reader is through. At twice the cap the disk comes first. */
  capLog(): void {
    const { logFile, policy, logReadTo } = this.spec
    if (this.#handle === undefined || this.#copying !== undefined) return
    const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
    if (size <= policy.logCapBytes) return
    const readTo = logReadTo === undefined ? size : (logReadTo() ?? size)
    if (readTo < size && size < 2 * policy.logCapBytes) return
    this.#copying = copyTruncate(logFile, policy.keepLogs)
      .then(
        (isKept) =>
          this.#around.log.info('supervisor.log-emptied', {
            name: this.spec.name,
            bytes: size,
            unread: Math.max(0, size - readTo),
            isKept,
          }),
        (cause: unknown) => this.#around.log.warn('supervisor.log-not-emptied', { name: this.spec.name, detail: textOf(cause) }),
      )
      .finally(() => {
        this.#copying = undefined
      })
  }

  #now(): Moment {
    const { clock, random } = this.#around
    return { wall: clock.now(), mono: clock.monotonic(), random: random() }
  }

  #perform(effect: Effect): void {
    const target = this.#handle?.target
    switch (effect.do) {
      case 'spawn':
        this.#launch = this.#start().catch((cause: unknown) => {
          this.#around.log.error('supervisor.bug', { name: this.spec.name, detail: textOf(cause) })
          this.dispatch({ is: 'exited', why: { cause: `It could not be started: ${textOf(cause)}`, causeCode: 'process/spawn-failed' } })
        })
        return
      case 'terminate':
        if (target !== undefined) this.#around.platform.terminate(target)
        return
      case 'kill':
        this.#around.log.warn('supervisor.kill', { name: this.spec.name, pid: target?.pid })
        if (target !== undefined) this.#around.platform.kill(target)
        return
      default:
        assertNever(effect)
    }
  }

  /** Intent to disk, spawn, pid to disk: whenever we are killed, the child is found again and never started twice. */
  async #start(): Promise<void> {
    const { spec } = this
    const { table, platform, clock, scope, log } = this.#around
    const marker = { scope, name: spec.name, generation: randomBytes(8).toString('hex') }
    const [bootId, sha256] = await Promise.all([this.#around.bootId(), this.#around.sha256(spec.file)])
    const { name, owner, file, args, cwd, logFile } = spec
    const record: ProcessRecord = {
      name,
      owner,
      generation: marker.generation,
      file,
      args,
      cwd,
      logFile,
      bootId,
      ...(sha256 === undefined ? {} : { sha256 }),
      specHash: specHash(spec),
      spawnedAt: clock.now(),
    }
    await table.putNow(record)
    if (this.state.at !== 'starting' || this.#around.isLeft()) {
      table.removeSoon(name)
      this.dispatch({ is: 'exited' })
      return
    }
    const logFd = this.#openLog()
    const env = { ...this.#around.baseEnv, ...spec.env, [MARKER]: markerText(marker) }
    const started = await platform
      .spawn({ marker, file, args, env, cwd, logFile, ...(logFd === undefined ? {} : { logFd }), stopWaitMs: spec.policy.stopWaitMs })
      .finally(() => logFd !== undefined && closeSync(logFd))
    if (!started.ok) {
      table.removeSoon(name)
      log.warn('supervisor.spawn-failed', { name, detail: started.fault.detail })
      const never = started.fault.code === 'process/spawn-failed' ? {} : { retry: 'never' as const }
      this.dispatch({ is: 'exited', why: { cause: started.fault.detail, causeCode: started.fault.code, ...never } })
      return
    }
    this.#spawned(record, marker, started.value)
    if (this.#handle?.target.startTime === undefined) await this.#identify(record, started.value.pid)
  }

  #spawned(record: ProcessRecord, marker: Target['marker'], { pid, unit, ended }: Spawned): void {
    const { platform, table, log } = this.#around
    const seen = platform.glance(pid)
    const known = {
      ...(seen.is === 'alive' && seen.startTime !== undefined ? { startTime: seen.startTime } : {}),
      ...(unit === undefined ? {} : { unit }),
    }
    const handle: Handle = { target: { pid, marker, ...known }, isPolled: ended === undefined }
    this.#handle = handle
    this.#prober.reset()
    table.putSoon({ ...record, pid, ...known })
    log.info('supervisor.spawned', { name: record.name, pid, unit })
    this.dispatch({ is: 'spawned', pid })
    void ended?.then((ending) => this.#ended(handle, ending))
  }

  /** Where a glance does not tell the start time, it is asked for once. */
  async #identify(record: ProcessRecord, pid: number): Promise<void> {
    const startTime = (await this.#around.platform.identify([pid])).get(pid)
    const handle = this.#handle
    if (startTime === undefined || startTime === '' || handle?.target.pid !== pid) return
    this.#handle = { ...handle, target: { ...handle.target, startTime } }
    this.#around.table.putSoon({ ...(this.#around.table.get(record.name) ?? record), pid, startTime })
  }

  async #endedUnseen(handle: Handle): Promise<void> {
    if (this.#handle !== handle) return
    this.#handle = undefined
    const ending = await this.#around.platform.endingOf(handle.target)
    await this.#finish(handle, ending ?? {})
  }

  async #ended(handle: Handle, ending: Ending): Promise<void> {
    if (this.#handle?.target.marker !== handle.target.marker) return
    this.#handle = undefined
    await this.#finish(handle, ending)
  }

  async #finish(handle: Handle, ending: Ending): Promise<void> {
    const { platform, table, clock, log } = this.#around
    if (this.#around.isLeft()) return
    platform.sweep(handle.target)
    table.removeSoon(this.spec.name)
    const told = this.#explain({ at: clock.now(), ...ending }, await logTail(this.spec.logFile))
    log.info('supervisor.ended', { name: this.spec.name, pid: handle.target.pid, ...ending, cause: told?.cause })
    this.dispatch({ is: 'exited', ...ending, ...(told === undefined ? {} : { why: told }) })
  }

  #explain(exit: Exit, tail: string): Explanation | undefined {
    try {
      return this.spec.explain(exit, tail)
    } catch (cause) {
      this.#around.log.error('supervisor.explain-failed', { name: this.spec.name, detail: textOf(cause) })
      return undefined
    }
  }

  #openLog(): number | undefined {
    try {
      return openLog(this.spec.logFile, this.spec.policy.keepLogs)
    } catch (cause) {
      // Proving without a log is better than not proving.
      this.#around.log.warn('supervisor.log-unwritable', { name: this.spec.name, file: this.spec.logFile, detail: textOf(cause) })
      return undefined
    }
  }

  #noteReady(readyAt: number): void {
    const record = this.#around.table.get(this.spec.name)
    if (record !== undefined) this.#around.table.putSoon({ ...record, readyAt })
  }
}
