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
  portOwner,
  readOperator,
  serviceProcess,
  serviceReadiness,
  type ProcessPlan,
  type ProgramPaths,
  type ResolveLauncher,
} from '../programs/index.ts'
import type { ProbeResult, ProcessSpec, Supervisor } from '../supervisor/index.ts'
import type { BinaryWatch } from './binary-watch.ts'
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
  readonly nodeReadTo: () => number | undefined
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

/** The node is ready when its API answers; until then its log names the step. */
function nodeProbe(context: Context): ProbeResult {
  const { node } = context.world()
  if (node.ended !== undefined) return { is: 'failed', cause: node.ended.text, causeCode: node.ended.code }
  if (node.api.public?.value.reach === 'up') return { is: 'ready' }
  return { is: 'not-yet', ...(node.startStep === undefined ? {} : { step: node.startStep.step }) }
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

/** The processes that are ours by the set-up, as the supervisor wants them; and why one of them cannot be. */
export function specsOf(
  setup: Setup,
  context: Context,
  supervisor: () => Supervisor,
): { specs: ProcessSpec[]; problems: Map<string, string> } {
  const network = resolveNetwork(setup.network)
  const problems = new Map<string, string>()
  const specs: ProcessSpec[] = []
  const unusable = (name: string, binary: string): boolean => {
    const problem = context.binaries.problemOf(binary)
    if (problem !== undefined) problems.set(name, problem)
    return problem !== undefined
  }
  if (setup.node.mode === 'managed' && setup.node.owner === 'smeshkeeper' && !unusable('node', setup.node.binary)) {
    const plan = nodeProcess({
      node: setup.node,
      network,
      paths: context.paths,
      launcher: context.launcher,
      version: context.binaries.versionOf(setup.node.binary),
    })
    if (plan.ok)
      specs.push(
        specFrom(plan.value, setup, {
          probe: () => Promise.resolve(nodeProbe(context)),
          explain: (exit, tail) => explainNodeExit(exit, tail),
          logReadTo: context.nodeReadTo,
        }),
      )
    else problems.set('node', plan.fault.detail)
  }
  for (const service of setup.services) {
    if (service.owner !== 'smeshkeeper' || unusable(serviceName(service.identity), service.binary)) continue
    const plan = serviceProcess({
      service,
      network,
      paths: context.paths,
      launcher: context.launcher,
      version: context.binaries.versionOf(service.binary),
    })
    if (!plan.ok) {
      problems.set(serviceName(service.identity), plan.fault.detail)
      continue
    }
    specs.push(
      specFrom(plan.value, setup, {
        probe: (pid) => serviceProbe(context, service, pid, startOf(supervisor().state(plan.value.name)) ?? context.clock.now()),
        explain: (exit, tail) => explainServiceExit(exit, tail),
        logReadTo: () => context.watchOf(service.identity)?.readTo(),
      }),
    )
  }
  return { specs, problems }
}

/** What a change of a process's state says about node or service. */
export function processObservation(name: string, state: ProcessState, setup: Setup, now: number): Observation | undefined {
  if (name === 'node') return { at: now, kind: 'node-process', state }
  const service = setup.services.find((one) => serviceName(one.identity) === name)
  return service === undefined ? undefined : { at: now, kind: 'service-process', identity: service.identity as IdentityId, state }
}
