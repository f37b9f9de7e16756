import { otherWays, planOf, type PlanDraft, type PlanInputs, type PlanOutcome, type PlanWay } from '../../../shared/domain/planner/index.ts'

/** What takes too long to be worked out between two frames. */
export type PlanQuestion =
  { readonly is: 'plan'; readonly inputs: PlanInputs } | { readonly is: 'ways'; readonly inputs: PlanInputs; readonly draft: PlanDraft }

export type PlanAnswer =
  | { readonly is: 'plan'; readonly outcome: PlanOutcome; readonly tookMs: number }
  | { readonly is: 'ways'; readonly ways: readonly PlanWay[] }

export function answerOf(question: PlanQuestion): PlanAnswer {
  if (question.is === 'ways') return { is: 'ways', ways: otherWays(question.inputs, question.draft) }
  const began = performance.now()
  const outcome = planOf(question.inputs)
  return { is: 'plan', outcome, tookMs: performance.now() - began }
}
