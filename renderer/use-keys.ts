import { useEffect } from 'react'
import { go, type Room } from './state/route.ts'

const LETTERS: Readonly<Record<string, Room>> = {
  n: 'now',
  i: 'identities',
  m: 'migrate',
  c: 'machine',
  p: 'plan',
  a: 'add',
  b: 'backups',
  l: 'logs',
  h: 'history',
  s: 'settings',
}
/** The letter after `g` must follow within this time. */
const WAIT_MS = 1500

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement

/** `g` then a letter changes room, `/` searches, `?` lists the keys. */
export function useKeys(showHelp: () => void): void {
  useEffect(() => {
    let pressedAt = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
      const room = event.timeStamp - pressedAt < WAIT_MS ? LETTERS[event.key] : undefined
      pressedAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
      if (room !== undefined) go({ room })
      else if (event.key === '?') showHelp()
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]')
        if (search === null) return
        event.preventDefault()
        search.focus()
        search.select()
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [showHelp])
}
