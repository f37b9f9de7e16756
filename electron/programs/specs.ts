import path from 'node:path'
import { ok, type Result } from '../../shared/domain/fault.ts'
import type { Network } from '../../shared/setup/network.ts'
import type { ManagedNode, SetupService } from '../../shared/setup/schema.ts'
import {
  nodeArguments,
  nodeReadyWithinMs,
  nodeStopWaitMs,
  prepareOwnConfig,
  type ConfigFiles,
  type NodeArgumentsFault,
  type OwnConfigFault,
} from './go-spacemesh/index.ts'
import { serviceArguments, serviceEnvironment, type ServiceArgumentsFault } from './post-service/index.ts'
import type { ProcessPlan, ProgramPaths, ResolveLauncher } from './types.ts'

interface Common {
  readonly network: Network
  readonly paths: ProgramPaths
  readonly launcher: ResolveLauncher
  /** Of the binary, as far as it was inspected. */
  readonly version: string | undefined
}

const SERVICE_READY_MS = 20_000
/** It dies at once by any signal; the wait is for a machine that hangs. */
const SERVICE_STOP_MS = 5_000

/**
 * The managed node as data. Its own config is written into `paths.config` on the way: the user's file is read, never
 * changed.
 * @param mode `supervised` leaves smeshing-start as the user's config has it; by default services of our own prove
 */
export function nodeProcess(
  input: Common & { readonly node: ManagedNode; readonly mode?: 'remote' | 'supervised'; readonly files?: ConfigFiles },
): Result<ProcessPlan, OwnConfigFault | NodeArgumentsFault> {
  const { node, paths, version } = input
  const own = prepareOwnConfig(node, paths.config, {
    ...(input.mode ? { mode: input.mode } : {}),
    ...(input.files ? { files: input.files } : {}),
  })
  if (!own.ok) return own
  const args = nodeArguments(node, own.value.file)
  if (!args.ok) return args
  const launcher = input.launcher(node.binary)
  return ok({
    name: 'node',
    file: launcher.file,
    args: [...launcher.prefixArgs, ...args.value],
    env: launcher.env,
    // Relative paths in the user's config are meant from where it lies.
    cwd: path.dirname(path.resolve(node.configFile)),
    logFile: path.join(paths.logs, 'node.log'),
    policy: { readyWithinMs: nodeReadyWithinMs(version), stopWaitMs: nodeStopWaitMs(version) },
  })
}

/** Name of a service's process and log: one a smesher. */
export const serviceProcessName = (identity: string): string => `service-${identity.slice(0, 12)}`

/** One PoST service as data. Its folder is not its working folder: a drive that goes must not hold or stop its start. */
export function serviceProcess(input: Common & { readonly service: SetupService }): Result<ProcessPlan, ServiceArgumentsFault> {
  const { service, paths } = input
  const args = serviceArguments(service, input.network, input.version)
  if (!args.ok) return args
  const launcher = input.launcher(service.binary)
  const name = serviceProcessName(service.identity)
  return ok({
    name,
    file: launcher.file,
    args: [...launcher.prefixArgs, ...args.value],
    env: { ...launcher.env, ...serviceEnvironment(service) },
    cwd: paths.logs,
    logFile: path.join(paths.logs, `${name}.log`),
    policy: { readyWithinMs: SERVICE_READY_MS, stopWaitMs: SERVICE_STOP_MS },
  })
}
