/** Ctrl-C and its kin, for the one thing that is going on. */
export interface Interrupts {
  /** Called at the first request, when nobody listens later than this one; the returned function ends it. */
  onHit(listener: () => void): () => void
  /** Asks to stop. */
  hit(): void
}

/** `end` ends the process at once: nobody listens, or he asks again. */
export function createInterrupts(end: () => void): Interrupts {
  const listeners = new Set<() => void>()
  let isHit = false
  return {
    onHit(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    hit() {
      if (isHit || listeners.size === 0) return end()
      isHit = true
      ;[...listeners].at(-1)?.()
    },
  }
}

/** From the signals of this process. */
export function systemInterrupts(): Interrupts {
  const interrupts = createInterrupts(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupts.hit())
  return interrupts
}
