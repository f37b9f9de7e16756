import path from 'node:path'
import { z } from 'zod'
import { OPERATION_KINDS, type OperationPlan } from '../../shared/domain/operation.ts'
import type { Fault } from '../../shared/domain/fault.ts'
import type { Files } from '../lib/files.ts'
import type { Draft, StepData, TouchedFolder } from './types.ts'

export const JOURNAL_VERSION = 1
export const JOURNAL = 'journal.jsonl'
/** Steps of a merge of 2,000 identities have about 1 MB. */
const MOST_BYTES = 256 * 1024 ** 2

const faultSchema = z.looseObject({ code: z.string(), detail: z.string(), retry: z.enum(['never', 'now', 'user']) })
const headerSchema = z.object({
  n: z.literal(0),
  is: z.literal('begun'),
  version: z.literal(JOURNAL_VERSION),
  at: z.number(),
  plan: z.looseObject({ id: z.string(), kind: z.enum(OPERATION_KINDS), title: z.string(), steps: z.array(z.unknown()) }),
  steps: z.array(z.looseObject({ is: z.string() })),
  touches: z.array(z.object({ dataFolder: z.string(), lockFile: z.string().exactOptional(), wasThere: z.boolean().exactOptional() })),
  startsNode: z.boolean().exactOptional(),
  expects: z.array(z.string()).exactOptional(),
})
const entrySchema = z.discriminatedUnion('is', [
  z.object({
    n: z.number().int().positive(),
    is: z.literal('step'),
    at: z.number(),
    step: z.number().int().nonnegative(),
    state: z.enum(['begun', 'done', 'undoing', 'undone', 'failed']),
    tookMs: z.number().exactOptional(),
    note: z.string().exactOptional(),
    fault: faultSchema.exactOptional(),
  }),
  z.object({ n: z.number().int().positive(), is: z.literal('ended'), at: z.number(), as: z.enum(['done', 'rolled-back']) }),
  /** One that was at its end is taken back. */
  z.object({ n: z.number().int().positive(), is: z.literal('reopened'), at: z.number() }),
])

export type JournalEntry = z.output<typeof entrySchema>
export interface JournalHeader {
  readonly at: number
  readonly plan: OperationPlan
  readonly steps: readonly StepData[]
  readonly touches: readonly TouchedFolder[]
  readonly startsNode?: boolean
  readonly expects?: readonly string[]
}

/** What one journal says. Append-only: JSON lines, each synced before anything that it tells of is done. */
export interface Journal {
  readonly header: JournalHeader
  readonly entries: readonly JournalEntry[]
  /** Writes and syncs one line; `entries` has it then. @throws the system's error */
  append(entry: NewEntry): void
}

type NewEntry = JournalEntry extends infer E ? (E extends JournalEntry ? Omit<E, 'n'> : never) : never

/** A journal that is of no use, with what to do. `never-begun`: its first line is torn, so no step was begun either. */
export type JournalProblem = { readonly is: 'never-begun' } | { readonly is: 'problem'; readonly text: string }

const line = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`)

/** Begins a journal in `folder`, which is there and durable. @throws the system's error */
export function beginJournal(files: Files, folder: string, draft: Draft & { readonly at: number }): Journal {
  const file = path.join(folder, JOURNAL)
  const { at, plan, steps, touches, startsNode, expects } = draft
  const header = {
    n: 0,
    is: 'begun',
    version: JOURNAL_VERSION,
    at,
    plan,
    steps,
    touches,
    ...(startsNode === undefined ? {} : { startsNode }),
    ...(expects === undefined ? {} : { expects }),
  }
  const fd = files.create(file, 0o600)
  try {
    files.write(fd, line(header))
    files.sync(fd)
  } finally {
    files.close(fd)
  }
  files.syncFolder(folder)
  return over(files, file, header, { entries: [], isWholeLine: true })
}

/** Reads a journal. A torn last line is what a power cut leaves; it tells of nothing that was done. */
export function openJournal(files: Files, folder: string): Journal | JournalProblem {
  const file = path.join(folder, JOURNAL)
  if (files.facts(file) === undefined) return { is: 'never-begun' }
  const text = Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8')
  const values = text.split('\n').map(parsed)
  const [first, ...rest] = values
  if (first === undefined) return rest.some((value) => value !== undefined) ? damaged(file) : { is: 'never-begun' }
  const version: unknown = Reflect.get(Object(first), 'version')
  if (typeof version === 'number' && version > JOURNAL_VERSION)
    return {
      is: 'problem',
      text: `${file} was written by a newer Smeshkeeper (journal ${version}, this one knows ${JOURNAL_VERSION}). Update, then finish it or roll it back`,
    }
  const header = headerSchema.safeParse(first)
  if (!header.success) return damaged(file)
  const entries: JournalEntry[] = []
  for (const value of rest) {
    if (value === undefined) continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) return damaged(file)
    // The same number again: the first was written, but its sync failed, and so it was written anew.
    if (entry.data.n === entries.length && entries.length > 0) entries.pop()
    // Each line has a number of its own: what is missing between two of them was there.
    if (entry.data.n !== entries.length + 1) return damaged(file)
    entries.push(entry.data)
  }
  return over(files, file, header.data as unknown as JournalHeader, { entries, isWholeLine: text.endsWith('\n') })
}

const damaged = (file: string): JournalProblem => ({
  is: 'problem',
  text: `${file} is damaged in the middle, so it is not known how far the operation came. Nothing was changed by looking. Keep the folder, and bring keys and databases back from its snapshots or a backup`,
})

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Read {
  readonly entries: JournalEntry[]
  /** false: the file ends in a torn line, which must not run into the next. */
  readonly isWholeLine: boolean
}

function over(files: Files, file: string, header: JournalHeader, { entries, isWholeLine }: Read): Journal {
  let needsBreak = !isWholeLine
  return {
    header,
    entries,
    append(entry) {
      const numbered = { ...entry, n: entries.length + 1 } as JournalEntry
      const bytes = line(numbered)
      const fd = files.openAppend(file)
      try {
        const whole = needsBreak ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes
        // Whatever fails from here on, the line may be torn, or there without having been told.
        needsBreak = true
        files.write(fd, whole)
        files.sync(fd)
        needsBreak = false
      } finally {
        files.close(fd)
      }
      entries.push(numbered)
    },
  }
}

/** The last fault that the journal tells of, when nothing came after it. */
export function lastFault(entries: readonly JournalEntry[]): Fault | undefined {
  const last = entries.at(-1)
  return last?.is === 'step' && last.state === 'failed' ? (last.fault as Fault | undefined) : undefined
}
