import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { KeyConflict } from '../../shared/domain/guard.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import { systemFiles, type Files } from '../lib/files.ts'
import { codeOf } from './key-file.ts'

const bookSchema = z.object({
  version: z.literal(1),
  overrides: z.record(z.string(), z.object({ at: z.number(), there: z.string() })),
})
const MOST_BYTES = 16 * 1024 ** 2
type Book = z.infer<typeof bookSchema>['overrides']

/** Where the user typed that he knows better. */
export interface Overrides {
  /**
   * The conflicts with what the user said to them. A *running* copy cannot be overridden, and ends what was said: when it is
   * only configured again, the user is asked again. So does a copy that is not at its place any more.
   */
  apply(conflicts: readonly KeyConflict[]): readonly KeyConflict[]
  add(conflict: KeyConflict, at: number): Result<void, 'keys/not-written' | 'keys/running'>
}

/** A file that cannot be read counts as empty: then the user is asked again, which is the safe side. */
export function openOverrides(file: string, files: Files = systemFiles): Overrides {
  let book = readBook(file, files)

  /** What cannot be written now is written with the next change; until then a restart asks again or not, never the wrong way. */
  function write(changed: Book): Result<void, 'keys/not-written'> {
    try {
      writeFileAtomic(file, `${JSON.stringify({ version: 1, overrides: changed }, undefined, 2)}\n`, files)
      book = changed
      return ok(undefined)
    } catch (cause) {
      return fail(
        'keys/not-written',
        `${file} was not written, so nothing was allowed: ${textOf(cause)}. See whether the disk is full or read-only`,
      )
    }
  }

  return {
    apply(conflicts) {
      const running = new Set(conflicts.filter(({ grade }) => grade === 'running').map(({ key }) => key))
      const still = Object.fromEntries(Object.entries(book).filter(([key, { there }]) => !running.has(key) && isThere(there, files)))
      if (Object.keys(still).length < Object.keys(book).length) {
        // Ended, also when the disk does not take it.
        if (!write(still).ok) book = still
      }
      return conflicts.map((conflict) => {
        const said = book[conflict.key]
        return said === undefined || conflict.grade !== 'configured' ? conflict : { ...conflict, overriddenAt: said.at }
      })
    },
    add(conflict, at) {
      if (conflict.grade !== 'configured')
        return fail('keys/running', `${conflict.by} runs with this key now, and that cannot be allowed. Stop that node`)
      return write({ ...book, [conflict.key]: { at, there: conflict.there } })
    },
  }
}

function isThere(file: string, files: Files): boolean {
  try {
    return files.facts(file) !== undefined
  } catch {
    return false
  }
}

function readBook(file: string, files: Files): Book {
  try {
    return bookSchema.safeParse(JSON.parse(Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8'))).data?.overrides ?? {}
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && codeOf(cause) === '') throw cause
    return {}
  }
}
