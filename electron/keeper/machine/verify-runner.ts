import type { VerifyRun } from '../../../shared/domain/initialization.ts'
import {
  fileAt,
  sizeProblem,
  sizeSentence,
  verifyRun,
  type FileResult,
  type VerifyBook,
  type VerifyTask,
} from '../../../shared/domain/verify.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import { verifyArguments, verifyVerdict, type ToolRun } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { VerifyBooks } from './verify-book.ts'
import { dataOf, type VerifyHold } from './verify-data.ts'
import type { VerifyTools } from './verify-tools.ts'

/** Work on PoS data that steps aside at once when a proof is due. */
export interface VerifyWorker {
  readonly isBusy: boolean
  /** Ends what it does now when it must not go on; what is left is done later. */
  hold(hold: VerifyHold): void
  /** Begins the next piece of work that may be done. @returns whether it did */
  next(hold: VerifyHold): boolean
  /** Ends what it does now. */
  stop(): void
}

export interface VerifyRunner extends VerifyWorker {
  runs(hold: VerifyHold): VerifyRun[]
  /** The file of this identity that is checked right now. */
  liveFile(identity: string): number | undefined
  /** Ends the check of this identity, if one runs: its task is not open any more. */
  leave(identity: string): void
}

interface Parts {
  readonly context: MachineContext
  readonly books: VerifyBooks
  readonly tools: VerifyTools
  /** Something changed, or there is room for the next piece of work. */
  readonly changed: () => void
}

interface Live {
  readonly identity: string
  readonly file: number
  readonly run: ToolRun
}

/** What was found of one file. */
interface Found extends Pick<FileResult, 'is' | 'text'> {
  readonly file: number
  readonly tookMs: number
}

const heldBy = ({ isAsked }: VerifyTask, hold: VerifyHold): string | undefined => (isAsked ? hold.asked : hold.byItself)

const openTask = (book: VerifyBook | undefined): VerifyTask | undefined => (book?.task?.is === 'open' ? book.task : undefined)

