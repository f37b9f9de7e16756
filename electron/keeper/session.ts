import os from 'node:os'
import path from 'node:path'
import type { Decision } from '../../shared/domain/decide.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { MachineLimits } from '../../shared/domain/lane-problem.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Hold } from '../../shared/domain/publication.ts'
import type { World } from '../../shared/domain/world.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { epochLengthMs } from '../../shared/domain/network.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { watchMounts } from '../hardware/index.ts'
import { openHistory, type History } from '../history/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import type { FolderWatch } from '../pos-data/index.ts'
import type { Launcher, ResolveLauncher } from '../programs/index.ts'
import { createSupervisor, type Supervisor } from '../supervisor/index.ts'
import { performActions } from './actions.ts'
import { watchBinaries, type BinaryWatch } from './binary-watch.ts'
import { watchOwnDisks } from './disk-watch.ts'
import { expandSetup } from './expand.ts'
import { ownProcesses, type OwnProcesses } from './own-processes.ts'
import { watchPoets, type PoetWatch } from './poet-watch.ts'
import { ownNames, processObservation, specsOf, type OwnSpecs } from './processes.ts'
import { buildSnapshot, serviceName, type LaneFacts } from './snapshot.ts'
import { earlierProofs, folderList, logSources, readLanes, watchFolders } from './session-parts.ts'
import { startGuard, systemEyes, type KeyGuard } from './start-guard.ts'
import { createWiring } from './wiring.ts'
import { startWorldLoop, type WorldLoop } from './world-loop.ts'

const LANES_MS = 60_000
const CPU_MS = 5_000
const PRUNE_MS = 6 * 3_600_000
/** A program that could not be run is looked at again: rights, a mount or a file may have been repaired meanwhile. */
const BINARIES_MS = 30_000
/** Statuses look this far back: what the node told then is taken from history when its own ring has moved on. */
const EPOCHS_REMEMBERED = 2

/** Who looks after the keys of a session: asked before a node start, told everything that is seen. */
export interface KeyWarden {
  readonly guardNode: KeyGuard
  observed(seen: Observation): void
  /** identity → why its key is kept out of the node. */
  holds(): ReadonlyMap<string, Hold>
}

export interface SessionOptions {
  readonly home: Home
  readonly setup: Setup
  readonly mode: 'real' | 'practice'
  readonly clock: Clock
  readonly log: Logger
  readonly launcher: ResolveLauncher
  readonly folderProbe: () => Launcher
  readonly host: (childrenIn: 'systemd' | 'session') => AppSnapshot['host']
  readonly setupProblem: string | undefined
  readonly nextRevision: () => number
  readonly warden: KeyWarden
  readonly onSnapshot: (snapshot: AppSnapshot) => void
}

export interface LogSource {
  readonly name: string
  readonly label: string
  readonly file: string
}

/** Everything that runs for one set-up: processes, watches, judgement, history. */
export interface Session {
  readonly mode: 'real' | 'practice'
  readonly home: Home
  readonly history: History | undefined
  readonly processes: OwnProcesses
  readonly binaries: BinaryWatch
  readonly world: World
  /** What somebody beside the session's own watches has seen. */
  emit(seen: Observation): void
  /** Looks at volumes and PoS folders now, sizes too; resolves when all have answered or let their deadline pass. */
  lookAtFolders(): Promise<void>
  /** What this computer can do at once, for the schedule. */
  setLimits(limits: MachineLimits): void
  snapshot(): AppSnapshot | undefined
  setup(): Setup
  /** A changed set-up takes effect without stopping anything that goes on unchanged. */
  replaceSetup(setup: Setup): Promise<void>
  logFiles(): readonly LogSource[]
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

class RunningSession implements Session {
  readonly mode: 'real' | 'practice'
  readonly home: Home
  readonly history: History | undefined
  readonly processes: OwnProcesses
  readonly binaries: BinaryWatch
  readonly #supervisor: Supervisor
  readonly #poets: PoetWatch
  readonly #options: SessionOptions
  readonly #loop: WorldLoop
  readonly #wiring
  readonly #folders: FolderWatch
  readonly #historyProblem: string | undefined
  readonly #timers: (() => void)[] = []
  #setup: Setup
  #lanes = new Map<string, LaneFacts>()
  #snapshot: AppSnapshot | undefined
  #isClosing = false
  #unlisted: readonly string[] = []
  #damagedTable: string | undefined
  #toldTrouble: string | undefined

