import { statfs } from 'node:fs/promises'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { textOf } from '../../shared/domain/fault.ts'

const EVERY_MS = 60_000

interface Options {
  readonly clock: Clock
  readonly log: Logger
  readonly root: string
  readonly setup: () => Setup
  readonly emit: (seen: Observation) => void
}

/** Tells how much room is left where the managed node and where we write; PoS disks are another watch's. */
export function watchOwnDisks({ clock, log, root, setup, emit }: Options): { close(): void } {
  let isClosed = false
  const asking = new Set<string>()
  const ask = async (what: 'node' | 'app', folder: string): Promise<void> => {
    if (asking.has(what)) return // a volume that hangs is asked by one question at most
    asking.add(what)
    try {
      const { bavail, blocks, bsize } = await statfs(folder)
      if (!isClosed) emit({ at: clock.now(), kind: 'own-disk', what, freeBytes: bavail * bsize, totalBytes: blocks * bsize })
    } catch (cause: unknown) {
      log.debug('own-disk.not-read', { what, error: textOf(cause) })
    } finally {
      asking.delete(what)
    }
  }
  const askAll = (): void => {
    const { node } = setup()
    void ask('app', root)
    if (node.mode === 'managed') void ask('node', node.dataFolder)
  }
  askAll()
  const stop = clock.every(EVERY_MS, askAll)
  return {
    close: () => {
      isClosed = true
      stop()
    },
  }
}
