import { useEffect, useRef, useState, type RefObject } from 'react'

/** What a dragged proof carries: its identity. */
export const DRAGGED = 'application/x-smeshkeeper-identity'

/** Keeps the focus on what was moved: it stands on another lane now. */
export function useFollow(): { readonly follow: (id: string) => void; readonly box: RefObject<HTMLDivElement | null> } {
  const box = useRef<HTMLDivElement>(null)
  const wanted = useRef<string>(undefined)
  useEffect(() => {
    if (wanted.current === undefined) return
    box.current?.querySelector<HTMLElement>(`[data-chip="${wanted.current}"]`)?.focus()
    wanted.current = undefined
  })
  return {
    box,
    follow: (id) => {
      wanted.current = id
    },
  }
}

/** Lanes take what is dragged over them; answers the one it is over. */
export function useLaneDrop(box: RefObject<HTMLDivElement | null>, move: (id: string, disk: string) => void): string | undefined {
  const [over, setOver] = useState<string>()
  const latest = useRef(move)
  useEffect(() => {
    latest.current = move
  })
  useEffect(() => {
    const lanes = box.current
    if (lanes === null) return undefined
    const laneOf = ({ target }: Event): string | undefined =>
      target instanceof Element ? target.closest<HTMLElement>('[data-lane]')?.dataset['lane'] : undefined
    const onOver = (event: DragEvent): void => {
      const lane = laneOf(event)
      if (lane !== undefined && event.dataTransfer?.types.includes(DRAGGED) === true) event.preventDefault()
      setOver(lane)
    }
    const onDrop = (event: DragEvent): void => {
      const lane = laneOf(event)
      const id = event.dataTransfer?.getData(DRAGGED) ?? ''
      setOver(undefined)
      if (lane === undefined || id === '') return
      event.preventDefault()
      latest.current(id, lane)
    }
    const onEnd = (): void => setOver(undefined)
    lanes.addEventListener('dragover', onOver)
    lanes.addEventListener('drop', onDrop)
    lanes.addEventListener('dragend', onEnd)
    return () => {
      lanes.removeEventListener('dragover', onOver)
      lanes.removeEventListener('drop', onDrop)
      lanes.removeEventListener('dragend', onEnd)
    }
  }, [box])
  return over
}
