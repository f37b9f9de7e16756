import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Decision } from '../../shared/domain/decide.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { diskSystem, lanesOf } from '../hardware/index.ts'
import { openHistory, type History } from '../history/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import { createFolderWatch, launchProbeBy, volumeMemoryAt, type FolderWatch } from '../pos-data/index.ts'
import type { Launcher, ResolveLauncher } from '../programs/index.ts'
import { createSupervisor, type Supervisor } from '../supervisor/index.ts'
import { performActions } from './actions.ts'
import { watchBinaries, type BinaryWatch } from './binary-watch.ts'
import { expandSetup } from './expand.ts'
import { ownNames, processObservation, specsOf } from './processes.ts'
import { buildSnapshot, serviceName, type LaneFacts } from './snapshot.ts'
import { createWiring, nodeLogFile, serviceLogFile } from './wiring.ts'
import { startWorldLoop, type WorldLoop } from './world-loop.ts'

const LANES_MS = 60_000
const CPU_MS = 5_000
const PRUNE_MS = 6 * 3_600_000

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
  readonly supervisor: Supervisor
  readonly binaries: BinaryWatch
  snapshot(): AppSnapshot | undefined
  setup(): Setup
  /** A changed set-up takes effect without stopping anything that goes on unchanged. */
  replaceSetup(setup: Setup): Promise<void>
  logFiles(): readonly LogSource[]
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

const folderList = (setup: Setup): { identity: IdentityId; path: string }[] =>
  setup.services.map((service) => ({ identity: service.identity as IdentityId, path: service.posFolder }))

function watchFolders(options: SessionOptions, setup: Setup, loop: () => WorldLoop, emit: (seen: Observation) => void): FolderWatch {
  const { clock, log, home } = options
  return createFolderWatch({
    launchProbe: (events) => {
      const { file, prefixArgs, env } = options.folderProbe()
      const { HOME, PATH, SystemRoot } = process.env
      return launchProbeBy({ binary: file, args: [...prefixArgs], env: { HOME, PATH, SystemRoot, ...env } })(events)
    },
    clock,
    log,
    memory: volumeMemoryAt(path.join(home.state, 'volumes.json'), log),
    isProving: (identity) => loop().world.identities.get(identity)?.postState?.value === 'proving',
    emit,
    folders: folderList(setup),
  })
}

/** identity → its physical disk. */
function readLanes(setup: Setup): Map<string, LaneFacts> {
  const found = lanesOf(
    setup.services.map((service) => service.posFolder),
    diskSystem(),
  )
  return new Map(
    setup.services.flatMap((service) => {
      const lane = found.get(service.posFolder)
      return lane === undefined ? [] : [[service.identity as string, lane]]
    }),
  )
}

function logSources(setup: Setup, home: Home, nameOf: (id: string) => string): LogSource[] {
  const nodeLog = nodeLogFile(setup, home.logs)
  const ownLog = path.join(home.logs, existsSync(path.join(home.logs, 'app.log')) ? 'app.log' : 'keeper.log')
  return [
    ...(nodeLog === undefined ? [] : [{ name: 'node', label: 'Node', file: nodeLog }]),
    ...setup.services.flatMap((service) => {
      const file = serviceLogFile(setup, service.identity, home.logs)
      return file === undefined ? [] : [{ name: serviceName(service.identity), label: nameOf(service.identity), file }]
    }),
    { name: 'keeper', label: 'Smeshkeeper', file: ownLog },
  ]
}

class RunningSession implements Session {
  readonly mode: 'real' | 'practice'
  readonly home: Home
  readonly history: History | undefined
  readonly supervisor: Supervisor
  readonly binaries: BinaryWatch
  readonly #options: SessionOptions
  readonly #loop: WorldLoop
  readonly #wiring
  readonly #folders: FolderWatch
  readonly #historyProblem: string | undefined
  readonly #timers: (() => void)[] = []
  #setup: Setup
  #lanes = new Map<string, LaneFacts>()
  #problems = new Map<string, string>()
  #snapshot: AppSnapshot | undefined
  #isClosing = false

