import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { textOf } from '../../../shared/domain/fault.ts'
import type { PowRates } from '../../../shared/domain/machine.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Figures } from './profiler-run.ts'

const perSecond = z.number().positive()
const ratesSchema = z.object({
  at: z.number(),
  fastHashesPerSecond: perSecond.exactOptional(),
  lightHashesPerSecond: perSecond.exactOptional(),
  labelSpeeds: z
    .array(z.object({ nonces: z.number().int().positive(), threads: z.number().int().positive(), bytesPerSecond: perSecond }))
    .max(100),
})

/** The profiler's figures, kept from one start to the next. */
export interface Rates {
  get(): PowRates | undefined
  /** What was measured takes the place of what was; what was not, stays. */
  keep(figures: Figures, at: number): void
}

export function openRates(file: string, log: Logger): Rates {
  let kept = read(file)
  return {
    get: () => kept,
    keep(figures, at) {
      const isNothing =
        figures.labelSpeeds.length === 0 && figures.fastHashesPerSecond === undefined && figures.lightHashesPerSecond === undefined
      if (isNothing) return
      const isAnew = new Set(figures.labelSpeeds.map(({ nonces, threads }) => `${nonces}/${threads}`))
      const older = (kept?.labelSpeeds ?? []).filter(({ nonces, threads }) => !isAnew.has(`${nonces}/${threads}`))
      const labelSpeeds = [...figures.labelSpeeds, ...older].sort((a, b) => a.nonces - b.nonces || a.threads - b.threads).slice(0, 100)
      kept = { ...kept, ...figures, at, labelSpeeds, from: 'profiler' }
      try {
        writeFileAtomic(file, JSON.stringify(kept))
      } catch (cause: unknown) {
        log.warn('machine.rates-not-kept', { error: textOf(cause) }) // they are measured again after the next start
      }
    },
  }
}

function read(file: string): PowRates | undefined {
  try {
    const parsed = ratesSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return parsed.success ? { ...parsed.data, from: 'profiler' } : undefined
  } catch {
    return undefined // never measured, or a file that nobody can read: measured again
  }
}
