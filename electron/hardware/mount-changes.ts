import { readFile } from 'node:fs/promises'
import type { Clock } from '../lib/clock.ts'

const EVERY_MS = 2_000

interface Options {
  readonly clock: Clock
  readonly onChange: () => void
  /** The table of mounts as text; the kernel's own on Linux, elsewhere nothing is told. */
  readonly read?: () => Promise<string | undefined>
}

const kernelTable = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return undefined
  try {
    return await readFile('/proc/self/mountinfo', 'utf8')
  } catch {
    return undefined // no /proc here: the slow looks at each volume remain
  }
}

/**
 * Tells when something was mounted or unmounted, within two seconds and without touching a volume: one small file of the
 * kernel is read.
 */
export function watchMounts({ clock, onChange, read = kernelTable }: Options): { close(): void } {
  let known: string | undefined
  let isClosed = false
  let isReading = false
  const look = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    const table = await read()
    isReading = false
    if (isClosed || table === undefined) return
    const isNews = known !== undefined && known !== table
    known = table
    if (isNews) onChange()
  }
  void look()
  const stop = clock.every(EVERY_MS, () => void look())
  return {
    close: () => {
      isClosed = true
      stop()
    },
  }
}
