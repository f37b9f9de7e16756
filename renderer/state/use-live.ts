import { useCallback, useEffect, useState } from 'react'
import { textOf, type Fault, type Result } from '../../shared/domain/fault.ts'

export interface Live<T> {
  readonly value: T | undefined
  readonly fault: Fault | undefined
  readonly reload: () => void
}

/**
 * A value of the keeper that is told when it changes: listens first, then asks. What was told while the answer was on its
 * way is newer than the answer. Both functions must stay the same between renderings.
 */
export function useLive<T>(ask: () => Promise<Result<T>>, listen: (told: (value: T) => void) => () => void): Live<T> {
  const [state, setState] = useState<{ readonly value?: T; readonly fault?: Fault }>({})
  const [round, setRound] = useState(0)
  useEffect(() => {
    let isCurrent = true
    let isTold = false
    const off = listen((value) => {
      isTold = true
      setState({ value })
    })
    const load = async (): Promise<void> => {
      const answer = await ask().catch((cause: unknown): Result<T> => ({
        ok: false,
        fault: { code: 'internal', detail: textOf(cause), retry: 'now' },
      }))
      if (!isCurrent || isTold) return
      setState(answer.ok ? { value: answer.value } : { fault: answer.fault })
    }
    void load()
    return () => {
      isCurrent = false
      off()
    }
  }, [ask, listen, round])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  return { value: state.value, fault: state.fault, reload }
}
