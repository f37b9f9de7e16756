import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Decision } from '../../shared/domain/decide.ts'
import { textOf } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { asEpoch } from '../../shared/domain/ids.ts'
import { epochAt } from '../../shared/domain/network.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { AppSnapshot } from '../../shared/ipc/snapshot.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import { diskSystem, lanesOf } from '../hardware/index.ts'
import { openHistory, type History } from '../history/index.ts'
import type { Clock } from '../lib/clock.ts'
import type { Home } from '../lib/home.ts'
import type { Logger } from '../lib/logger.ts'
import { createNodeClient, watchNode } from '../node-api/index.ts'
import { createFolderWatch, launchProbeBy, volumeMemoryAt } from '../pos-data/index.ts'
import type { Launcher, ResolveLauncher } from '../programs/index.ts'
import { createSupervisor, type Supervisor } from '../supervisor/index.ts'
import { performActions } from './actions.ts'
import { watchBinaries, type BinaryWatch } from './binary-watch.ts'
import { expandSetup } from './expand.ts'
import { watchNodeLog } from './node-log-watch.ts'
import { ownNames, processObservation, specsOf } from './processes.ts'
import { watchService, type ServiceWatch } from './service-watch.ts'
import { buildSnapshot, serviceName, type LaneFacts } from './snapshot.ts'
import { startWorldLoop, type WorldLoop } from './world-loop.ts'

const LANES_MS = 60_000
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
  logFiles(): readonly { readonly name: string; readonly label: string; readonly file: string }[]
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

/** Watches that belong to one set-up and are made anew when it changes. */
interface Wiring {
  readonly services: Map<string, { readonly key: string; readonly watch: ServiceWatch }>
  node: { readonly key: string; close(): Promise<void>; readTo(): number | undefined } | undefined
}

