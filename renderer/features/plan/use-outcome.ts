import { useEffect, useMemo, useState } from 'react'
import { planOf, type PlanInputs, type PlanOutcome } from '../../../shared/domain/planner/index.ts'
import { usePlanThread } from './use-plan-thread.ts'

/** Proofs that are drawn for the quick answer: few enough to follow a slider. */
const QUICK_PROOFS = 6000
const QUICK_GAPS = { fewest: 60, most: 400 } as const
/** The page rests so long before the whole is worked out. */
const REST_MS = 250

export interface Outcome {
  readonly outcome: PlanOutcome
  /** All gaps were simulated, not only the quick few. */
  readonly isWhole: boolean
  /** How long the whole took. */
  readonly tookMs?: number
}

interface Whole {
  readonly of: PlanInputs
  readonly outcome: PlanOutcome
  readonly tookMs: number
}

/** A quick answer at once, the whole one from beside the page when the user rests. */
export function useOutcome(inputs: PlanInputs): Outcome {
  const quick = useMemo(() => {
    const wanted = Math.round(QUICK_PROOFS / Math.max(1, inputs.identities.length))
    return planOf(inputs, { gaps: Math.max(QUICK_GAPS.fewest, Math.min(QUICK_GAPS.most, wanted)) })
  }, [inputs])
  const thread = usePlanThread()
  const [whole, setWhole] = useState<Whole>()
  useEffect(() => {
    const timer = setTimeout(
      () =>
        thread.ask({ is: 'plan', inputs }, (answer) => {
          if (answer.is === 'plan') setWhole({ of: inputs, outcome: answer.outcome, tookMs: answer.tookMs })
        }),
      REST_MS,
    )
    return () => clearTimeout(timer)
  }, [inputs, thread])
  return whole?.of === inputs ? { outcome: whole.outcome, isWhole: true, tookMs: whole.tookMs } : { outcome: quick, isWhole: false }
}
