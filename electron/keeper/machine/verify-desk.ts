import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { VerifyState } from '../../../shared/domain/initialization.ts'
import { CHECK_AGAIN_PERCENT, dueByItself, fileCells, type VerifyBook, type VerifyTask } from '../../../shared/domain/verify.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import { companion } from './companions.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'
import { openVerifyBooks } from './verify-book.ts'
import { rehearsals } from './verify-rehearsal.ts'
import { verifyRewriter } from './verify-rewrite.ts'
import { dataOf, holdNow, readLayout, type VerifyData, type VerifyHold } from './verify-data.ts'
import { verifyRunner } from './verify-runner.ts'
import { verifyTools } from './verify-tools.ts'

type Handlers = AppHandlers['verify']

const EVERY_MS = 500
/** At most four a second reach a page. */
const TELL_MS = 250

interface Asked {
  readonly fractionPercent: number
  readonly files?: readonly number[]
  readonly isAsked: boolean
}

/** Checks PoS data between gaps, keeps what was found, makes bad files anew, and rehearses proofs. */
export function verifyDesk(context: MachineContext, machine: MachineDesk): Desk<Handlers> {
  const { clock, log } = context
  const books = openVerifyBooks(context.home.state, log)
  let operation: string | undefined
  let hold: VerifyHold = { asked: 'it is not known yet who proves', byItself: 'it is not known yet who proves' }
  let stop: (() => void) | undefined
  let isTelling = false
  let isClosed = false
  /** What a crash left running is ended. */
  let isReady = false
  let isBeginning = false
  const noBinary = fail(
    'verify/no-binary',
    'postcli is not here, and only it can make and check labels. Import a release that brings it, or name it in the settings.',
  )
  const unknown = fail('verify/unknown', 'There is no such identity with PoS data here.')

  const stateNow = (): VerifyState => ({ runs: runner.runs(hold), rehearsals: rehearsal.list() })
  const tell = (): void => {
    if (isTelling || isClosed) return
    isTelling = true
    clock.after(TELL_MS, () => {
      isTelling = false
      if (!isClosed) context.publish('verify.changed', stateNow())
    })
  }
  const changed = (): void => {
    tell()
    if (!isClosed) clock.after(0, turn)
  }
  const tools = verifyTools(context)
  const runner = verifyRunner({ context, books, tools, changed })
  const rewriter = verifyRewriter({ context, machine, books, tools, changed })
  const rehearsal = rehearsals({ context, machine, tools, changed })
  const workers = [rehearsal, rewriter, runner]

  const turn = (): void => {
    if (isClosed || !isReady) return
    const before = hold
    hold = holdNow(context, operation)
    if (before.asked !== hold.asked || before.byItself !== hold.byItself) tell()
    const busy = workers.find(({ isBusy }) => isBusy)
    if (busy !== undefined) busy.hold(hold)
    else if (!workers.some((worker) => worker.next(hold))) beginByItself()
  }
  /** Only in quiet hours that the user chose: a check needs a processor for hours. */
  const beginByItself = (): void => {
    const setup = context.setup()
    const isWanted = setup !== undefined && setup.machine.testHours !== null && setup.machine.measuresItself && context.mode === 'real'
    if (!isWanted || isBeginning || hold.byItself !== undefined || companion(setup, 'postcli') === undefined) return
    const present = setup.services.flatMap(({ identity }) => dataOf(context, identity) ?? []).filter(({ state }) => state?.is === 'present')
    const data = dueByItself(present, books.all(), clock.now())
    if (data === undefined) return
    isBeginning = true
    void begin(data, { fractionPercent: CHECK_AGAIN_PERCENT, isAsked: false }).finally(() => (isBeginning = false))
  }
  const lookAtOperations = async (): Promise<void> => {
    const state = await context.custody().handlers.operations.state()
    const open = state.ok ? state.value.operations.find((one) => ['running', 'rolling-back', 'unfinished'].includes(one.state)) : undefined
    operation = open?.title
  }
  const tick = (): void => {
    lookAtOperations().then(turn, (cause: unknown) => log.error('verify.bug', { error: textOf(cause) }))
  }

  /** The task of this identity that is open or paused. */
  const changeTask = (identity: string, from: readonly VerifyTask['is'][], to: VerifyTask['is']): Result<void, 'verify/unknown'> => {
    const book = books.get(identity)
    if (book?.task === undefined || !from.includes(book.task.is)) return fail('verify/unknown', 'No check of this identity is open.')
    books.save({ ...book, task: { ...book.task, is: to, endedAt: to === 'cancelled' ? clock.now() : undefined, text: undefined } })
    if (to !== 'open') runner.leave(identity)
    changed()
    return ok(undefined)
  }

  const handlers: Handlers = {
    state: () => ok(stateNow()),
    async begin({ identity, fractionPercent, files }) {
      const [setup, data] = [context.setup(), dataOf(context, identity)]
      if (setup === undefined || data === undefined) return unknown
      if (companion(setup, 'postcli') === undefined) return noBinary
      return begin(data, { fractionPercent, isAsked: true, ...(files === undefined ? {} : { files }) })
    },
    pause: ({ identity }) => changeTask(identity, ['open'], 'paused'),
    /** One that failed goes on where it was as well: postcli may be there again. */
    resume: ({ identity }) => changeTask(identity, ['paused', 'failed'], 'open'),
    cancel: ({ identity }) => changeTask(identity, ['open', 'paused'], 'cancelled'),
    async map({ identity }) {
      const data = dataOf(context, identity)
      if (data === undefined) return unknown
      const layout = await readLayout(data.folder)
      if (!layout.ok) return fail('verify/unknown', layout.fault.detail)
      const book = bookOf(identity, data.folder)
      return ok({
        files: fileCells(layout.value, data.state, book, runner.liveFile(identity)),
        fileBytes: layout.value.fileBytes,
        ...(book.lastWholeAt === undefined ? {} : { lastWholeAt: book.lastWholeAt }),
      })
    },
    rewriteFile({ identity, file }) {
      const [setup, data] = [context.setup(), dataOf(context, identity)]
      if (setup === undefined || data === undefined) return unknown
      if (companion(setup, 'postcli') === undefined) return noBinary
      return rewriter.begin(data, bookOf(identity, data.folder), file)
    },
    rehearse({ identity }) {
      const data = dataOf(context, identity)
      if (!isReady) return fail('verify/busy', 'It has only just begun. Try again in a moment.')
      return data === undefined ? unknown : rehearsal.begin(data, holdNow(context, operation))
    },
    cancelRehearsal: ({ identity }) => rehearsal.cancel(identity),
  }

  async function begin(
    data: VerifyData,
    { fractionPercent, files, isAsked }: Asked,
  ): Promise<Result<void, 'verify/busy' | 'verify/unknown'>> {
    const layout = await readLayout(data.folder)
    if (!layout.ok) return fail('verify/unknown', layout.fault.detail)
    const before = bookOf(data.identity, data.folder)
    if (before.task?.is === 'open' || before.task?.is === 'paused')
      return fail('verify/busy', `A check of ${data.name} is open already. Let it end, or cancel it.`)
    const { count } = layout.value
    const chosen = files === undefined ? null : [...new Set(files)].filter((file) => file < count).toSorted((a, b) => a - b)
    if (chosen?.length === 0) return fail('verify/unknown', `${data.name} has no such file: its last one is ${count - 1}.`)
    const task = { is: 'open', fractionPercent, files: chosen, fileCount: chosen?.length ?? count, done: 0, bad: [] } as const
    books.save({ ...before, task: { ...task, startedAt: clock.now(), spentMs: 0, isAsked } })
    log.info('verify.begun', { identity: data.identity, files: task.fileCount, fractionPercent, isAsked })
    changed()
    return ok(undefined)
  }

  /** What is known of data in another folder says nothing of this one. */
  function bookOf(identity: string, folder: string): VerifyBook {
    const book = books.get(identity)
    return book?.folder === folder ? book : { identity, folder, results: {} }
  }

  return {
    handlers,
    begin() {
      isClosed = false
      stop?.()
      tools
        .endLeft()
        .catch((cause: unknown) => log.error('verify.bug', { error: textOf(cause) }))
        .finally(() => (isReady = true))
      stop = clock.every(EVERY_MS, tick)
    },
    close() {
      isClosed = true
      stop?.()
      for (const worker of workers) worker.stop()
    },
  }
}
