import os from 'node:os'
import { ok, type Result } from '../../shared/domain/fault.ts'
import type { AppHandlers } from '../../shared/ipc/contract.ts'
import { diffSnapshots, type AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { homeAt, type Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import type { Launcher, ResolveLauncher } from '../programs/index.ts'
import { startAlerting, type Alerting, type Notify } from './alerting.ts'
import { alertCalls, binaryCalls, historyCalls } from './calls/small.ts'
import type { CallContext } from './calls/context.ts'
import { logCalls } from './calls/logs.ts'
import { nodeCalls, serviceCalls } from './calls/processes.ts'
import { isPractising, practiceCalls, readPracticeEnv } from './calls/practice.ts'
import { setupCalls } from './calls/setup.ts'
import { startSession, type Session } from './session.ts'
import { openMachinery, type Machinery, type MachineHandlers } from './machine/machinery.ts'
import { openCustody, type Custody, type CustodyHandlers } from './custody/custody.ts'
import { expandSetup } from './expand.ts'
import { noKeepAwake, type KeepAwake } from './keep-awake.ts'
import { noKeyring, type Keyring } from './keyring.ts'
import { openSetupStore, type SetupStore } from './setup-store.ts'
import { emptySnapshot } from './snapshot.ts'

/** How the programs that we bring ourselves are started. */
export type OwnProgram =
  | 'go-spacemesh'
  | 'post-service'
  | 'postcli'
  | 'folder-probe'
  | 'scan'
  | 'vault'
  | 'operations'
  | 'profiler'
  | 'opencl-probe'
  | 'speed-probe'

export interface KeeperOptions {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  readonly hostKind: 'app' | 'headless'
  readonly launch: (program: OwnProgram) => Launcher
  /** Most identities of a practice network; absent: as many as it can make. */
  readonly practiceIdentities?: number
  readonly onQuit: (outcome: 'leave-running' | 'stop-all') => void
  /** Shows one desktop message; absent where there is no desktop. */
  readonly notify?: Notify
  readonly isWindowShowing?: () => boolean
  /** Absent where there is no desktop. */
  readonly keyring?: Keyring
  /** Absent where nothing can hold the system awake. */
  readonly keepAwake?: KeepAwake
  /** Starts and watches nothing: for a verb that only looks after keys and backups. */
  readonly isQuiet?: boolean
}

export interface Keeper {
  readonly handlers: AppHandlers
  onTopic(listener: (name: string, value: unknown) => void): () => void
  snapshot(): AppSnapshot
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

const PRACTICE: Readonly<Record<string, OwnProgram>> = {
  'practice:go-spacemesh': 'go-spacemesh',
  'practice:postcli': 'postcli',
  'practice:profiler': 'profiler',
}

/** `practice:go-spacemesh` is our own simulated program; everything else is a path. */
const launcherOf =
  (launch: KeeperOptions['launch'], practiceEnv: () => Readonly<Record<string, string>>): ResolveLauncher =>
  (binary) => {
    if (!binary.startsWith('practice:')) return { file: binary, prefixArgs: [], env: {} }
    const own = launch(PRACTICE[binary] ?? 'post-service')
    return { ...own, env: { ...own.env, ...practiceEnv() } }
  }

type Outcome = 'leave-running' | 'stop-all'

/** The custody changes with the home; its handlers are found anew at every call. */
function custodyCalls(custody: () => Custody): CustodyHandlers {
  const later = <G extends keyof CustodyHandlers>(group: G): CustodyHandlers[G] =>
    new Proxy({} as CustodyHandlers[G], {
      get: (_target, member) => Reflect.get(custody().handlers[group], member) as unknown,
    })
  return { scan: later('scan'), keys: later('keys'), backup: later('backup'), imports: later('imports'), operations: later('operations') }
}

/** And so does the machinery. */
function machineCalls(machinery: () => Machinery): MachineHandlers {
  const later = <G extends keyof MachineHandlers>(group: G): MachineHandlers[G] =>
    new Proxy({} as MachineHandlers[G], {
      get: (_target, member) => Reflect.get(machinery().handlers[group], member) as unknown,
    })
  return {
    machine: later('machine'),
    plan: later('plan'),
    ready: later('ready'),
    init: later('init'),
    verify: later('verify'),
    coinbase: later('coinbase'),
  }
}

/** The keeper over its sessions: at most one runs, the real one or practice. */
class TheKeeper implements Keeper {
  readonly handlers: AppHandlers
  readonly #options: KeeperOptions
  readonly #practiceHome: Home
  readonly #stores: { readonly real: SetupStore; readonly practice: SetupStore }
  readonly #listeners = new Set<(name: string, value: unknown) => void>()
  #revision = 0
  #session: Session | undefined
  #custody: Custody
  #machinery: Machinery
  #mode: 'real' | 'practice' = 'real'
  #alerting: Alerting | undefined
  #shown: AppSnapshot

  constructor(options: KeeperOptions) {
    const { home, clock, log } = options
    this.#options = options
    this.#practiceHome = homeAt(home.practice)
    this.#stores = { real: openSetupStore(home.config, log), practice: openSetupStore(this.#practiceHome.config, log) }
    this.#shown = emptySnapshot(this.#host('session'), clock.now(), 0)
    this.#mode = isPractising(home) ? 'practice' : 'real'
    this.#custody = this.#openCustody()
    this.#machinery = this.#openMachinery()
    this.handlers = this.#makeHandlers()
  }

  snapshot(): AppSnapshot {
    return this.#shown
  }

  onTopic(listener: (name: string, value: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What was left the last time goes on: practice, or the real set-up. */
  async open(): Promise<void> {
    if (this.#options.isQuiet === true) return this.#openWithoutSession(true)
    const practice = isPractising(this.#options.home) ? this.#stores.practice.load() : undefined
    if (practice?.setup !== undefined) return this.#begin(practice.setup, 'practice', practice.problem)
    const real = this.#stores.real.load()
    if (real.setup !== undefined) return this.#begin(real.setup, 'real', real.problem)
    const { clock } = this.#options
    this.#openWithoutSession(false)
    this.#publish(emptySnapshot(this.#host('session'), clock.now(), (this.#revision += 1), real.problem))
  }

  async close(outcome: Outcome): Promise<void> {
    const ending = this.#session
    this.#session = undefined
    await this.#alerting?.close()
    this.#alerting = undefined
    await this.#machinery.close(outcome)
    this.#custody.close()
    await ending?.close(outcome)
  }

  #host(childrenIn: 'systemd' | 'session'): AppSnapshot['host'] {
    return { kind: this.#options.hostKind, pid: process.pid, version: this.#options.version, childrenIn }
  }

  #publish(next: AppSnapshot): void {
    const delta = diffSnapshots(this.#shown, next)
    this.#shown = next
    this.#tell('app.changed', delta)
  }

  /** Of the home that is in use now: practice has keys, backups and a quarantine of its own. */
  #openCustody(): Custody {
    const { home, clock, log, launch, keyring, version } = this.#options
    const mode = this.#mode
    return openCustody({
      home: mode === 'practice' ? this.#practiceHome : home,
      mode,
      clock,
      log,
      version,
      keyring: mode === 'practice' ? noKeyring : (keyring ?? noKeyring),
      launch,
      session: () => this.#session,
      setup: () => this.#setup(),
      editSetup: (change) => this.#editSetup(change),
      diskSpeeds: () => this.#machinery.diskSpeeds(),
      rereadSetup: async () => {
        const setup = this.#store().load().setup
        if (setup === undefined) return ok(undefined)
        if (this.#session === undefined && this.#options.isQuiet !== true) await this.#begin(setup, 'real', undefined)
        else await this.#session?.replaceSetup(setup)
        return ok(undefined)
      },
      changeSetup: (setup) => this.#changeSetup(setup),
      publish: (topic, value) => this.#tell(topic, value),
    })
  }

  /** With `~` and links of paths filled in. */
  #setup(): Setup | undefined {
    const setup = this.#session?.setup() ?? this.#store().load().setup
    return setup === undefined ? undefined : expandSetup(setup, os.homedir())
  }

  /** Changes the set-up as the user wrote it. */
  async #editSetup(change: (setup: Setup) => Setup): Promise<Result<void, 'setup/not-written'>> {
    const setup = this.#store().load().setup
    return setup === undefined ? ok(undefined) : this.#changeSetup(change(setup))
  }

  #openWithoutSession(isQuiet: boolean): void {
    this.#custody.open(isQuiet)
    this.#machinery.open(isQuiet)
  }

  /** Of the same home as the custody; it asks the custody's calls as a page would. */
  #openMachinery(): Machinery {
    const { home, clock, log, launch } = this.#options
    return openMachinery({
      home: this.#mode === 'practice' ? this.#practiceHome : home,
      mode: this.#mode,
      clock,
      log,
      launch,
      launcher: launcherOf(launch, () => readPracticeEnv(this.#practiceHome)),
      session: () => this.#session,
      setup: () => this.#setup(),
      editSetup: (change) => this.#editSetup(change),
      custody: () => this.#custody,
      keepAwake: this.#options.keepAwake ?? noKeepAwake,
      publish: (topic, value) => this.#tell(topic, value),
    })
  }

  #tell(topic: string, value: unknown): void {
    for (const listener of this.#listeners) listener(topic, value)
  }

  #store(): SetupStore {
    const isPractice = this.#session?.mode === 'practice' || isPractising(this.#options.home)
    return isPractice ? this.#stores.practice : this.#stores.real
  }

  async #begin(setup: Setup, mode: 'real' | 'practice', problem: string | undefined): Promise<void> {
    const { clock, log, launch, notify, isWindowShowing } = this.#options
    const home = mode === 'practice' ? this.#practiceHome : this.#options.home
    await this.#machinery.close('leave-running')
    this.#custody.close()
    this.#mode = mode
    this.#custody = this.#openCustody()
    this.#machinery = this.#openMachinery()
    this.#session = await startSession({
      home,
      setup,
      mode,
      clock,
      log,
      launcher: launcherOf(launch, () => readPracticeEnv(this.#practiceHome)),
      folderProbe: () => launch('folder-probe'),
      host: (childrenIn) => this.#host(childrenIn),
      setupProblem: problem,
      nextRevision: () => (this.#revision += 1),
      warden: this.#custody.warden,
      onSnapshot: (next) => {
        this.#publish(next)
        this.#alerting?.onSnapshot(next)
      },
    })
    const session = this.#session
    this.#custody.begin(session)
    this.#machinery.begin(session)
    this.#alerting = startAlerting({ home, clock, log, session, notify, isWindowShowing: isWindowShowing ?? (() => false) })
  }

  async #changeSetup(setup: Setup): Promise<Result<void, 'setup/not-written'>> {
    const saved = this.#store().save(setup)
    if (!saved.ok) return saved
    if (this.#options.isQuiet === true) return ok(undefined)
    if (this.#session === undefined) await this.#begin(setup, 'real', undefined)
    else await this.#session.replaceSetup(setup)
    return ok(undefined)
  }

  #makeHandlers(): AppHandlers {
    const { home, clock, log, onQuit } = this.#options
    const store = (): SetupStore => this.#store()
    const context: CallContext = {
      home,
      clock,
      log,
      get store() {
        return store()
      },
      session: () => this.#session,
      changeSetup: (setup) => this.#changeSetup(setup),
    }
    return {
      app: {
        snapshot: () => ok(this.#shown),
        quit({ outcome }) {
          clock.after(50, () => onQuit(outcome)) // the answer crosses first
          return ok(undefined)
        },
      },
      setup: setupCalls(context),
      practice: practiceCalls({
        home,
        practiceHome: this.#practiceHome,
        store: this.#stores.practice,
        clock,
        ...(this.#options.practiceIdentities === undefined ? {} : { most: this.#options.practiceIdentities }),
        session: () => this.#session,
        begin: (setup) => this.#begin(setup, 'practice', undefined),
        end: () => this.close('stop-all'),
        open: () => {
          this.#mode = 'real'
          this.#custody = this.#openCustody()
          this.#machinery = this.#openMachinery()
          return this.open()
        },
      }),
      node: nodeCalls(context),
      service: serviceCalls(context),
      logs: logCalls(context),
      history: historyCalls(context),
      binaries: binaryCalls(context),
      alerts: alertCalls(() => this.#alerting),
      ...custodyCalls(() => this.#custody),
      ...machineCalls(() => this.#machinery),
    }
  }
}

export async function createKeeper(options: KeeperOptions): Promise<Keeper> {
  const keeper = new TheKeeper(options)
  await keeper.open()
  return keeper
}