  constructor(options: SessionOptions) {
    const { home, clock, log } = options
    this.#options = options
    this.mode = options.mode
    this.home = home
    this.#setup = expandSetup(options.setup, os.homedir())
    const opened = openHistory(path.join(home.state, 'history.sqlite'), { clock, log, timing: () => resolveNetwork(this.#setup.network) })
    this.history = opened.ok ? opened.value : undefined
    this.#historyProblem = opened.ok ? undefined : opened.fault.detail
    this.supervisor = createSupervisor({ tableFile: path.join(home.state, 'processes.json'), clock, log })
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
      stateOf: (name) => this.supervisor.state(name),
      emit: (seen, isPast) => this.#emit(seen, isPast),
    })
    this.#folders = watchFolders(
      options,
      this.#setup,
      () => this.#loop,
      (seen) => this.#emit(seen),
    )
  }

  async start(): Promise<void> {
    const { clock, log } = this.#options
    await this.binaries.read(this.#setup)
    this.supervisor.onChange((name, state) => {
      const service = this.#setup.services.find((one) => serviceName(one.identity) === name)
      if (state.at === 'starting' && service !== undefined) this.#wiring.watchOf(service.identity)?.begin()
      this.#tellProcess(name)
    })
    const report = await this.supervisor.adopt(this.#specs())
    log.info('session.adopted', { mode: this.mode, ...report })
    for (const name of this.supervisor.states().keys()) this.#tellProcess(name)
    await this.#wiring.apply()
    this.#readLanes()
    this.#timers.push(
      clock.every(LANES_MS, () => this.#readLanes()),
      clock.every(PRUNE_MS, () => this.history?.prune(this.#setup.keep.historyDays)),
      clock.every(CPU_MS, () => this.#tellCpu()),
    )
  }

  snapshot(): AppSnapshot | undefined {
    return this.#snapshot
  }
  setup(): Setup {
    return this.#setup
  }

  async replaceSetup(next: Setup): Promise<void> {
    this.#setup = expandSetup(next, os.homedir())
    this.#loop.setSetup(this.#setup)
    await this.binaries.read(this.#setup)
    const names = ownNames(this.#setup)
    for (const name of this.supervisor.states().keys()) if (!names.has(name)) this.supervisor.remove(name)
    for (const spec of this.#specs()) this.supervisor.put(spec)
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
    this.#folders.close()
    await this.#wiring.close()
    await (outcome === 'stop-all' ? this.supervisor.stopAll() : this.supervisor.leaveRunning())
    this.history?.close()
  }

  #emit(seen: Observation, isPast = false): void {
    if (this.#isClosing) return
    this.#loop.emit(seen, isPast)
    this.#wiring.noticed(seen)
  }

  #specs(): ReturnType<typeof specsOf>['specs'] {
    const { clock, log, launcher, home } = this.#options
    const { specs, problems } = specsOf(
      this.#setup,
      {
        clock,
        log,
        paths: { logs: home.logs, config: home.config },
        launcher,
        world: () => this.#loop.world,
        watchOf: (identity) => this.#wiring.watchOf(identity),
        binaries: this.binaries,
        nodeReadTo: () => this.#wiring.nodeReadTo(),
      },
      () => this.supervisor,
    )
    this.#problems = problems
    return specs
  }

  #tellProcess(name: string): void {
    const state = this.supervisor.state(name)
    const seen = state === undefined ? undefined : processObservation(name, state, this.#setup, this.#options.clock.now())
    if (seen !== undefined) this.#emit(seen)
  }

  #tellCpu(): void {
    const at = this.#options.clock.now()
    for (const { identity } of this.#setup.services) {
      const busyPercent = this.supervisor.cpuPercent(serviceName(identity))
      if (busyPercent !== undefined) this.#emit({ at, kind: 'service-cpu', identity: identity as IdentityId, busyPercent })
    }
  }

  #readLanes(): void {
    this.#lanes = readLanes(this.#setup)
    this.#loop.setLanes(new Map([...this.#lanes].map(([identity, lane]) => [identity, lane.id])))
  }

  /** What keeps the set-up from working, in one paragraph. */
  #trouble(): string | undefined {
    const told = [this.#options.setupProblem, ...this.#problems.values(), this.history?.trouble?.detail, this.#historyProblem].filter(
      (line) => line !== undefined,
    )
    return told.length === 0 ? undefined : [...new Set(told)].join(' ')
  }

  #onDecision(decision: Decision, now: number): void {
    if (this.#isClosing) return
    performActions(decision.actions, this.supervisor, this.#options.log)
    this.#recordChanges(decision, now)
    this.#snapshot = buildSnapshot({
      setup: this.#setup,
      world: this.#loop.world,
      decision,
      now,
      mode: this.mode,
      processes: this.supervisor.states(),
      lanes: this.#lanes,
      host: this.#options.host(this.supervisor.childrenIn),
      setupProblem: this.#trouble(),
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
