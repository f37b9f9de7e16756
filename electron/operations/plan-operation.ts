import { assertNever, fail, ok, type Result } from '../../shared/domain/fault.ts'
import type { PlanRequest } from '../../shared/ipc/operations-contract.ts'
import { planRequestSchema } from '../../shared/ipc/operations-contract.ts'
import type { PlanContext } from './context.ts'
import type { Engine } from './engine.ts'
import { planCoinbaseHere } from './plan-inputs/coinbase.ts'
import { planExportHere, planImportHere } from './plan-inputs/exchange.ts'
import { planHandOverHere, planTakeOverHere } from './plan-inputs/foreign.ts'
import { planPutBackHere, planRetireHere, planSplitBackHere } from './plan-inputs/keys.ts'
import { planMove } from './plan-inputs/move.ts'
import { planConvertHere, planMergeHere, planSplitHere, planUnconvertHere } from './plan-inputs/nodes.ts'
import { finished } from './planning.ts'
import type { Draft } from './types.ts'

/** Plans what was asked for. Only reads: nodes' files, the set-up, the machine. */
export async function planOperation(asked: PlanRequest, context: PlanContext, temporary: string): Promise<Result<Draft>> {
  const request = planRequestSchema.parse(asked)
  const draft = await planned(request, context, temporary)
  return draft.ok ? ok(finished(draft.value, context)) : draft
}

async function planned(
  request: ReturnType<typeof planRequestSchema.parse>,
  context: PlanContext,
  temporary: string,
): Promise<Result<Draft>> {
  switch (request.kind) {
    case 'move-data':
      return ok(await planMove(request, context))
    case 'take-over':
      return ok(await planTakeOverHere(request, context))
    case 'hand-over':
      return planHandOverHere(request, context)
    case 'merge':
      return ok(await planMergeHere(request, context, temporary))
    case 'convert':
      return planConvertHere(request, context, temporary)
    case 'unconvert':
      return planUnconvertHere(request, context, temporary)
    case 'split':
      return planSplitHere(request, context, temporary)
    case 'retire':
      return planRetireHere(request, context, temporary)
    case 'put-back':
      return planPutBackHere(request, context, temporary)
    case 'export-identity':
      return ok(await planExportHere(request, context, temporary))
    case 'import-identity':
      return planImportHere(request, context, temporary)
    case 'coinbase':
      return planCoinbaseHere(request, context, temporary)
    default:
      return assertNever(request)
  }
}

interface SplitBack {
  readonly context: PlanContext
  readonly engine: Engine
  readonly temporary: string
}

/** The way back from a merge after a node was started: everything that came goes home with its current rows. */
export function planSplitBackOf(id: string, { context, engine, temporary }: SplitBack): Result<Draft> {
  const begun = engine.begun(id)
  if (begun === undefined) return fail('operation/unreadable', 'No such operation is known here.')
  return planSplitBackHere(begun, context, temporary)
}
