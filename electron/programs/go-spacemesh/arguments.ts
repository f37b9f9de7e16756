import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { ManagedNode } from '../../../shared/setup/schema.ts'

export type NodeArgumentsFault = 'node/argument-owned'

/** Flags that the set-up decides: on the command line they would win over it unseen. */
const OWNED =
  /^(?:-[cd].*|--config|--data-folder|--filelock|--grpc-(?:public|private|post)-listener|--log-encoder|--smeshing-start|--smeshing-coinbase)(?:=|$)/

/**
 * The command line of the node. `--config` is mandatory from 1.8, and everything else stands in that file.
 * @source facts/node-config-and-cli.md §1, §10
 */
export function nodeArguments(node: ManagedNode, ownConfigFile: string): Result<string[], NodeArgumentsFault> {
  const owned = node.extraArgs.find((arg) => OWNED.test(arg))
  if (owned !== undefined) {
    return fail('node/argument-owned', `${owned} is decided by the set-up: change it there and take it out of the extra arguments`)
  }
  return ok(['--config', ownConfigFile, ...node.extraArgs])
}
