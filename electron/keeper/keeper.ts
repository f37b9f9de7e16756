import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fail, ok, textOf } from '../../shared/domain/fault.ts'
import type { AppHandlers } from '../../shared/ipc/contract.ts'
import { diffSnapshots, type AppSnapshot } from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Clock } from '../lib/clock.ts'
import { homeAt, type Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import { preparePractice } from '../practice/index.ts'
import type { Launcher, ResolveLauncher } from '../programs/index.ts'
import { startAlerting, type Alerting, type Notify } from './alerting.ts'
import { alertCalls, binaryCalls, historyCalls } from './calls/small.ts'
import type { CallContext } from './calls/context.ts'
import { logCalls } from './calls/logs.ts'
import { nodeCalls, serviceCalls } from './calls/processes.ts'
import { setupCalls } from './calls/setup.ts'
import { startSession, type Session } from './session.ts'
import { openSetupStore } from './setup-store.ts'
import { emptySnapshot } from './snapshot.ts'

/** How the programs that we bring ourselves are started. */
export type OwnProgram = 'go-spacemesh' | 'post-service' | 'postcli' | 'folder-probe'

export interface KeeperOptions {
  readonly home: Home
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  readonly hostKind: 'app' | 'headless'
  readonly launch: (program: OwnProgram) => Launcher
  readonly onQuit: (outcome: 'leave-running' | 'stop-all') => void
  /** Shows one desktop message; absent where there is no desktop. */
  readonly notify?: Notify
  readonly isWindowShowing?: () => boolean
}

export interface Keeper {
  readonly handlers: AppHandlers
  onTopic(listener: (name: string, value: unknown) => void): () => void
  snapshot(): AppSnapshot
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

/** `practice:go-spacemesh` is our own simulated program; everything else is a path. */
const launcherOf =
  (launch: KeeperOptions['launch'], practiceEnv: () => Readonly<Record<string, string>>): ResolveLauncher =>
  (binary) => {
    if (!binary.startsWith('practice:')) return { file: binary, prefixArgs: [], env: {} }
    const own = launch(binary === 'practice:go-spacemesh' ? 'go-spacemesh' : 'post-service')
    return { ...own, env: { ...own.env, ...practiceEnv() } }
  }

export async function createKeeper(options: KeeperOptions): Promise<Keeper> {
  const { home, clock, log } = options
  const modeFile = path.join(home.state, 'mode.json')
  const practiceHome = homeAt(home.practice)
  const realStore = openSetupStore(home.config, log)
  const practiceStore = openSetupStore(practiceHome.config, log)
  const listeners = new Set<(name: string, value: unknown) => void>()
  let revision = 0
  let session: Session | undefined
  let alerting: Alerting | undefined
  let isChanging = false

  const host = (childrenIn: 'systemd' | 'session'): AppSnapshot['host'] => ({
    kind: options.hostKind,
    pid: process.pid,
    version: options.version,
    childrenIn,
  })
  let shown: AppSnapshot = emptySnapshot(host('session'), clock.now(), 0)

  const publish = (next: AppSnapshot): void => {
    const delta = diffSnapshots(shown, next)
    shown = next
    for (const listener of listeners) listener('app.changed', delta)
  }
  const nothing = (problem?: string): void => publish(emptySnapshot(host('session'), clock.now(), (revision += 1), problem))

  const isPractising = (): boolean => existsSync(modeFile)
  const store = () => (session?.mode === 'practice' || isPractising() ? practiceStore : realStore)

  const begin = async (setup: Setup, mode: 'real' | 'practice', problem: string | undefined): Promise<void> => {
    const at = mode === 'practice' ? practiceHome : home
    const practiceEnv = (): Record<string, string> => readPracticeEnv(practiceHome)
    session = await startSession({
      home: at,
      setup,
      mode,
      clock,
      log,
      launcher: launcherOf(options.launch, practiceEnv),
      folderProbe: () => options.launch('folder-probe'),
      host,
      setupProblem: problem,
      nextRevision: () => (revision += 1),
      onSnapshot: (next) => {
        publish(next)
        alerting?.onSnapshot(next)
      },
    })
    alerting = startAlerting({
      home: at,
      clock,
      log,
      session,
      notify: options.notify,
      isWindowShowing: options.isWindowShowing ?? (() => false),
    })
  }
  const end = async (outcome: 'leave-running' | 'stop-all'): Promise<void> => {
    const ending = session
    session = undefined
    await alerting?.close()
    alerting = undefined
    await ending?.close(outcome)
  }
  const open = async (): Promise<void> => {
    const practice = isPractising() ? practiceStore.load() : undefined
    if (practice?.setup !== undefined) return begin(practice.setup, 'practice', practice.problem)
    const real = realStore.load()
    if (real.setup === undefined) return nothing(real.problem)
    return begin(real.setup, 'real', real.problem)
  }

  const context: CallContext = {
    home,
    log,
    get store() {
      return store()
    },
    session: () => session,
    async changeSetup(setup) {
      const saved = store().save(setup)
      if (!saved.ok) return saved
      if (session === undefined) await begin(setup, 'real', undefined)
      else await session.replaceSetup(setup)
      return ok(undefined)
    },
  }

  const practice: AppHandlers['practice'] = {
    async begin({ identities, epochSeconds }) {
      if (isChanging || session !== undefined) {
        const why =
          session?.mode === 'practice'
            ? 'practice runs already'
            : 'a real set-up is in use here; set SMESHKEEPER_HOME to another folder to practise beside it'
        return fail('practice/busy', why)
      }
      isChanging = true
      try {
        const prepared = await preparePractice({ home: practiceHome, identities, epochSeconds, now: clock.now() })
        if (!prepared.ok) return fail('practice/not-started', prepared.fault.detail)
        const saved = practiceStore.save(prepared.value.setup)
        if (!saved.ok) return fail('practice/not-started', saved.fault.detail)
        writeFileAtomic(path.join(practiceHome.state, 'practice-env.json'), JSON.stringify(prepared.value.env))
        writeFileAtomic(modeFile, JSON.stringify({ mode: 'practice' }))
        await begin(prepared.value.setup, 'practice', undefined)
        return ok(undefined)
      } catch (cause: unknown) {
        return fail('practice/not-started', textOf(cause))
      } finally {
        isChanging = false
      }
    },
    async end({ forget }) {
      if (session?.mode === 'practice') await end('stop-all')
      rmSync(modeFile, { force: true })
      if (forget) rmSync(home.practice, { recursive: true, force: true })
      await open()
      return ok(undefined)
    },
  }

  const handlers: AppHandlers = {
    app: {
      snapshot: () => ok(shown),
      quit({ outcome }) {
        clock.after(50, () => options.onQuit(outcome)) // the answer crosses first
        return ok(undefined)
      },
    },
    setup: setupCalls(context),
    practice,
    node: nodeCalls(context),
    service: serviceCalls(context),
    logs: logCalls(context),
    history: historyCalls(context),
    binaries: binaryCalls(context),
    alerts: alertCalls(() => alerting),
  }
  await open()
  return {
    handlers,
    onTopic: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    snapshot: () => shown,
    close: (outcome) => end(outcome),
  }
}

/** What the practice programs were told about pace and script when practice began. */
function readPracticeEnv(home: Home): Record<string, string> {
  try {
    const read: unknown = JSON.parse(readFileSync(path.join(home.state, 'practice-env.json'), 'utf8'))
    return typeof read === 'object' && read !== null
      ? Object.fromEntries(Object.entries(read).map(([key, value]) => [key, String(value)]))
      : {}
  } catch {
    return {} // practice of an earlier version: its programs have defaults
  }
}
