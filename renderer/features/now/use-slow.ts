import { useEffect, useState } from 'react'

/** The newest value, at most once in `everyMs`: bars move at most once a second. */
export function useSlow<T>(value: T, everyMs = 1000): T {
  const [shown, setShown] = useState({ value, at: 0 })
  useEffect(() => {
    if (Object.is(shown.value, value)) return undefined
    const wait = Math.max(0, shown.at + everyMs - Date.now())
    const timer = setTimeout(() => setShown({ value, at: Date.now() }), wait)
    return () => clearTimeout(timer)
  }, [value, shown, everyMs])
  return shown.value
}
