import { useCallback, useState } from 'react'
import { textOf, type Fault, type Result } from '../../shared/domain/fault.ts'

/** The user said no to the question that main drew: nothing happened, and nothing needs a word. */
const DECLINED = 'window/declined'

export interface Action {
  readonly isBusy: boolean
  readonly fault: Fault | undefined
  /** Answers the result, or `undefined` when the action already runs. */
  readonly run: <T>(act: () => Promise<Result<T>>) => Promise<Result<T> | undefined>
  readonly clear: () => void
}

/** Runs one call at a time and keeps its fault for the page to show. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<Fault>()
  const run = useCallback(async <T>(act: () => Promise<Result<T>>): Promise<Result<T> | undefined> => {
    setBusy(true)
    setFault(undefined)
    try {
      const answer = await act()
      if (!answer.ok && answer.fault.code !== DECLINED) setFault(answer.fault)
      return answer
    } catch (cause: unknown) {
      setFault({ code: 'internal', detail: textOf(cause), retry: 'now' })
      return undefined
    } finally {
      setBusy(false)
    }
  }, [])
  const clear = useCallback(() => setFault(undefined), [])
  return { isBusy, fault, run, clear }
}
