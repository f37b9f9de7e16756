import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { textOf } from '../../../shared/domain/fault.ts'
import type { VerifyBook } from '../../../shared/domain/verify.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Logger } from '../../lib/logger.ts'

const count = z.number().int().nonnegative()
const bookSchema = z.object({
  identity: z.string().regex(/^[0-9a-f]{64}$/),
  folder: z.string().min(1),
  results: z.record(
    z.string(),
    z.object({ is: z.enum(['good', 'bad']), at: z.number(), fractionPercent: z.number(), text: z.string().optional() }),
  ),
  lastWholeAt: z.number().optional(),
  task: z
    .object({
      is: z.enum(['open', 'paused', 'done', 'failed', 'cancelled']),
      fractionPercent: z.number().positive(),
      files: z.array(count).nullable(),
      fileCount: count,
      done: count,
      bad: z.array(count),
      startedAt: z.number(),
      endedAt: z.number().optional(),
      spentMs: z.number().nonnegative(),
      isAsked: z.boolean(),
      text: z.string().optional(),
    })
    .optional(),
  rewrite: z
    .object({
      file: count,
      is: z.enum(['making', 'swapping', 'failed']),
      provider: count,
      startedAt: z.number(),
      keptAs: z.string().min(1),
      text: z.string().optional(),
    })
    .optional(),
})

/** What checks found, one file an identity. */
export interface VerifyBooks {
  all(): readonly VerifyBook[]
  get(identity: string): VerifyBook | undefined
  /** Kept for good before it returns; a disk that does not take it is logged, and the book is kept in memory. */
  save(book: VerifyBook): void
}

/** Opens the books of a home. A damaged one is left where it is, and what it said is checked again. */
export function openVerifyBooks(state: string, log: Logger): VerifyBooks {
  const folder = path.join(state, 'verify')
  const fileOf = (identity: string): string => path.join(folder, `${identity}.json`)
  const books = new Map<string, VerifyBook>()
  for (const name of namesIn(folder)) {
    try {
      const book = bookSchema.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
      if (name === `${book.identity}.json`) books.set(book.identity, book)
    } catch (cause) {
      log.warn('verify.book-damaged', { name, error: textOf(cause) })
    }
  }
  return {
    all: () => [...books.values()],
    get: (identity) => books.get(identity),
    save(book) {
      books.set(book.identity, book)
      try {
        writeFileAtomic(fileOf(book.identity), JSON.stringify(book))
      } catch (cause) {
        log.error('verify.book-not-written', { identity: book.identity, error: textOf(cause) })
      }
    },
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return [] // nothing was checked yet
  }
}
