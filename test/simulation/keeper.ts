import type { Decision } from '../../shared/domain/decide.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import { performActions } from '../../electron/keeper/actions.ts'
import { startWorldLoop, type WorldLoop } from '../../electron/keeper/world-loop.ts'
import { silentLogger } from '../../electron/lib/logger.ts'
import { nodeReadyWithinMs, nodeStopWaitMs } from '../../electron/programs/go-spacemesh/index.ts'
import { serviceReadiness } from '../../electron/programs/post-service/index.ts'
import type { ProbeResult, ProcessPolicy } from '../../electron/supervisor/index.ts'
import { seededRandom } from './random.ts'
import { SimNodeWatch } from './node-watch.ts'
import { SimServiceWatch, watchSimFolder } from './service-watch.ts'
import { SimSupervisor, type ProcessTable, type SimProcess } from './supervisor.ts'
import type { Onlooker, SimWorld } from './world.ts'

const CPU_MS = 5_000
/** As electron/keeper/processes.ts. */
const POLICY = {
  backoff: { firstMs: 1_000, maxMs: 60_000, jitter: 0.2 },
  budget: { crashes: 5, withinMs: 600_000 },
  logCapBytes: 1e9,
  keepLogs: 3,
  whenNotReady: 'wait',
  probeEveryMs: 500,
} as const
const SERVICE_POLICY: ProcessPolicy = { ...POLICY, readyWithinMs: 20_000, stopWaitMs: 5_000 }
const NODE_POLICY: ProcessPolicy = { ...POLICY, readyWithinMs: nodeReadyWithinMs('1.8.3'), stopWaitMs: nodeStopWaitMs('1.8.3') }
const DOWN: readonly (ProcessState['at'] | undefined)[] = ['stopped', 'exited', 'failed']

export interface KeeperOptions {
  readonly world: SimWorld
  /** Outlives the keeper, as the process table on disk does. */
  readonly table: ProcessTable
  readonly onDecision: (decision: Decision, loop: WorldLoop) => void
  readonly onEffect: (name: string, what: 'spawn' | 'terminate' | 'kill') => void
  readonly onObservation?: (seen: Observation) => void
}

/** One life of the keeper: its real loop, judgement and actions over what it can see of the simulated world. */
export class SimKeeper {
  readonly loop: WorldLoop
  readonly supervisor: SimSupervisor
  readonly startedAt: number
  readonly #options: KeeperOptions
  readonly #watches = new Map<IdentityId, SimServiceWatch>()
  readonly #nodeWatch: SimNodeWatch
  readonly #stops: (() => void)[] = []
  #isClosed = false

  constructor(options: KeeperOptions) {
    this.#options = options
    const { world, table, onEffect } = options
    const { clock, scenario, node } = world
    this.startedAt = world.now
    this.loop = startWorldLoop({
      clock,
      setup: scenario.setup,
      onObservation: (seen) => options.onObservation?.(seen),
      onDecision: (decision) => this.#decided(decision),
    })
    this.supervisor = new SimSupervisor({
      clock,
      random: seededRandom(scenario.seed ^ 0xabc),
      table,
      processes: this.#processes(),
      newPid: () => world.newPid(),
      watch: onEffect,
    })
    this.supervisor.onChange((name, state) => {
      const identity = this.#identityOf(name)
      if (state.at === 'starting' && identity !== undefined) this.#watches.get(identity)?.begin()
      this.#tellProcess(name, state)
    })
    this.supervisor.takeOver()
    for (const [name, state] of this.supervisor.states()) this.#tellProcess(name, state)
    this.#watchServices()
    if (!scenario.isAttached) for (const fact of node.log) this.#emit({ at: fact.loggedAt ?? clock.now(), kind: 'node-log', fact })
    this.#nodeWatch = new SimNodeWatch({ node, clock, ids: [...world.services.keys()], emit: (seen) => this.#emit(seen) })
    world.onlooker = this.#onlooker()
    this.#stops.push(clock.every(CPU_MS, () => this.#tellCpu()))
  }

