import { readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { InitRecord } from '../../../shared/domain/init-job.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import type { Logger } from '../../lib/logger.ts'

const count = z.number().int().nonnegative()
const hex = z.string().regex(/^[0-9a-f]{64}$/)
const partSchema = z.object({
  provider: count,
  providerName: z.string(),
  fromFile: count,
  toFile: count,
  totalBytes: count,
  isDone: z.boolean(),
})
const jobSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,80}$/),
  identity: hex,
  name: z.string(),
  key: z.enum(['new', 'public', 'existing']),
  folder: z.string().min(1),
  volume: z.string().optional(),
  commitmentAtx: hex,
  numUnits: z.number().int().positive(),
  labelsPerUnit: z.number().int().positive(),
  maxFileBytes: z.number().int().positive(),
  scryptN: z.number().int().positive(),
  totalBytes: z.number().int().positive(),
  fileCount: z.number().int().positive(),
  nonces: z.number().int().positive(),
  threads: z.number().int().positive().optional(),
  randomx: z.enum(['fast', 'light']),
  createdAt: z.number(),
  parts: z.array(partSchema).min(1),
  is: z.enum(['wanted', 'merging', 'searching-nonce', 'verifying', 'waiting-for-window', 'arming', 'done', 'failed']),
  pausedAt: z.number().optional(),
  endedAt: z.number().optional(),
  fault: z.object({ code: z.string(), text: z.string(), fix: z.string() }).optional(),
  isBegun: z.boolean(),
  isChecked: z.boolean(),
  isArmed: z.boolean(),
  samples: z.array(z.object({ at: z.number(), bytesPerSecond: z.number() })),
})
const measuredSchema = z.object({
  id: count,
  name: z.string(),
  bytesPerSecond: z.number().exactOptional(),
  measuredAt: z.number(),
  labels: z.enum(['correct', 'wrong', 'not-tested']),
})
const bookSchema = z.object({
  version: z.literal(1),
  jobs: z.array(jobSchema),
  arrivals: z.array(z.object({ folder: z.string().min(1) })),
  providers: z.array(measuredSchema),
})

type Content = z.infer<typeof bookSchema>
/** What a benchmark found of one provider. */
export type MeasuredProvider = z.infer<typeof measuredSchema>
export type WatchedArrival = Content['arrivals'][number]

/** Jobs in the order of the queue, folders into which data arrives, speeds of providers. One file, replaced whole. */
export interface InitBook {
  jobs(): readonly InitRecord[]
  job(id: string): InitRecord | undefined
  arrivals(): readonly WatchedArrival[]
  providers(): readonly MeasuredProvider[]
  /** Why a damaged file could not be used; it is kept aside. */
  readonly trouble: string | undefined
  /** Durable when it returns; on a fault nothing has changed. */
  change(
    edit: (content: Pick<InitBookContent, 'jobs' | 'arrivals' | 'providers'>) => Partial<InitBookContent>,
  ): Result<void, 'init/not-written'>
  /** Changes one job that is still there. */
  update(id: string, edit: (job: InitRecord) => InitRecord): Result<void, 'init/not-written'>
}

export interface InitBookContent {
  readonly jobs: readonly InitRecord[]
  readonly arrivals: readonly WatchedArrival[]
  readonly providers: readonly MeasuredProvider[]
}

const EMPTY: InitBookContent = { jobs: [], arrivals: [], providers: [] }

export function openInitBook(state: string, now: () => number, log: Logger): InitBook {
  const file = path.join(state, 'new-pos-data.json')
  const loaded = load(file, now, log)
  let content = loaded.content
  const change: InitBook['change'] = (edit) => {
    const next = { ...content, ...edit(content) }
    try {
      writeFileAtomic(file, JSON.stringify({ version: 1, ...next }))
    } catch (cause) {
      log.error('init.book-not-written', { error: textOf(cause) })
      return fail('init/not-written', `${file} cannot be written (${textOf(cause)}), so nothing was changed. Look at its disk.`)
    }
    content = next
    return ok(undefined)
  }
  return {
    jobs: () => content.jobs,
    job: (id) => content.jobs.find((one) => one.id === id),
    arrivals: () => content.arrivals,
    providers: () => content.providers,
    trouble: loaded.trouble,
    change,
    update: (id, edit) => change(({ jobs }) => ({ jobs: jobs.map((job) => (job.id === id ? edit(job) : job)) })),
  }
}

function load(file: string, now: () => number, log: Logger): { readonly content: InitBookContent; readonly trouble: string | undefined } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return { content: EMPTY, trouble: undefined } // nothing was made here yet
  }
  try {
    const { jobs, arrivals, providers } = bookSchema.parse(JSON.parse(text))
    return { content: { jobs, arrivals, providers }, trouble: undefined }
  } catch (cause) {
    const aside = `${file}.damaged-${now()}`
    log.error('init.book-damaged', { error: textOf(cause), keptAs: aside })
    try {
      renameSync(file, aside)
    } catch (moved) {
      log.error('init.book-not-aside', { error: textOf(moved) })
    }
    return { content: EMPTY, trouble: `The list of new PoS data was damaged and is kept as ${path.basename(aside)}.` }
  }
}
