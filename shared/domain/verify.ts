import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { FileCell, VerifyRun } from './initialization.ts'
import type { PosFolderState } from './observation.ts'
import { bytes, duration, moment, percent, plural, THIN } from './words.ts'

/** What the last check of one file said. */
export interface FileResult {
  readonly is: 'good' | 'bad'
  readonly at: UnixMs
  /** Share of its labels that was compared, percent. */
  readonly fractionPercent: number
  readonly text?: string | undefined
}

/** A run of checks over files of one identity, as it is kept over restarts. */
export interface VerifyTask {
  readonly is: 'open' | 'paused' | 'done' | 'failed' | 'cancelled'
  readonly fractionPercent: number
  /** Numbers of the files in the order of their checks; null = all, from 0 on. */
  readonly files: readonly number[] | null
  readonly fileCount: number
  /** How many of them are checked. */
  readonly done: number
  readonly bad: readonly number[]
  readonly startedAt: UnixMs
  readonly endedAt?: UnixMs | undefined
  /** Time that the checks took, without waiting, ms. */
  readonly spentMs: number
  /** By the user: then quiet hours do not hold it. */
  readonly isAsked: boolean
  /** Why it failed. */
  readonly text?: string | undefined
}

/** One bad file that is made anew, as it is kept over restarts. */
export interface RewriteTask {
  readonly file: number
  /** `making`: in a folder aside. `swapping`: it is checked and goes into its place. */
  readonly is: 'making' | 'swapping' | 'failed'
  readonly provider: number
  readonly startedAt: UnixMs
  /** Where the bad one is kept; decided before the swap begins. */
  readonly keptAs: string
  readonly text?: string | undefined
}

/** All that is known of the data of one identity beyond names and sizes. */
export interface VerifyBook {
  readonly identity: string
  readonly folder: string
  /** By file number. */
  readonly results: Readonly<Record<string, FileResult>>
  /** When all files were found good in one run. */
  readonly lastWholeAt?: UnixMs | undefined
  readonly task?: VerifyTask | undefined
  readonly rewrite?: RewriteTask | undefined
}

type Present = Extract<PosFolderState, { readonly is: 'present' }>

/** How many files the data has, and how large all but the last are, bytes. @source facts/postcli-and-profiler.md §4 */
export interface FileLayout {
  readonly count: number
  readonly fileBytes: number
  readonly lastFileBytes: number
}

/** Number of the file that a task checks at this place of its order. */
export const fileAt = ({ files }: Pick<VerifyTask, 'files'>, place: number): number => (files === null ? place : (files[place] ?? -1))

/** What names and sizes say against one file already; undefined = nothing, its labels can be looked at. */
export function sizeProblem(folder: PosFolderState | undefined, file: number): Present['problems'][number] | undefined {
  if (folder?.is !== 'present') return undefined
  const name = `postdata_${file}.bin`
  return folder.problems.find((problem) => problem.file === name)
}

const PROBLEMS = {
  missing: () => 'The file is not there.',
  short: (actual: number, expected: number) => `It has ${bytes(actual)} instead of ${bytes(expected)}.`,
  long: (actual: number, expected: number) => `It has ${bytes(actual)}, more than ${bytes(expected)}.`,
} as const

/** Why a file is bad by its size, as a sentence; bytes. */
export const sizeSentence = ({ is, actualBytes, expectedBytes }: Present['problems'][number]): string =>
  PROBLEMS[is](actualBytes, expectedBytes)

/**
 * One cell per file, in true order: what names and sizes say wins over what a check said, because it is newer.
 * @param live  the file that is checked right now, if one is
 */
export function fileCells(
  layout: FileLayout,
  folder: PosFolderState | undefined,
  book: VerifyBook | undefined,
  live: number | undefined,
): FileCell[] {
  const problems = new Map((folder?.is === 'present' ? folder.problems : []).map((problem) => [problem.file, problem]))
  return Array.from({ length: layout.count }, (_, index) => {
    const problem = problems.get(`postdata_${index}.bin`)
    const size = index === layout.count - 1 ? layout.lastFileBytes : layout.fileBytes
    return cellOf({ index, size, problem, result: book?.results[String(index)], isLive: index === live, rewrite: book?.rewrite })
  })
}

interface CellFacts {
  readonly index: number
  readonly size: number
  readonly problem: Present['problems'][number] | undefined
  readonly result: FileResult | undefined
  readonly isLive: boolean
  readonly rewrite: RewriteTask | undefined
}

function cellOf({ index, size, problem, result, isLive, rewrite }: CellFacts): FileCell {
  const sizeBytes = problem?.actualBytes ?? size
  const checkedAt = result === undefined ? {} : { checkedAt: result.at }
  if (rewrite?.file === index && rewrite.is !== 'failed')
    return { index, is: 'rewriting', sizeBytes, ...checkedAt, text: 'It is made anew beside the bad one.' }
  if (problem !== undefined) return { index, is: problem.is, sizeBytes, ...checkedAt, text: sizeSentence(problem) }
  if (isLive) return { index, is: 'checking', sizeBytes, ...checkedAt }
  if (result === undefined) return { index, is: 'unchecked', sizeBytes }
  const failed = rewrite?.file === index && rewrite.text !== undefined ? ` Making it anew failed: ${rewrite.text}.` : ''
  const text = result.is === 'good' ? `${percentText(result.fractionPercent)} of it were compared.` : `${result.text ?? ''}${failed}`.trim()
  return { index, is: result.is, sizeBytes, ...checkedAt, ...(text === '' ? {} : { text }) }
}

