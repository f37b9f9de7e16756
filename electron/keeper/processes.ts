import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import type { World } from '../../shared/domain/world.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup, SetupService } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import {
  explainNodeExit,
  explainServiceExit,
  nodeProcess,
  nodeReadiness,
  portOwner,
  readOperator,
  serviceProcess,
  serviceReadiness,
  systemConfigFiles,
  type ConfigFiles,
  type ProcessPlan,
  type ProgramPaths,
  type ResolveLauncher,
} from '../programs/index.ts'
import type { ProbeResult, ProcessSpec, Supervisor } from '../supervisor/index.ts'
import type { BinaryWatch } from './binary-watch.ts'
import type { NodeLogWatch } from './node-log-watch.ts'
import type { ServiceWatch } from './service-watch.ts'
import { serviceName } from './snapshot.ts'

const BACKOFF = { firstMs: 1_000, maxMs: 60_000, jitter: 0.2 }
const BUDGET = { crashes: 5, withinMs: 600_000 }
const KEEP_LOGS = 3

interface Context {
  readonly clock: Clock
  readonly log: Logger
  readonly paths: ProgramPaths
  readonly launcher: ResolveLauncher
  readonly world: () => World
  readonly watchOf: (identity: string) => ServiceWatch | undefined
  readonly binaries: Pick<BinaryWatch, 'versionOf' | 'problemOf'>
  readonly nodeLog: () => NodeLogWatch | undefined
}

/** A process as it should run, and the config file that must be written before it starts. */
export interface OwnSpec {
  readonly spec: ProcessSpec
  /** Absent when the file on disk is as it should be. */
  readonly config?: { readonly file: string; readonly text: string } | undefined
}

/** The processes that are ours by the set-up, and why one of them cannot be. */
export interface OwnSpecs {
  readonly specs: readonly OwnSpec[]
  readonly problems: ReadonlyMap<string, string>
}

function specFrom(plan: ProcessPlan, setup: Setup, rest: Pick<ProcessSpec, 'probe' | 'explain' | 'logReadTo'>): ProcessSpec {
  return {
    name: plan.name,
    owner: 'smeshkeeper',
    file: plan.file,
    args: plan.args,
    env: plan.env,
    cwd: plan.cwd,
    logFile: plan.logFile,
    policy: {
      ...plan.policy,
      backoff: BACKOFF,
      budget: BUDGET,
      logCapBytes: setup.keep.logMiBPerProcess * 1024 * 1024,
      keepLogs: KEEP_LOGS,
      whenNotReady: 'wait', // a node may take a quarter of an hour; killing it starts the quarter again
      probeEveryMs: 500,
    },
    ...rest,
  }
}

/** The node is ready when its API answers; until then its log names the step and what holds it. */
function nodeProbe({ world, clock, nodeLog }: Context, startedAt: number): ProbeResult {
  const { node } = world()
  const ready = nodeReadiness({
    api: node.api.public?.value.reach === 'up' ? 'up' : 'down',
    version: node.version?.value,
    facts: nodeLog()?.facts(),
    nowMs: clock.now(),
    startedAt,
  })
  if (ready.is !== 'not-yet') return ready.is === 'ready' ? { is: 'ready' } : ready
  return { is: 'not-yet', step: ready.cause === undefined ? ready.step : `${ready.step}. ${ready.cause}` }
}

async function serviceProbe(context: Context, service: SetupService, pid: number, startedAt: number): Promise<ProbeResult> {
  const watch = context.watchOf(service.identity)
  const [reading, owner] = await Promise.all([readOperator(service.operator, { deadlineMs: 2_000 }), portOwner(service.operator, [pid])])
  const ready = serviceReadiness({
    pid,
    ranMs: context.clock.now() - startedAt,
    operator: service.operator,
    answer: reading.answer,
    owner,
    facts: watch?.facts(),
  })
  if (ready.is === 'ready') watch?.hurry()
  return ready.is === 'not-yet' ? { is: 'not-yet', step: ready.step } : ready
}

