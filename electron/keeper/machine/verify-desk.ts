import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { VerifyState } from '../../../shared/domain/initialization.ts'
import { CHECK_AGAIN_PERCENT, dueByItself, fileCells, type VerifyBook, type VerifyTask } from '../../../shared/domain/verify.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { companion } from './companions.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import { openVerifyBooks, type VerifyBooks } from './verify-book.ts'
import { dataOf, readLayout, type VerifyData, type VerifyHold } from './verify-data.ts'
import { rehearsals, type Rehearsals } from './verify-rehearsal.ts'
import { verifyRewriter, type VerifyRewriter } from './verify-rewrite.ts'
import { verifyRunner, type VerifyRunner } from './verify-runner.ts'
import { verifyTools } from './verify-tools.ts'
import { VerifyTurns } from './verify-turns.ts'

type Handlers = AppHandlers['verify']

/** At most four a second reach a page. */
const TELL_MS = 250

interface Asked {
  readonly fractionPercent: number
  readonly files?: readonly number[]
  readonly isAsked: boolean
}

export interface VerifyDesk extends Desk<Handlers> {
  /** A file is checked or made anew, or a proof is rehearsed, right now. */
  readonly isBusy: boolean
}

const noBinary = fail(
  'verify/no-binary',
  'postcli is not here, and only it can make and check labels. Import a release that brings it, or name it in the settings.',
)
const unknown = fail('verify/unknown', 'There is no such identity with PoS data here.')

/** Checks PoS data between gaps, keeps what was found, makes bad files anew, and rehearses proofs. */
class TheVerification implements VerifyDesk {
  readonly handlers: Handlers
  readonly #context: MachineContext
  readonly #books: VerifyBooks
  readonly #runner: VerifyRunner
  readonly #rewriter: VerifyRewriter
  readonly #rehearsal: Rehearsals
  readonly #turns: VerifyTurns
  #isTelling = false
  #isClosed = false
  #isBeginning = false

  constructor(context: MachineContext, machine: MachineDesk, isBenchmarking: () => boolean) {
    this.#context = context
    this.#books = openVerifyBooks(context.home.state, context.log)
    const tools = verifyTools(context)
    const parts = { context, machine, books: this.#books, tools, changed: () => this.#changed() }
    this.#runner = verifyRunner(parts)
    this.#rewriter = verifyRewriter(parts)
    this.#rehearsal = rehearsals(parts)
    this.#turns = new VerifyTurns({
      context,
      workers: [this.#rehearsal, this.#rewriter, this.#runner],
      isBenchmarking,
      endLeft: () => tools.endLeft(),
      onIdle: (hold) => this.#beginByItself(hold),
      changed: () => this.#tell(),
    })
    this.handlers = {
      state: () => ok(this.#state()),
      begin: (asked) => this.#beginAsked(asked),
      pause: ({ identity }) => this.#changeTask(identity, ['open'], 'paused'),
      /** One that failed goes on where it was as well: postcli may be there again. */
      resume: ({ identity }) => this.#changeTask(identity, ['paused', 'failed'], 'open'),
      cancel: ({ identity }) => this.#changeTask(identity, ['open', 'paused'], 'cancelled'),
      map: ({ identity }) => this.#map(identity),
      rewriteFile: ({ identity, file }) => this.#rewriteFile(identity, file),
      rehearse: ({ identity }) => this.#rehearse(identity),
      cancelRehearsal: ({ identity }) => this.#rehearsal.cancel(identity),
    }
  }

  get isBusy(): boolean {
    return this.#turns.isBusy
  }

  begin(): void {
    this.#isClosed = false
    this.#turns.begin()
  }

  close(): void {
    this.#isClosed = true
    this.#turns.close()
  }

  #state(): VerifyState {
    return { runs: this.#runner.runs(this.#turns.hold), rehearsals: this.#rehearsal.list() }
  }

  #tell(): void {
    if (this.#isTelling || this.#isClosed) return
    this.#isTelling = true
    this.#context.clock.after(TELL_MS, () => {
      this.#isTelling = false
      if (!this.#isClosed) this.#context.publish('verify.changed', this.#state())
    })
  }

