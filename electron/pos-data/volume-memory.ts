import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { textOf } from '../../shared/domain/fault.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Logger } from '../lib/logger.ts'
import type { VolumeMemory } from './folder-watch.ts'

const schema = z.record(z.string(), z.string())

/** Keeps the last mount points in a small JSON file. Lost or spoiled, it is only learnt anew. */
export const volumeMemoryAt = (file: string, log: Logger): VolumeMemory => ({
  read() {
    try {
      return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (cause) {
      log.info('volume-memory.begun', { detail: textOf(cause) })
      return {}
    }
  },
  write(byIdentity) {
    try {
      writeFileAtomic(file, `${JSON.stringify(byIdentity, undefined, 2)}\n`)
    } catch (cause) {
      log.warn('volume-memory.not-written', { detail: textOf(cause) })
    }
  },
})
