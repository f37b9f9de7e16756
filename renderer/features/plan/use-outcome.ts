import { useEffect, useMemo, useState } from 'react'
import { planOf, type PlanInputs, type PlanOutcome } from '../../../shared/domain/planner/index.ts'

/** Few enough to follow a slider. */
const QUICK_GAPS = 400
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

/** A quick answer at once, the whole one when the user rests. */
export function useOutcome(inputs: PlanInputs): Outcome {
  const quick = useMemo(() => planOf(inputs, { gaps: QUICK_GAPS }), [inputs])
  const [whole, setWhole] = useState<Whole>()
  useEffect(() => {
    const timer = setTimeout(() => {
      const began = performance.now()
      const outcome = planOf(inputs)
      setWhole({ of: inputs, outcome, tookMs: performance.now() - began })
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [inputs])
  return whole?.of === inputs ? { outcome: whole.outcome, isWhole: true, tookMs: whole.tookMs } : { outcome: quick, isWhole: false }
}