const percentText = (value: number): string => (value >= 1 ? percent(value) : `${value}${THIN}%`)

/** Data is sampled again by itself after this time, ms. */
export const CHECK_AGAIN_MS = 30 * 86_400_000
/** Share of the labels that is compared then, percent: some seconds of a processor a file. */
export const CHECK_AGAIN_PERCENT = 0.001

/** When data was looked at last, by the user or by itself, Unix ms; 0 = never. */
const lookedAt = (book: VerifyBook | undefined): UnixMs => Math.max(book?.lastWholeAt ?? 0, book?.task?.startedAt ?? 0)

/**
 * Whose data is sampled next by itself: that of longest ago, when that is long enough ago and nothing else is open.
 *
 * @param folders  identities with their PoS folders, whose data is there
 * @param books    what is known; one of another folder says nothing
 * @param now      Unix ms
 */
export function dueByItself<T extends { readonly identity: string; readonly folder: string }>(
  folders: readonly T[],
  books: readonly VerifyBook[],
  now: UnixMs,
): T | undefined {
  if (books.some(({ task, rewrite }) => task?.is === 'open' || (rewrite !== undefined && rewrite.is !== 'failed'))) return undefined
  const known = new Map(books.map((book) => [book.identity, book]))
  const of = ({ identity, folder }: T): VerifyBook | undefined => {
    const book = known.get(identity)
    return book?.folder === folder ? book : undefined
  }
  return folders
    .filter((one) => of(one)?.task?.is !== 'paused' && lookedAt(of(one)) + CHECK_AGAIN_MS <= now)
    .toSorted((a, b) => lookedAt(of(a)) - lookedAt(of(b)))[0]
}

/** What happens to a task right now. */
export interface VerifyLive {
  readonly name: string
  readonly now: UnixMs
  readonly isRunning: boolean
  /** Why it waits. */
  readonly why?: string | undefined
}

/** A task as the user sees it. ms, bytes and percent as their names say. */
export function verifyRun(book: VerifyBook, task: VerifyTask, { name, now, isRunning, why }: VerifyLive): VerifyRun {
  const is = task.is === 'open' ? (isRunning ? 'running' : why === undefined ? 'queued' : 'waiting') : task.is
  const left = task.fileCount - task.done
  const eta = is === 'running' && task.done > 0 ? now + (task.spentMs / task.done) * left : undefined
  return {
    identity: book.identity,
    name,
    is,
    ...(is === 'waiting' && why !== undefined ? { why } : {}),
    fractionPercent: task.fractionPercent,
    filesDone: task.done,
    fileCount: task.fileCount,
    badFiles: task.bad,
    startedAt: task.startedAt,
    ...(task.endedAt === undefined ? {} : { endedAt: task.endedAt }),
    ...(eta === undefined ? {} : { etaAt: eta }),
    sentence: sentenceOf(task, { is, name, now, why, eta }),
  }
}

function sentenceOf(
  task: VerifyTask,
  { is, name, now, why, eta }: { is: VerifyRun['is']; name: string; now: UnixMs; why: string | undefined; eta: number | undefined },
): string {
  const files = plural(task.fileCount, 'file')
  const far = `${task.done} of ${files} of ${name}`
  const bad = task.bad.length === 0 ? '' : ` ${badText(task.bad)}`
  switch (is) {
    case 'queued':
      return `${far} checked; it goes on in a moment.${bad}`
    case 'waiting':
      return `${far} checked; it waits: ${why ?? ''}.${bad}`
    case 'running': {
      const rest = eta === undefined ? '' : `, done in about ${duration(eta - now)}`
      return `${far} checked${rest}.${bad}`
    }
    case 'paused':
      return `${far} checked; paused by you.${bad}`
    case 'done':
      return task.bad.length === 0
        ? `${files} of ${name} checked ${moment(task.endedAt ?? now, now)}: ${percentText(task.fractionPercent)} of each compared, all right.`
        : `${files} of ${name} checked; ${lower(badText(task.bad))} A proof made from them is refused: make them anew.`
    case 'cancelled':
      return `${far} checked, then cancelled.${bad}`
    case 'failed':
      return `The check of ${name} stopped after ${task.done} of ${files}: ${task.text ?? 'it is not known why'}`
    default:
      return assertNever(is)
  }
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

const badText = (bad: readonly number[]): string => {
  const shown = bad.slice(0, 5).join(', ')
  return bad.length === 1 ? `File ${shown} is bad.` : `${bad.length} are bad: ${shown}${bad.length > 5 ? ' …' : ''}.`
}