  constructor(options: SessionOptions) {
    const { home, clock, log } = options
    this.#options = options
    this.mode = options.mode
    this.home = home
    this.#setup = expandSetup(options.setup, os.homedir())
    const opened = openHistory(path.join(home.state, 'history.sqlite'), { clock, log, timing: () => resolveNetwork(this.#setup.network) })
    this.history = opened.ok ? opened.value : undefined
    this.#historyProblem = opened.ok ? undefined : opened.fault.detail
    this.#supervisor = createSupervisor({ tableFile: path.join(home.state, 'processes.json'), clock, log })
    const isOurs = (pid: number): boolean => [...this.#supervisor.states().values()].some((state) => 'pid' in state && state.pid === pid)
    this.processes = ownProcesses({
      supervisor: this.#supervisor,
      clock,
      log,
      specs: () => this.#specs(),
      guard: startGuard(
        () => this.#setup,
        () => this.#snapshot,
        systemEyes(isOurs),
        () => options.warden.guardNode(),
      ),
    })
    this.binaries = watchBinaries(path.join(home.state, 'pins.json'), clock, log)
    this.#loop = startWorldLoop({
      clock,
      setup: this.#setup,
      onObservation: (seen) => this.history?.recordObservation(seen),
      onDecision: (decision, now) => this.#onDecision(decision, now),
    })
    this.#wiring = createWiring({
      logs: home.logs,
      clock,
      log,
      setup: () => this.#setup,
      world: () => this.#loop.world,
      stateOf: (name) => this.processes.state(name),
      emit: (seen, isPast) => this.#emit(seen, isPast),
    })
    this.#folders = watchFolders(
      options,
      this.#setup,
      () => this.#loop,
      (seen) => this.#emit(seen),
    )
    this.#poets = watchPoets({ clock, setup: () => this.#setup, configFolder: home.config, world: () => this.#loop.world })
  }