  close(): void {
    this.#isClosed = true
    this.#options.world.onlooker = undefined
    this.loop.close()
    this.supervisor.close()
    this.#nodeWatch.close()
    for (const watch of this.#watches.values()) watch.close()
    for (const stop of this.#stops) stop()
  }

  #decided(decision: Decision): void {
    if (this.#isClosed) return
    performActions(decision.actions, this.supervisor, silentLogger)
    this.#options.onDecision(decision, this.loop)
  }

  #emit(seen: Observation): void {
    if (this.#isClosed) return
    this.loop.emit(seen)
    const mayAsk =
      seen.kind === 'post-states' || (seen.kind === 'node-log' && seen.fact.fact === 'post-state') || seen.kind === 'node-event'
    if (mayAsk) for (const watch of this.#watches.values()) watch.wake()
  }

  #identityOf(name: string): IdentityId | undefined {
    for (const plan of this.#options.world.plans.values()) if (plan.name === name) return plan.identity
    return undefined
  }

  #tellProcess(name: string, state: ProcessState): void {
    const at = this.#options.world.clock.now()
    const identity = this.#identityOf(name)
    if (name === 'node') this.#emit({ at, kind: 'node-process', state })
    else if (identity !== undefined) this.#emit({ at, kind: 'service-process', identity, state })
  }

  #tellCpu(): void {
    for (const { identity, name } of this.#options.world.plans.values()) {
      const busyPercent = this.supervisor.cpuPercent(name)
      if (busyPercent !== undefined) this.#emit({ at: this.#options.world.clock.now(), kind: 'service-cpu', identity, busyPercent })
    }
  }

  #watchServices(): void {
    const { world } = this.#options
    const { clock } = world
    for (const [identity, service] of world.services) {
      const plan = world.plans.get(identity)
      if (plan === undefined) continue
      const emit = (seen: Observation): void => this.#emit(seen)
      const isBusy = (): boolean => this.loop.world.identities.get(identity)?.postState?.value === 'proving'
      const isDown = (): boolean => DOWN.includes(this.supervisor.state(plan.name)?.at)
      this.#watches.set(identity, new SimServiceWatch({ clock, service, hasLog: plan.hasLog, emit, isBusy, isDown }))
      this.#stops.push(watchSimFolder({ clock, disk: service.traits.disk, identity, totalBytes: plan.totalBytes, emit }))
    }
  }

  #processes(): SimProcess[] {
    const { world } = this.#options
    const { node, services, plans, scenario } = world
    const own: SimProcess[] = [...services.values()].flatMap((service) => {
      const plan = plans.get(service.traits.identity)
      if (plan?.owner !== 'smeshkeeper') return []
      return [
        {
          name: plan.name,
          policy: SERVICE_POLICY,
          spawn: (pid) => service.spawn(pid),
          terminate: () => service.die('SIGTERM', 'It was told to stop.'),
          kill: () => service.die('SIGKILL', 'It was killed.'),
          isAlive: () => service.isAlive,
          pid: () => service.pid,
          probe: (pid, startedAt) => this.#probeService(plan.identity, pid, startedAt),
          cpuPercent: () => (service.phase === 'idle' || service.phase === 'done' ? 0.3 : service.traits.disk.state === 'hung' ? 1 : 95),
        },
      ]
    })
    if (scenario.isAttached) return own
    return [
      ...own,
      {
        name: 'node',
        policy: NODE_POLICY,
        spawn: (pid) => node.spawn(pid),
        terminate: () => node.end({ code: 0, text: 'It was told to stop.' }),
        kill: () => node.end({ signal: 'SIGKILL', text: 'It was killed.' }),
        isAlive: () => node.state !== 'down',
        pid: () => node.pid,
        probe: () => this.#probeNode(),
        cpuPercent: () => 30,
      },
    ]
  }

  #probeNode(): ProbeResult {
    const { node } = this.loop.world
    if (node.ended !== undefined) return { is: 'failed', cause: node.ended.text, causeCode: node.ended.code }
    if (node.api.public?.value.reach === 'up') return { is: 'ready' }
    return { is: 'not-yet', ...(node.startStep === undefined ? {} : { step: node.startStep.step }) }
  }

  #probeService(identity: IdentityId, pid: number, startedAt: number): ProbeResult {
    const { world } = this.#options
    const service = world.services.get(identity)
    const watch = this.#watches.get(identity)
    if (service === undefined) return { is: 'not-yet' }
    const answer = service.answer()
    const ranMs = world.clock.now() - startedAt
    const owner = answer.is === 'none' ? ({ is: 'nobody' } as const) : ({ is: 'process', pids: [pid] } as const)
    const ready = serviceReadiness({ pid, ranMs, operator: '127.0.0.1:1', answer, owner, facts: watch?.facts })
    if (ready.is === 'ready') watch?.hurry()
    return ready.is === 'not-yet' ? { is: 'not-yet', step: ready.step } : ready
  }

  #onlooker(): Onlooker {
    const { world } = this.#options
    const { clock, scenario } = world
    return {
      event: (event) => this.#nodeWatch.onEvent(event),
      nodeLog: (fact) => {
        if (scenario.isAttached) return
        clock.after(60, () => this.#emit({ at: fact.loggedAt ?? clock.now(), kind: 'node-log', fact }))
      },
      serviceLog: (identity, fact) => this.#watches.get(identity)?.onLog(fact),
      nodeEnded: (how) => {
        const { code, signal, text } = how
        const ending = { ...(code === undefined ? {} : { code }), ...(signal === undefined ? {} : { signal }) }
        if (scenario.isAttached) return
        clock.after(100, () => {
          if (!this.#isClosed) this.supervisor.ended('node', { ...ending, why: { cause: text, causeCode: 'node/killed' } })
        })
      },
      serviceEnded: (identity, { code, signal, text }) => {
        const plan = world.plans.get(identity)
        if (plan?.owner !== 'smeshkeeper') return
        const causeCode = signal === undefined ? 'service/no-metadata' : 'service/killed'
        const ending = { ...(code === undefined ? {} : { code }), ...(signal === undefined ? {} : { signal }) }
        clock.after(40, () => {
          if (!this.#isClosed) this.supervisor.ended(plan.name, { ...ending, why: { cause: text, causeCode } })
        })
      },
    }
  }
}
