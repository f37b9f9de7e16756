import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { PlanContext } from '../context.ts'
import { planCoinbase } from '../plans/coinbase.ts'
import type { Draft } from '../types.ts'
import { factTools, momentOf, nodeAt, seen } from './moment.ts'

/** Another coinbase for our own node; that of a node which others run stands in a config that is theirs. */
export function planCoinbaseHere(
  { address }: Extract<ParsedPlanRequest, { kind: 'coinbase' }>,
  context: PlanContext,
  temporary: string,
): Result<Draft> {
  const { setUp } = context
  if (setUp === null) return fail('operation/unreadable', 'Nothing is set up here, so there is no node whose coinbase could be changed.')
  const { node } = setUp.expanded
  const { node: asWritten } = setUp.setup
  if (node.mode !== 'managed' || asWritten.mode !== 'managed' || node.owner !== 'smeshkeeper')
    return fail(
      'operation/unreadable',
      'This node is started by somebody else, with a config of theirs. Change smeshing-coinbase in it and restart the node there, or let Smeshkeeper take it over.',
    )
  const { dataFolder, configFile, coinbase } = asWritten
  return ok(
    planCoinbase(
      { address },
      {
        ...momentOf(context),
        node: nodeAt(node.dataFolder, context, factTools(temporary)),
        own: { dataFolder, configFile, ...(coinbase === undefined ? {} : { coinbase }) },
        config: seen(node.configFile),
        prefix: resolveNetwork(setUp.expanded.network).addressPrefix,
      },
    ),
  )
}