  #changed(): void {
    this.#tell()
    this.#turns.hurry()
  }

  /** What is known of data in another folder says nothing of this one. */
  #bookOf({ identity, folder }: VerifyData): VerifyBook {
    const book = this.#books.get(identity)
    return book?.folder === folder ? book : { identity, folder, results: {} }
  }

  /** Data of an identity, when postcli is here to work on it. */
  #workable(identity: string): Result<VerifyData, 'verify/unknown' | 'verify/no-binary'> {
    const [setup, data] = [this.#context.setup(), dataOf(this.#context, identity)]
    if (setup === undefined || data === undefined) return unknown
    return companion(setup, 'postcli') === undefined ? noBinary : ok(data)
  }

  async #beginAsked({
    identity,
    fractionPercent,
    files,
  }: Parameters<Handlers['begin']>[0]): Promise<Awaited<ReturnType<Handlers['begin']>>> {
    const data = this.#workable(identity)
    if (!data.ok) return data
    return this.#begin(data.value, { fractionPercent, isAsked: true, ...(files === undefined ? {} : { files }) })
  }

  /** Only in quiet hours that the user chose: a check needs a processor for hours. */
  #beginByItself(hold: VerifyHold): void {
    const setup = this.#context.setup()
    const isWanted =
      setup !== undefined && setup.machine.testHours !== null && setup.machine.measuresItself && this.#context.mode === 'real'
    if (!isWanted || this.#isBeginning || hold.byItself !== undefined || companion(setup, 'postcli') === undefined) return
    const all = setup.services.flatMap(({ identity }) => dataOf(this.#context, identity) ?? [])
    const present = all.filter(({ state }) => state?.is === 'present')
    const data = dueByItself(present, this.#books.all(), this.#context.clock.now())
    if (data === undefined) return
    this.#isBeginning = true
    void this.#begin(data, { fractionPercent: CHECK_AGAIN_PERCENT, isAsked: false }).finally(() => (this.#isBeginning = false))
  }

  async #begin(data: VerifyData, { fractionPercent, files, isAsked }: Asked): Promise<Result<void, 'verify/busy' | 'verify/unknown'>> {
    const { clock, log } = this.#context
    const layout = await readLayout(data.folder)
    if (!layout.ok) return fail('verify/unknown', layout.fault.detail)
    const before = this.#bookOf(data)
    if (before.task?.is === 'open' || before.task?.is === 'paused')
      return fail('verify/busy', `A check of ${data.name} is open already. Let it end, or cancel it.`)
    const { count } = layout.value
    const chosen = files === undefined ? null : [...new Set(files)].filter((file) => file < count).toSorted((a, b) => a - b)
    if (chosen?.length === 0) return fail('verify/unknown', `${data.name} has no such file: its last one is ${count - 1}.`)
    const task = { is: 'open', fractionPercent, files: chosen, fileCount: chosen?.length ?? count, done: 0, bad: [] } as const
    this.#books.save({ ...before, task: { ...task, startedAt: clock.now(), spentMs: 0, isAsked } })
    log.info('verify.begun', { identity: data.identity, files: task.fileCount, fractionPercent, isAsked })
    this.#changed()
    return ok(undefined)
  }

  /** The task of this identity that is open or paused. */
  #changeTask(identity: string, from: readonly VerifyTask['is'][], to: VerifyTask['is']): Result<void, 'verify/unknown'> {
    const book = this.#books.get(identity)
    if (book?.task === undefined || !from.includes(book.task.is)) return fail('verify/unknown', 'No check of this identity is open.')
    const endedAt = to === 'cancelled' ? this.#context.clock.now() : undefined
    this.#books.save({ ...book, task: { ...book.task, is: to, endedAt, text: undefined } })
    if (to !== 'open') this.#runner.leave(identity)
    this.#changed()
    return ok(undefined)
  }

  async #map(identity: string): Promise<Awaited<ReturnType<Handlers['map']>>> {
    const data = dataOf(this.#context, identity)
    if (data === undefined) return unknown
    const layout = await readLayout(data.folder)
    if (!layout.ok) return fail('verify/unknown', layout.fault.detail)
    const book = this.#bookOf(data)
    return ok({
      files: fileCells(layout.value, data.state, book, this.#runner.liveFile(identity)),
      fileBytes: layout.value.fileBytes,
      ...(book.lastWholeAt === undefined ? {} : { lastWholeAt: book.lastWholeAt }),
    })
  }

  #rewriteFile(identity: string, file: number): ReturnType<Handlers['rewriteFile']> {
    const data = this.#workable(identity)
    return data.ok ? this.#rewriter.begin(data.value, this.#bookOf(data.value), file) : data
  }

  #rehearse(identity: string): ReturnType<Handlers['rehearse']> {
    const data = dataOf(this.#context, identity)
    if (!this.#turns.isReady) return fail('verify/busy', 'It has only just begun. Try again in a moment.')
    return data === undefined ? unknown : this.#rehearsal.begin(data, this.#turns.holdNow())
  }
}

export const verifyDesk = (context: MachineContext, machine: MachineDesk, isBenchmarking: () => boolean): VerifyDesk =>
  new TheVerification(context, machine, isBenchmarking)
