import { useEffect, useMemo } from 'react'
import { PlanThread } from './plan-thread.ts'

/** A thread for the questions of one part of the page; it ends with it. */
export function usePlanThread(): PlanThread {
  const thread = useMemo(() => new PlanThread(), [])
  useEffect(() => () => thread.end(), [thread])
  return thread
}