/** Checks file after file by postcli, each in a process of its own: at most one file is lost when it must stop. */
class TheRunner implements VerifyRunner {
  readonly #parts: Parts
  #live: Live | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get isBusy(): boolean {
    return this.#live !== undefined
  }

  hold(hold: VerifyHold): void {
    const task = this.#live === undefined ? undefined : openTask(this.#parts.books.get(this.#live.identity))
    if (task === undefined || heldBy(task, hold) !== undefined) this.#live?.run.stop()
  }

  next(hold: VerifyHold): boolean {
    const { books, changed } = this.#parts
    const open = books.all().flatMap((book) => {
      const task = openTask(book)
      return task === undefined ? [] : [{ book, task }]
    })
    const first = open
      .toSorted((a, b) => a.task.startedAt - b.task.startedAt)
      .find(({ book, task }) => this.#waitingFor(book, task, hold) === undefined)
    if (first === undefined || !this.#begin(first.book, first.task)) return false
    changed()
    return true
  }

  stop(): void {
    this.#live?.run.stop()
  }

  leave(identity: string): void {
    if (this.#live?.identity === identity) this.#live.run.stop()
  }

  liveFile(identity: string): number | undefined {
    return this.#live?.identity === identity ? this.#live.file : undefined
  }

  runs(hold: VerifyHold): VerifyRun[] {
    const { books, context } = this.#parts
    return books.all().flatMap((book) => {
      if (book.task === undefined) return []
      const name = dataOf(context, book.identity)?.name ?? book.identity.slice(0, 8)
      const isRunning = this.#live?.identity === book.identity
      return [verifyRun(book, book.task, { name, now: context.clock.now(), isRunning, why: this.#waitingFor(book, book.task, hold) })]
    })
  }

  #waitingFor(book: VerifyBook, task: VerifyTask, hold: VerifyHold): string | undefined {
    const state = dataOf(this.#parts.context, book.identity)?.state
    return heldBy(task, hold) ?? (state === undefined || state.is === 'present' ? undefined : 'its folder cannot be read now')
  }

  #begin(book: VerifyBook, task: VerifyTask): boolean {
    const { context, tools } = this.#parts
    const [setup, data] = [context.setup(), dataOf(context, book.identity)]
    const binary = setup === undefined ? undefined : companion(setup, 'postcli')
    if (setup === undefined || data === undefined || binary === undefined) {
      this.#failTask(book.identity, data === undefined ? 'Its data is not in the set-up any more.' : 'postcli is not here any more.')
      return true
    }
    if (data.state !== undefined && data.state.is !== 'present') return false // its drive comes back, or its owner is told elsewhere
    const file = fileAt(task, task.done)
    const problem = sizeProblem(data.state, file)
    if (problem !== undefined && problem.is !== 'long') {
      this.#record(book.identity, { file, is: 'bad', text: sizeSentence(problem), tookMs: 0 })
      return true
    }
    const request = { folder: data.folder, fromFile: file, toFile: file, fractionPercent: task.fractionPercent }
    const args = verifyArguments({ ...request, scryptN: resolveNetwork(setup.network).post.scrypt.n })
    this.#live = { identity: book.identity, file, run: tools.run({ launcher: context.launcher(binary), args }) }
    void this.#check(this.#live)
    return true
  }

  async #check({ identity, file, run }: Live): Promise<void> {
    const { context, changed } = this.#parts
    const startedAt = context.clock.monotonic()
    const { code, output, isStopped } = await run.done
    this.#live = undefined
    if (!isStopped) {
      const tookMs = context.clock.monotonic() - startedAt
      const verdict = verifyVerdict(output, code)
      if (verdict.is === 'unusable') this.#failTask(identity, verdict.text)
      else if (verdict.is === 'good') this.#record(identity, { file, is: 'good', tookMs })
      else if (verdict.is === 'bad')
        this.#record(identity, { file, is: 'bad', tookMs, text: `A wrong label is in it, ${verdict.offsetBytes} bytes from its begin.` })
      else this.#record(identity, { file, is: 'bad', tookMs, text: verdict.text })
    }
    changed()
  }

  #record(identity: string, found: Found): void {
    const { books, context } = this.#parts
    const book = books.get(identity)
    const task = openTask(book)
    if (book === undefined || task === undefined) return
    const next = withResult(book, task, { ...found, at: context.clock.now() })
    books.save(next)
    if (next.task?.is === 'done') context.log.info('verify.done', { identity, files: next.task.done, bad: next.task.bad.length })
  }

  #failTask(identity: string, text: string): void {
    const { books, context } = this.#parts
    const book = books.get(identity)
    const task = openTask(book)
    if (book === undefined || task === undefined) return
    context.log.warn('verify.failed', { identity, text })
    books.save({ ...book, task: { ...task, is: 'failed', endedAt: context.clock.now(), text } })
  }
}

export const verifyRunner = (parts: Parts): VerifyRunner => new TheRunner(parts)

/** The book after one more file of its task was looked at. */
function withResult(book: VerifyBook, task: VerifyTask, { file, at, ...found }: Found & { readonly at: number }): VerifyBook {
  const { fractionPercent } = task
  const result: FileResult = { is: found.is, at, fractionPercent, ...(found.text === undefined ? {} : { text: found.text }) }
  const done = task.done + 1
  const bad = found.is === 'bad' ? [...task.bad, file] : task.bad
  const isEnd = done >= task.fileCount
  const isWhole = isEnd && task.files === null && bad.length === 0
  return {
    ...book,
    results: { ...book.results, [String(file)]: result },
    ...(isWhole ? { lastWholeAt: at } : {}),
    task: { ...task, done, bad, spentMs: task.spentMs + found.tookMs, ...(isEnd ? { is: 'done', endedAt: at } : {}) },
  }
}
