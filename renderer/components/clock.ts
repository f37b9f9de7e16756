import { useCallback, useSyncExternalStore } from 'react'
import type { UnixMs } from '../../shared/domain/ids.ts'

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for the whole page; it runs only while something shows a time. */
function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** A value of the clock that is compared by `Object.is`: the component renders again only when it changed. */
export function useClock<T extends string | number | boolean | undefined>(read: (now: UnixMs) => T): T {
  return useSyncExternalStore(
    listen,
    useCallback(() => read(Date.now()), [read]),
  )
}
