import { useEffect, useState } from 'react'
import { keeperStore, STALE_AFTER_MS } from './store.ts'

/** Whether nothing was heard from the keeper for over 30 s; checked once a second, renders only when it turns. */
export function useStale(): boolean {
  const [isStale, setStale] = useState(false)
  useEffect(() => {
    const timer = setInterval(() => setStale(Date.now() - keeperStore.getState().heardAt > STALE_AFTER_MS), 1000)
    return () => clearInterval(timer)
  }, [])
  return isStale
}
