import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { textOf } from '../../shared/domain/fault.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { classify, isSameProgram } from './adopt.ts'
import type { Verdict } from './adopt.ts'
import { Child, specHash } from './child.ts'
import type { Surroundings } from './child.ts'
import type { Platform } from './platform.ts'
import { baseEnv } from './spawn-detached.ts'
import { isLive } from './step.ts'
import { systemPlatform } from './system-platform.ts'
import { loadTable } from './table.ts'
import type { ProcessRecord } from './table.ts'
import { TableStore } from './table-store.ts'
import type { AdoptionReport, Desired, ProcessSpec, Supervisor } from './types.ts'

export interface SupervisorParts {
  readonly tableFile: string
  readonly clock: Clock
  readonly log: Logger
  readonly platform?: Platform
  readonly random?: () => number
  /** Our own environment, from which the few variables that every child gets are taken. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const TICK_MS = 250
const CAP_LOG_MS = 5000
const STOP_GRACE_MS = 15_000

type Listener = (name: string, state: ProcessState) => void

/** SHA-256 of a file, hex; a file that has not changed is not read again. */
function binaryHasher(): (file: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>()
  return (file) => {
    const stat = statSync(file, { throwIfNoEntry: false })
    const key = `${file}:${stat?.ino}:${stat?.size}:${stat?.mtimeMs}`
    const hash = createHash('sha256')
    const computed =
      known.get(key) ??
      pipeline(createReadStream(file), hash).then(
        () => hash.digest('hex'),
        () => undefined, // unreadable: the spawn says why
      )
    known.set(key, computed)
    return computed
  }
}

class TheSupervisor implements Supervisor {
  readonly #parts: SupervisorParts
  readonly #platform: Platform
  readonly #table: TableStore
  readonly #around: Surroundings
  readonly #children = new Map<string, Child>()
  readonly #leaving = new Set<string>()
  readonly #listeners = new Set<Listener>()
  readonly #cancelTick: () => void
  #boot: Promise<string> | undefined
  #nextPollMono = 0
  #nextCapMono = 0
  #isLeft = false

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    const { tableFile, clock, log } = parts
    this.#platform = parts.platform ?? systemPlatform(log)
    this.#table = new TableStore({ file: tableFile, clock, log })
    this.#around = {
      platform: this.#platform,
      clock,
      log,
      random: parts.random ?? Math.random,
      table: this.#table,
      scope: createHash('sha256').update(path.resolve(tableFile)).digest('hex').slice(0, 12),
      baseEnv: baseEnv(parts.env ?? process.env),
      bootId: () => (this.#boot ??= this.#platform.bootId()),
      sha256: binaryHasher(),
      changed: (name, state) => this.#changed(name, state),
      isLeft: () => this.#isLeft,
    }
    this.#cancelTick = clock.every(TICK_MS, () => this.#tick())
  }

  get childrenIn(): 'systemd' | 'session' {
    return this.#platform.childrenIn
  }