export async function startSession(options: SessionOptions): Promise<Session> {
  const { home, clock, log, mode } = options
  let setup = expandSetup(options.setup, os.homedir())
  const opened = openHistory(path.join(home.state, 'history.sqlite'), { clock, log, timing: () => resolveNetwork(setup.network) })
  const history = opened.ok ? opened.value : undefined
  if (!opened.ok) log.error('history.not-opened', { code: opened.fault.code, detail: opened.fault.detail })
  const supervisor = createSupervisor({ tableFile: path.join(home.state, 'processes.json'), clock, log })
  const paths = { logs: home.logs, config: home.config }
  const binaries = watchBinaries(path.join(home.state, 'pins.json'), clock, log)
  await binaries.read(setup)
  const wiring: Wiring = { services: new Map(), node: undefined }
  const laneFacts = new Map<string, LaneFacts>()
  let current: AppSnapshot | undefined
  let isClosing = false
  let problems = new Map<string, string>()

  const troubles = (): string | undefined => {
    const lines = [options.setupProblem, ...problems.values(), history?.trouble?.detail, opened.ok ? undefined : opened.fault.detail]
    const told = lines.filter((line) => line !== undefined)
    return told.length === 0 ? undefined : [...new Set(told)].join(' ')
  }
  const onDecision = (decision: Decision, now: number): void => {
    if (isClosing) return
    performActions(decision.actions, supervisor, log)
    current = buildSnapshot({
      setup,
      world: loop.world,
      decision,
      now,
      mode,
      processes: supervisor.states(),
      lanes: laneFacts,
      host: options.host(supervisor.childrenIn),
      setupProblem: troubles(),
      revision: options.nextRevision(),
    })
    options.onSnapshot(current)
  }
  const loop: WorldLoop = startWorldLoop({ clock, setup, onObservation: (seen) => history?.recordObservation(seen), onDecision })
  const emit = (seen: Observation, isPast = false): void => {
    if (!isClosing) loop.emit(seen, isPast)
  }

  const context = {
    clock,
    log,
    paths,
    launcher: options.launcher,
    world: () => loop.world,
    watchOf: (identity: string) => wiring.services.get(identity)?.watch,
    binaries,
    nodeReadTo: () => wiring.node?.readTo(),
  }

  const folders = createFolderWatch({
    launchProbe: (events) => {
      const { file, prefixArgs, env } = options.folderProbe()
      const { HOME, PATH, SystemRoot } = process.env
      return launchProbeBy({ binary: file, args: [...prefixArgs], env: { HOME, PATH, SystemRoot, ...env } })(events)
    },
    clock,
    log,
    memory: volumeMemoryAt(path.join(home.state, 'volumes.json'), log),
    isProving: (identity) => loop.world.identities.get(identity)?.postState?.value === 'proving',
    emit: (seen) => emit(seen),
    folders: setup.services.map((service) => ({ identity: service.identity as IdentityId, path: service.posFolder })),
  })

  const logFileOf = (identity: string): string | undefined => {
    const service = setup.services.find((one) => one.identity === identity)
    return service?.owner === 'smeshkeeper' ? path.join(home.logs, `${serviceName(identity)}.log`) : service?.logFile
  }

  const wireServices = async (): Promise<void> => {
    const wanted = new Map(setup.services.map((service) => [service.identity as string, service]))
    for (const [identity, { key, watch }] of wiring.services) {
      const service = wanted.get(identity)
      if (service !== undefined && key === JSON.stringify([service.operator, logFileOf(identity)])) continue
      wiring.services.delete(identity)
      await watch.close()
    }
    for (const [identity, service] of wanted) {
      if (wiring.services.has(identity)) continue
      const id = service.identity as IdentityId
      const watch = watchService({
        identity: id,
        operator: service.operator,
        logFile: logFileOf(identity),
        clock,
        emit,
        isBusy: () => loop.world.identities.get(id)?.postState?.value === 'proving',
        isDown: () => {
          const at = supervisor.state(serviceName(identity))?.at
          return at === 'stopped' || at === 'exited' || at === 'failed'
        },
      })
      wiring.services.set(identity, { key: JSON.stringify([service.operator, logFileOf(identity)]), watch })
    }
  }

  const wireNode = async (): Promise<void> => {
    const { node } = setup
    const listeners = node.mode === 'managed' ? node.listeners : { public: node.public, private: node.private, post: node.post }
    const logFile = node.mode === 'managed' ? (node.owner === 'smeshkeeper' ? path.join(home.logs, 'node.log') : undefined) : node.logFile
    const key = JSON.stringify([listeners, logFile, node.tls])
    if (wiring.node?.key === key) return
    await wiring.node?.close()
    const client = createNodeClient({ listeners, tls: node.tls, clock, log })
    const watch = watchNode(client, {
      identities: () => setup.identities.map((identity) => identity.id as IdentityId),
      epoch: () => {
        const epoch = epochAt(resolveNetwork(setup.network), clock.now())
        return { from: asEpoch(Math.max(0, epoch - 2)), to: epoch }
      },
      emit: (seen) => emit(seen),
      clock,
      log,
    })
    const nodeLog = logFile === undefined ? undefined : watchNodeLog(logFile, clock, emit)
    wiring.node = {
      key,
      readTo: () => nodeLog?.readTo(),
      close: async () => {
        await Promise.all([watch.close(), nodeLog?.close()])
        client.close()
      },
    }
  }

  const readLanes = (): void => {
    try {
      const found = lanesOf(
        setup.services.map((service) => service.posFolder),
        diskSystem(),
      )
      laneFacts.clear()
      for (const service of setup.services) {
        const lane = found.get(service.posFolder)
        if (lane !== undefined) laneFacts.set(service.identity, lane)
      }
      loop.setLanes(new Map([...laneFacts].map(([identity, lane]) => [identity, lane.id])))
    } catch (cause: unknown) {
      log.warn('lanes.not-read', { error: textOf(cause) })
    }
  }

  const putSpecs = (): ReturnType<typeof specsOf> => {
    const found = specsOf(setup, context, () => supervisor)
    problems = found.problems
    return found
  }

  supervisor.onChange((name, state) => {
    if (state.at === 'starting' && name !== 'node')
      wiring.services.get(setup.services.find((s) => serviceName(s.identity) === name)?.identity ?? '')?.watch.begin()
    const seen = processObservation(name, state, setup, clock.now())
    if (seen !== undefined) emit(seen)
  })
  const adopted = await supervisor.adopt(putSpecs().specs)
  log.info('session.adopted', { mode, ...adopted })
  for (const [name, state] of supervisor.states()) {
    const seen = processObservation(name, state, setup, clock.now())
    if (seen !== undefined) emit(seen)
  }
  await wireServices()
  await wireNode()
  readLanes()
  const stopLanes = clock.every(LANES_MS, () => readLanes())
  const stopPrune = clock.every(PRUNE_MS, () => history?.prune(setup.keep.historyDays))
  const stopCpu = clock.every(5_000, () => {
    for (const { identity } of setup.services) {
      const busyPercent = supervisor.cpuPercent(serviceName(identity))
      if (busyPercent !== undefined) emit({ at: clock.now(), kind: 'service-cpu', identity: identity as IdentityId, busyPercent })
    }
  })

  return {
    mode,
    home,
    history,
    supervisor,
    binaries,
    snapshot: () => current,
    setup: () => setup,
    async replaceSetup(next) {
      const before = setup
      setup = expandSetup(next, os.homedir())
      loop.setSetup(setup)
      await binaries.read(setup)
      const { specs } = putSpecs()
      const names = ownNames(setup)
      for (const name of supervisor.states().keys()) if (!names.has(name)) supervisor.remove(name)
      for (const spec of specs) supervisor.put(spec)
      await wireServices()
      await wireNode()
      folders.setFolders(setup.services.map((service) => ({ identity: service.identity as IdentityId, path: service.posFolder })))
      if (JSON.stringify(before.services.map((s) => s.posFolder)) !== JSON.stringify(setup.services.map((s) => s.posFolder))) readLanes()
    },
    logFiles() {
      const nameOf = (id: string): string => current?.identities.find((one) => one.id === id)?.name ?? id.slice(0, 12)
      const nodeLog = setup.node.mode === 'managed' ? path.join(home.logs, 'node.log') : setup.node.logFile
      return [
        ...(nodeLog === undefined ? [] : [{ name: 'node', label: 'Node', file: nodeLog }]),
        ...setup.services.flatMap((service) => {
          const file = logFileOf(service.identity)
          return file === undefined ? [] : [{ name: serviceName(service.identity), label: nameOf(service.identity), file }]
        }),
        {
          name: 'keeper',
          label: 'Smeshkeeper',
          file: existsSync(path.join(home.logs, 'app.log')) ? path.join(home.logs, 'app.log') : path.join(home.logs, 'keeper.log'),
        },
      ]
    },
    async close(outcome) {
      isClosing = true
      loop.close()
      for (const stop of [stopLanes, stopPrune, stopCpu]) stop()
      for (const { watch } of wiring.services.values()) await watch.close()
      await wiring.node?.close()
      await folders.close()
      await (outcome === 'stop-all' ? supervisor.stopAll() : supervisor.leaveRunning())
      history?.close()
    },
  }
}