  async start(): Promise<void> {
    const { clock, log } = this.#options
    await this.binaries.read(this.#setup)
    this.#remember()
    this.#supervisor.onChange((name, state) => {
      const service = this.#setup.services.find((one) => serviceName(one.identity) === name)
      if (state.at === 'starting' && service !== undefined) this.#wiring.watchOf(service.identity)?.begin()
      if (state.at === 'starting' && name === 'node' && state.pid === undefined) this.#wiring.nodeLog()?.begin()
      this.#tellProcess(name)
    })
    const report = await this.processes.adopt()
    log.info('session.adopted', { mode: this.mode, ...report })
    this.#settleUnlisted(report.unlisted)
    this.#damagedTable = report.damagedTable
    for (const name of this.processes.states().keys()) this.#tellProcess(name)
    await this.#wiring.apply()
    this.#readLanes()
    this.#timers.push(
      clock.every(LANES_MS, () => this.#readLanes()),
      clock.every(PRUNE_MS, () => this.history?.prune(this.#setup.keep.historyDays)),
      clock.every(CPU_MS, () => this.#tellCpu()),
      clock.every(BINARIES_MS, () => void this.#lookAgain()),
    )
    const disks = watchOwnDisks({ clock, log, root: this.home.root, setup: () => this.#setup, emit: (seen) => this.#emit(seen) })
    const mounts = watchMounts({
      clock,
      onChange: () => {
        void this.#folders.refresh()
        this.#readLanes()
      },
    })
    this.#timers.push(
      () => disks.close(),
      () => mounts.close(),
    )
    this.#loop.judge()
  }

  /** What the node told of the last epochs: a restart of ours, or of the node, forgets none of it. */
  #remember(): void {
    const since = this.#options.clock.now() - EPOCHS_REMEMBERED * epochLengthMs(resolveNetwork(this.#setup.network))
    for (const event of this.history?.recentNodeEvents(since) ?? []) {
      this.#loop.emit({ at: event.emittedAt, kind: 'node-event', event }, true)
    }
    const at = this.#options.clock.now()
    for (const seen of earlierProofs(this.history, this.#setup, at)) this.#loop.emit(seen, true)
  }

  /** Practice leaves nothing behind; a real process that the set-up no longer names may prove: only the user ends it. */
  #settleUnlisted(names: readonly string[]): void {
    if (this.mode === 'practice') for (const name of names) this.#supervisor.remove(name)
    else this.#unlisted = names
  }

  async #lookAgain(): Promise<void> {
    if (!this.binaries.hasProblem(this.#setup)) return
    await this.binaries.read(this.#setup)
    if (!this.#isClosing) this.processes.apply(this.#wantedNames())
  }

  #wantedNames(): ReadonlySet<string> {
    return new Set([...ownNames(this.#setup), ...this.#unlisted])
  }

  lookAtFolders(): Promise<void> {
    return this.#folders.refresh()
  }

  setLimits(limits: MachineLimits): void {
    this.#loop.setLimits(limits)
  }

  snapshot(): AppSnapshot | undefined {
    return this.#snapshot
  }
  setup(): Setup {
    return this.#setup
  }
  get world(): World {
    return this.#loop.world
  }
  emit(seen: Observation): void {
    this.#emit(seen)
  }

  async replaceSetup(next: Setup): Promise<void> {
    this.#setup = expandSetup(next, os.homedir())
    this.#loop.setSetup(this.#setup)
    await this.binaries.read(this.#setup)
    this.processes.apply(this.#wantedNames())
    // One that came with this set-up has no state that anybody told yet, and is started only when it has.
    for (const name of this.processes.states().keys()) this.#tellProcess(name)
    await this.#wiring.apply()
    this.#folders.setFolders(folderList(this.#setup))
    this.#readLanes()
  }

  logFiles(): readonly LogSource[] {
    return logSources(this.#setup, this.home, (id) => this.#snapshot?.identities.find((one) => one.id === id)?.name ?? id.slice(0, 12))
  }

  async close(outcome: 'leave-running' | 'stop-all'): Promise<void> {
    this.#isClosing = true
    this.#loop.close()
    for (const stop of this.#timers) stop()
    this.#poets.close()
    this.#folders.close()
    await this.#wiring.close()
    await (outcome === 'stop-all' ? this.#supervisor.stopAll() : this.#supervisor.leaveRunning())
    this.history?.close()
  }

  #emit(seen: Observation, isPast = false): void {
    if (this.#isClosing) return
    this.#loop.emit(seen, isPast)
    this.#wiring.noticed(seen)
    this.#options.warden.observed(seen)
  }

  #specs(): OwnSpecs {
    const { clock, log, launcher, home } = this.#options
    const context = {
      clock,
      log,
      paths: { logs: home.logs, config: home.config },
      launcher,
      world: () => this.#loop.world,
      watchOf: (identity: string) => this.#wiring.watchOf(identity),
      binaries: this.binaries,
      nodeLog: () => this.#wiring.nodeLog(),
    }
    return specsOf(this.#setup, context, () => this.#supervisor)
  }

  #tellProcess(name: string): void {
    const state = this.processes.state(name)
    const seen = state === undefined ? undefined : processObservation(name, state, this.#setup, this.#options.clock.now())
    if (seen !== undefined) this.#emit(seen)
  }

  #tellCpu(): void {
    const at = this.#options.clock.now()
    for (const { identity } of this.#setup.services) {
      const busyPercent = this.#supervisor.cpuPercent(serviceName(identity))
      if (busyPercent !== undefined) this.#emit({ at, kind: 'service-cpu', identity: identity as IdentityId, busyPercent })
    }
  }

  #readLanes(): void {
    this.#lanes = readLanes(this.#setup)
    this.#loop.setLanes(new Map([...this.#lanes].map(([identity, lane]) => [identity, lane.id])))
  }

  /** What keeps the set-up from working, in one paragraph. */
  #trouble(): string | undefined {
    const conflicts = (this.#loop.world.keyConflicts?.value ?? []).map(({ sentence }) => sentence)
    const unlisted = this.#unlisted.filter((name) => this.processes.state(name) !== undefined)
    const told = [
      this.#options.setupProblem,
      // A key in two places has an alarm of its own.
      ...this.processes.problems().filter((line) => !conflicts.some((sentence) => line.includes(sentence))),
      this.history?.trouble?.detail,
      this.#historyProblem,
      this.history?.preservedAs === undefined
        ? undefined
        : `History was damaged and begins anew; the damaged file is kept as ${path.basename(this.history.preservedAs)}.`,
      this.#damagedTable === undefined
        ? undefined
        : `The list of running processes was damaged and is kept as ${path.basename(this.#damagedTable)}; what runs was found by itself.`,
      unlisted.length === 0
        ? undefined
        : `${unlisted.join(', ')} runs, but is not in the set-up any more: list it again, or stop it yourself.`,
    ].filter((line) => line !== undefined)
    return told.length === 0 ? undefined : [...new Set(told)].join(' ')
  }

  #onDecision(decision: Decision, now: number): void {
    if (this.#isClosing) return
    performActions(decision.actions, this.processes, this.#options.log)
    this.#recordChanges(decision, now)
    const trouble = this.#trouble()
    if (trouble !== this.#toldTrouble) {
      this.#toldTrouble = trouble
      this.#emit({ at: now, kind: 'setup-trouble', ...(trouble === undefined ? {} : { text: trouble }) })
    }
    this.#snapshot = buildSnapshot({
      setup: this.#setup,
      world: this.#loop.world,
      decision,
      now,
      mode: this.mode,
      processes: this.processes.states(),
      needsRestart: (name) => this.processes.needsRestart(name),
      poets: this.#poets.sentence(),
      lanes: this.#lanes,
      holds: this.#options.warden.holds(),
      host: this.#options.host(this.#supervisor.childrenIn),
      setupProblem: trouble,
      revision: this.#options.nextRevision(),
    })
    this.#options.onSnapshot(this.#snapshot)
  }

  /** History gets every change of kind and every new alarm. */
  #recordChanges(decision: Decision, at: number): void {
    const before = new Map(this.#snapshot?.identities.map((one) => [one.id, one.status]))
    for (const { id, status } of decision.identities) {
      const from = before.get(id)
      if (from?.kind !== status.kind) this.history?.recordStatusChange({ at, identity: id, from, to: status })
    }
    const known = new Set(this.#snapshot?.alarms.map((alarm) => alarm.key))
    for (const alarm of decision.alarms) if (!known.has(alarm.key)) this.history?.recordAlarm(at, alarm)
  }
}

export async function startSession(options: SessionOptions): Promise<Session> {
  const session = new RunningSession(options)
  await session.start()
  return session
}
