import { useCallback, useEffect, useState } from 'react'
import { textOf, type Fault, type Result } from '../../shared/domain/fault.ts'

export interface Loaded<T> {
  readonly value: T | undefined
  readonly fault: Fault | undefined
  readonly reload: () => void
}

/** Asks when `ask` changes; a later answer of an older question is dropped. A known value stays while it reloads. */
export function useLoad<T>(ask: () => Promise<Result<T>>): Loaded<T> {
  const [state, setState] = useState<{ readonly value?: T; readonly fault?: Fault }>({})
  const [round, setRound] = useState(0)
  useEffect(() => {
    let isCurrent = true
    const load = async (): Promise<void> => {
      try {
        const answer = await ask()
        if (isCurrent)
          setState(
            answer.ok ? { value: answer.value } : ({ value }) => ({ ...(value === undefined ? {} : { value }), fault: answer.fault }),
          )
      } catch (cause: unknown) {
        if (isCurrent) setState({ fault: { code: 'internal', detail: textOf(cause), retry: 'now' } })
      }
    }
    void load()
    return () => {
      isCurrent = false
    }
  }, [ask, round])
  const reload = useCallback(() => setRound((before) => before + 1), [])
  return { value: state.value, fault: state.fault, reload }
}
