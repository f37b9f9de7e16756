import { useEffect, useRef } from 'react'

/** The button that led here is gone: the keyboard goes on from the page, not from the top of the window. */
export function useFocusMain(at: string): void {
  const before = useRef(at)
  useEffect(() => {
    if (before.current === at) return
    before.current = at
    if (document.activeElement === null || document.activeElement === document.body) document.querySelector<HTMLElement>('#main')?.focus()
  }, [at])
}
