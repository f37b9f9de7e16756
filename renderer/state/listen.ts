import { UPDATE_EVERY_MS } from './store.ts'

/** A listener that tells the first at once, then at most four a second: the last of them wins. */
export const seldom =
  <T>(on: (told: (value: T) => void) => () => void) =>
  (told: (value: T) => void): (() => void) => {
    let waiting: { readonly value: T } | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = (): void => {
      timer = undefined
      if (waiting === undefined) return
      const { value } = waiting
      waiting = undefined
      told(value)
      timer = setTimeout(flush, UPDATE_EVERY_MS)
    }
    const off = on((value) => {
      waiting = { value }
      if (timer === undefined) flush()
    })
    return () => {
      off()
      clearTimeout(timer)
    }
  }