  async adopt(specs: readonly ProcessSpec[]): Promise<AdoptionReport> {
    const { tableFile, clock, log } = this.#parts
    for (const spec of specs) this.put(spec)
    const loaded = loadTable(tableFile, clock.now())
    if (loaded.damaged !== undefined) log.error('supervisor.table-damaged', { keptAs: loaded.damaged })
    const { records } = loaded
    const pids = records.flatMap((r) => (r.pid === undefined ? [] : [r.pid]))
    const bootId = await this.#around.bootId()
    const [alive, marked] = await Promise.all([
      this.#platform.identify(pids),
      this.#platform.findMarked(
        this.#around.scope,
        records.filter((r) => r.startTime === undefined),
      ),
    ])
    const report = { adopted: [] as string[], gone: [] as string[], foreign: [] as string[], unlisted: [] as string[] }
    const { hasDatedStarts = false } = this.#platform
    await Promise.all(classify({ records, bootId, hasDatedStarts, alive, marked }).map((verdict) => this.#settle(verdict, report)))
    this.#table.save()
    log.info('supervisor.adopted', report)
    return { ...report, ...(loaded.damaged === undefined ? {} : { damagedTable: loaded.damaged }) }
  }

  put(spec: ProcessSpec): void {
    this.#leaving.delete(spec.name)
    const child = this.#children.get(spec.name)
    if (child === undefined) this.#children.set(spec.name, new Child(spec, this.#around))
    else child.spec = spec
  }

  remove(name: string): void {
    const child = this.#children.get(name)
    if (child === undefined) return
    this.#leaving.add(name)
    child.dispatch({ is: 'desired', desired: 'down' })
    if (!isLive(child.state)) this.#forget(name)
  }

  setDesired(name: string, desired: Desired): void {
    this.#own(name)?.dispatch({ is: 'desired', desired })
  }

  restart(name: string): void {
    this.#own(name)?.dispatch({ is: 'restart' })
  }

  state(name: string): ProcessState | undefined {
    return this.#children.get(name)?.state
  }

  states(): ReadonlyMap<string, ProcessState> {
    return new Map([...this.#children].map(([name, child]) => [name, child.state]))
  }

  needsRestart(name: string): boolean {
    return this.#children.get(name)?.needsRestart ?? false
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  cpuPercent(name: string): number | undefined {
    return this.#children.get(name)?.cpuPercent
  }

  async leaveRunning(): Promise<void> {
    this.#isLeft = true
    this.#cancelTick()
    await Promise.all([...this.#children.values()].map((child) => child.settled()))
    this.#table.close()
  }

  async stopAll(): Promise<void> {
    const own = [...this.#children.values()].filter((child) => child.spec.owner === 'smeshkeeper')
    const isDown = (): boolean => own.every((child) => !isLive(child.state))
    const waitMs = Math.max(0, ...own.map((child) => child.spec.policy.stopWaitMs)) + STOP_GRACE_MS
    const stopped = new Promise<void>((resolve) => {
      const finish = (): void => {
        forget()
        cancel()
        resolve()
      }
      // A process in an uninterruptible read cannot be waited for without end.
      const cancel = this.#parts.clock.after(waitMs, finish)
      const forget = this.onChange(() => {
        if (isDown()) finish()
      })
    })
    for (const child of own) child.dispatch({ is: 'desired', desired: 'down' })
    if (!isDown()) await stopped
    await this.leaveRunning()
  }

  #own(name: string): Child | undefined {
    const child = this.#children.get(name)
    if (child === undefined || child.spec.owner === 'smeshkeeper') return child
    this.#parts.log.warn('supervisor.not-ours', { name, owner: child.spec.owner })
    return undefined
  }

  #forget(name: string): void {
    this.#leaving.delete(name)
    this.#children.delete(name)
  }

  #changed(name: string, state: ProcessState): void {
    if (this.#leaving.has(name) && !isLive(state)) this.#forget(name)
    for (const listener of this.#listeners) {
      try {
        listener(name, state)
      } catch (cause) {
        this.#parts.log.error('supervisor.listener-failed', { name, detail: textOf(cause) })
      }
    }
  }

  /** The one timer wheel: deadlines and probes often, a look at each process every second. */
  #tick(): void {
    const mono = this.#parts.clock.monotonic()
    const isPoll = mono >= this.#nextPollMono
    const isCap = mono >= this.#nextCapMono
    if (isPoll) this.#nextPollMono = mono + this.#platform.pollMs
    if (isCap) this.#nextCapMono = mono + CAP_LOG_MS
    for (const child of this.#children.values()) {
      if (isPoll) child.poll()
      if (isCap) child.capLog()
      child.tick()
    }
  }

  async #settle(verdict: Verdict, report: { adopted: string[]; gone: string[]; foreign: string[]; unlisted: string[] }): Promise<void> {
    if (verdict.is === 'foreign') {
      report.foreign.push(verdict.name)
      this.#parts.log.warn('supervisor.foreign', { name: verdict.name, why: verdict.why })
      return
    }
    const { record } = verdict
    const listed = this.#children.get(record.name)
    if (verdict.is === 'gone') {
      report.gone.push(record.name)
      await listed?.foundGone(record, verdict.why)
      return
    }
    report.adopted.push(record.name)
    if (listed === undefined) report.unlisted.push(record.name)
    const child = listed ?? new Child(specOf(record), this.#around)
    this.#children.set(record.name, child)
    child.adopt(withSpec(record, listed?.spec), verdict.pid, verdict.startTime)
  }
}

/** A record that was rebuilt from the process alone learns the rest from the spec, when that is what runs. */
function withSpec(record: ProcessRecord, spec: ProcessSpec | undefined): ProcessRecord {
  if (record.specHash !== '' || spec === undefined) return record
  const runs = isSameProgram({ exe: '', args: [record.file, ...record.args] }, spec)
  const { cwd, logFile } = spec
  return { ...record, cwd, logFile, ...(runs ? { file: spec.file, args: spec.args, specHash: specHash(spec) } : {}) }
}

/** A child that nobody asks for any more is watched, and stopped when told to, but never started. */
function specOf(record: ProcessRecord): ProcessSpec {
  const { name, owner, file, args, cwd, logFile } = record
  return {
    name,
    owner,
    file,
    args,
    env: {},
    cwd,
    logFile,
    policy: {
      readyWithinMs: 60_000,
      stopWaitMs: 150_000,
      backoff: { firstMs: 1000, maxMs: 60_000, jitter: 0.2 },
      budget: { crashes: 5, withinMs: 600_000 },
      logCapBytes: 64 * 1024 * 1024,
      keepLogs: 1,
      mode: 'once',
      whenNotReady: 'wait',
    },
    probe: async () => ({ is: 'ready' }),
    explain: () => undefined,
  }
}

export function createSupervisor(parts: SupervisorParts): Supervisor {
  return new TheSupervisor(parts)
}
