import { useCallback, useEffect, useRef, useState } from 'react'
import type { CardPlace } from './evidence-card.tsx'

const HOVER_MS = 350
const CARD_WIDTH = 500

const rowOf = (target: EventTarget | null): HTMLElement | undefined => {
  const row = target instanceof Element ? target.closest('[data-row]') : null
  return row instanceof HTMLElement ? row : undefined
}

interface Evidence {
  readonly place: CardPlace | undefined
  readonly over: (target: EventTarget | null) => void
  readonly show: (target: EventTarget | null) => void
  readonly hide: () => void
}

/** Where the evidence card is: after a rest of the pointer, at keyboard focus, or at `e`. */
export function useEvidence(): Evidence {
  const [place, setPlace] = useState<CardPlace>()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const hide = useCallback(() => {
    clearTimeout(timer.current)
    setPlace(undefined)
  }, [])
  const show = useCallback((target: EventTarget | null) => {
    clearTimeout(timer.current)
    const row = rowOf(target)
    const id = row?.dataset['row']
    if (row === undefined || id === undefined) return setPlace(undefined)
    const box = row.getBoundingClientRect()
    return setPlace({ id, top: box.bottom - 4, left: Math.max(8, Math.min(box.left + 250, window.innerWidth - CARD_WIDTH - 24)) })
  }, [])
  const over = useCallback(
    (target: EventTarget | null) => {
      clearTimeout(timer.current)
      const row = rowOf(target)
      if (row === undefined) return hide()
      setPlace((before) => (before?.id === row.dataset['row'] ? before : undefined))
      timer.current = setTimeout(() => show(row), HOVER_MS)
      return undefined
    },
    [hide, show],
  )
  useEffect(() => () => clearTimeout(timer.current), [])
  return { place, over, show, hide }
}