/** Names of all processes that are ours by the set-up, also those that cannot be started now. */
export const ownNames = (setup: Setup): Set<string> =>
  new Set([
    ...(setup.node.mode === 'managed' && setup.node.owner === 'smeshkeeper' ? ['node'] : []),
    ...setup.services.flatMap((service) => (service.owner === 'smeshkeeper' ? [serviceName(service.identity)] : [])),
  ])

const startOf = (state: ProcessState | undefined): number | undefined => (state !== undefined && 'since' in state ? state.since : undefined)

/** The config that the node will need; it is written only when the node takes it up. */
function stagedConfig(): ConfigFiles & { staged: { readonly file: string; readonly text: string } | undefined } {
  const files = {
    staged: undefined as { readonly file: string; readonly text: string } | undefined,
    read: (file: string) => systemConfigFiles.read(file),
    write: (file: string, text: string): void => void (files.staged = { file, text }),
  }
  return files
}

function nodeSpec(setup: Setup, context: Context, supervisor: () => Supervisor): OwnSpec | string | undefined {
  const { node } = setup
  if (node.mode !== 'managed' || node.owner !== 'smeshkeeper') return undefined
  const { binaries, paths, launcher } = context
  const problem = binaries.problemOf(node.binary)
  if (problem !== undefined) return `The node cannot be started: ${problem}`
  const files = stagedConfig()
  const network = resolveNetwork(setup.network)
  const plan = nodeProcess({ node, network, paths, launcher, version: binaries.versionOf(node.binary), files })
  if (!plan.ok) return `The node cannot be started: ${plan.fault.detail}.`
  return {
    spec: specFrom(plan.value, setup, {
      probe: () => Promise.resolve(nodeProbe(context, startOf(supervisor().state('node')) ?? context.clock.now())),
      explain: (exit, tail) => explainNodeExit(exit, tail),
      logReadTo: () => context.nodeLog()?.readTo(),
    }),
    config: files.staged,
  }
}

function serviceSpec(setup: Setup, service: SetupService, context: Context, supervisor: () => Supervisor): OwnSpec | string {
  const { binaries, paths, launcher } = context
  const called = setup.identities.find((one) => one.id === service.identity)?.nickname ?? serviceName(service.identity)
  const problem = binaries.problemOf(service.binary)
  if (problem !== undefined) return `The service of ${called} cannot be started: ${problem}`
  const network = resolveNetwork(setup.network)
  const plan = serviceProcess({ service, network, paths, launcher, version: binaries.versionOf(service.binary) })
  if (!plan.ok) return `The service of ${called} cannot be started: ${plan.fault.detail}.`
  const startedAt = (): number => startOf(supervisor().state(plan.value.name)) ?? context.clock.now()
  return {
    spec: specFrom(plan.value, setup, {
      probe: (pid) => serviceProbe(context, service, pid, startedAt()),
      explain: (exit, tail) => explainServiceExit(exit, tail),
      logReadTo: () => context.watchOf(service.identity)?.readTo(),
    }),
  }
}

/** The processes that are ours by the set-up, as the supervisor wants them; and why one of them cannot be. */
export function specsOf(setup: Setup, context: Context, supervisor: () => Supervisor): OwnSpecs {
  const problems = new Map<string, string>()
  const specs: OwnSpec[] = []
  const take = (name: string, made: OwnSpec | string | undefined): void => {
    if (typeof made === 'string') problems.set(name, made)
    else if (made !== undefined) specs.push(made)
  }
  take('node', nodeSpec(setup, context, supervisor))
  for (const service of setup.services) {
    if (service.owner === 'smeshkeeper') take(serviceName(service.identity), serviceSpec(setup, service, context, supervisor))
  }
  return { specs, problems }
}

/** What a change of a process's state says about node or service. */
export function processObservation(name: string, state: ProcessState, setup: Setup, now: number): Observation | undefined {
  if (name === 'node') return { at: now, kind: 'node-process', state }
  const service = setup.services.find((one) => serviceName(one.identity) === name)
  return service === undefined ? undefined : { at: now, kind: 'service-process', identity: service.identity as IdentityId, state }
}
