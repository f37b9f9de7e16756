import path from 'node:path'
import { fail, ok, textOf, type Fault, type Result } from '../../shared/domain/fault.ts'
import type { OperationProgress, OperationsState, OperationView } from '../../shared/domain/operation.ts'
import type { Files } from '../lib/files.ts'
import type { Logger } from '../lib/logger.ts'
import { codeOf, makeDurableFolder } from '../identities/index.ts'
import { isFolderThere, requireFolder } from './steps/key-moves.ts'
import { beginJournal, JOURNAL, openJournal, type Journal, type JournalHeader } from './journal.ts'
import { OperationStopped, type Draft, type StepData, type StepRule, type StepTools, type TouchedFolder } from './types.ts'
import { isAtEnd, stepStates, viewOf } from './view.ts'

export type HoldFolders = (
  touches: readonly TouchedFolder[],
) => Promise<Result<{ release(): void }, 'operation/folder-in-use' | 'operation/folder-unknown'>>

export interface EngineOptions {
  readonly files: Files
  /** `<home>/state/operations` */
  readonly folder: string
  /** `<home>/quarantine` */
  readonly quarantine: string
  /** Scratch on the real file system. */
  readonly temporary: string
  readonly rules: Readonly<Record<string, StepRule>>
  /** Locks the data folders and sees that nobody has their databases open. */
  readonly hold: HoldFolders
  readonly log: Logger
  readonly now: () => number
  /** Duration of steps, ms. */
  readonly monotonic: () => number
  readonly onChange?: (view: OperationView) => void
}

export type EngineFault = 'operation/busy' | 'operation/unknown' | 'operation/refused' | 'operation/stopped' | 'operation/not-undoable'

/**
 * Runs planned operations through their journal, forward (`finish`) and back (`rollBack`); both go on from wherever a
 * crash, a fault or a cancel left it. One operation at a time.
 */
export interface Engine {
  /** Writes the journal; nothing is changed yet. */
  begin(draft: Draft): Result<void, 'operation/busy' | 'operation/refused' | 'operation/stopped'>
  finish(id: string, secret?: string): Promise<Result<OperationView, EngineFault>>
  /** Of one that is done as well, as long as no step says that it cannot be taken back exactly any more. */
  rollBack(id: string): Promise<Result<OperationView, EngineFault>>
  cancel(): void
  view(id: string): Promise<OperationView | undefined>
  /** What its journal was begun with. */
  begun(id: string): JournalHeader | undefined
  /** @param how  whether the databases are looked at for what could still be undone exactly */
  state(how?: { readonly withObstacles: boolean }): Promise<OperationsState>
}

type Direction = 'forward' | 'back'
interface Running {
  readonly id: string
  readonly direction: Direction
  readonly stop: AbortController
  readonly journal: Journal
  progress?: OperationProgress
  /** Of the step that runs: when it began, and what was done already when it first told. */
  step: { readonly index: number; readonly began: number; from?: number }
}

class TheEngine implements Engine {
  readonly #options: EngineOptions
  #running: Running | undefined

  constructor(options: EngineOptions) {
    this.#options = options
  }

  begin(draft: Draft): ReturnType<Engine['begin']> {
    const { files, folder, now, log } = this.#options
    const refusal = draft.plan.refusals[0]
    if (refusal !== undefined) return fail('operation/refused', refusal.detail)
    try {
      const open = this.#openOne()
      if (open !== undefined) return fail('operation/busy', open)
      const own = path.join(folder, draft.plan.id)
      makeDurableFolder(files, own)
      const touches = draft.touches.map((touch) => ({ ...touch, wasThere: isFolderThere(files, touch.dataFolder) }))
      beginJournal(files, own, { ...draft, touches, at: now() })
      log.info('operation.begun', { id: draft.plan.id, kind: draft.plan.kind })
      return ok(undefined)
    } catch (cause) {
      if (codeOf(cause) === '') throw cause
      return fail('operation/stopped', `The journal could not be written, so nothing was begun: ${textOf(cause)}. Make room and try again`)
    }
  }

  finish(id: string, secret?: string): ReturnType<Engine['finish']> {
    return asFault(() => this.#run(id, 'forward', secret))
  }

  rollBack(id: string): ReturnType<Engine['rollBack']> {
    return asFault(() => this.#rollBack(id))
  }

  async #rollBack(id: string): ReturnType<Engine['rollBack']> {
    const journal = this.#journal(id)
    if (journal === undefined) return unknown(id)
    if (!isAtEnd(journal)) return this.#run(id, 'back')
    if (journal.entries.at(-1)?.is === 'ended' && lastEnd(journal) === 'rolled-back')
      return fail('operation/not-undoable', 'It is rolled back already.')
    const open = this.#openOne()
    if (open !== undefined) return fail('operation/busy', open)
    const obstacle = await this.#obstacle(id, journal)
    if (obstacle !== undefined) return fail('operation/not-undoable', obstacle)
    return this.#run(id, 'back', undefined, true)
  }

  cancel(): void {
    this.#running?.stop.abort()
  }

  begun(id: string): JournalHeader | undefined {
    return this.#journal(id)?.header
  }

  async view(id: string): Promise<OperationView | undefined> {
    const journal = this.#journal(id)
    return journal === undefined ? undefined : await this.#viewOf(id, journal)
  }

  async state({ withObstacles }: { readonly withObstacles: boolean } = { withObstacles: true }): Promise<OperationsState> {
    const operations: OperationView[] = []
    const problems: string[] = []
    for (const id of this.#ids()) {
      const journal = openJournal(this.#options.files, path.join(this.#options.folder, id))
      if ('header' in journal) operations.push(await this.#viewOf(id, journal, withObstacles))
      else if (journal.is === 'problem') problems.push(journal.text)
    }
    return { operations: operations.sort((a, b) => b.beganAt - a.beganAt), problems }
  }

  #ids(): readonly string[] {
    const { files, folder } = this.#options
    if (files.facts(folder) === undefined) return []
    return files.list(folder).filter((id) => files.facts(path.join(folder, id, JOURNAL)) !== undefined)
  }

  #journal(id: string): Journal | undefined {
    if (!/^[a-z0-9-]{1,80}$/.test(id)) return undefined
    const journal = openJournal(this.#options.files, path.join(this.#options.folder, id))
    return 'header' in journal ? journal : undefined
  }

  /** Why nothing new can be begun. */
  #openOne(): string | undefined {
    for (const id of this.#ids()) {
      const journal = openJournal(this.#options.files, path.join(this.#options.folder, id))
      if ('header' in journal && !isAtEnd(journal))
        return `“${journal.header.plan.title}” is not at its end: finish it or roll it back first.`
      if (!('header' in journal) && journal.is === 'problem') return journal.text
    }
    return undefined
  }

  #tools(id: string, running?: Running, secret?: string): StepTools {
    const { files, folder, quarantine, temporary, log, now } = this.#options
    return {
      files,
      folder: path.join(folder, id),
      quarantine,
      temporary: path.join(temporary, id),
      id,
      log,
      now,
      onProgress: (done, total, unit) => {
        if (running === undefined) return
        const { step } = running
        step.from ??= done
        const spent = now() - step.began
        const fresh = done - step.from
        const etaMs = fresh > 0 && total > 0 ? Math.round((spent / fresh) * (total - done)) : undefined
        running.progress = { step: step.index, done, total, unit, ...(etaMs === undefined ? {} : { etaMs }) }
        void this.#tell(running)
      },
      signal: running?.stop.signal ?? new AbortController().signal,
      ...(secret === undefined ? {} : { passphrase: secret }),
    }
  }

  async #obstacle(id: string, journal: Journal): Promise<string | undefined> {
    const tools = this.#tools(id)
    for (const data of [...journal.header.steps].reverse()) {
      const why = await this.#rule(data).obstacle?.(data, tools)
      if (why !== undefined) return why
    }
    return undefined
  }

  #rule(data: StepData): StepRule {
    const rule = this.#options.rules[data.is]
    if (rule === undefined)
      throw new OperationStopped('operation/stopped', `This Smeshkeeper does not know the step “${data.is}”: update it`)
    return rule
  }

  async #viewOf(id: string, journal: Journal, withObstacles = true): Promise<OperationView> {
    const running = this.#running?.id === id ? this.#running : undefined
    const isDone = isAtEnd(journal) && lastEnd(journal) === 'done'
    let obstacle: string | undefined
    if (isDone && withObstacles && running === undefined) {
      try {
        obstacle = await this.#obstacle(id, journal)
      } catch (cause) {
        obstacle = `it is not known whether it can be undone exactly (${textOf(cause)})`
      }
    }
    return viewOf(journal, { folder: path.join(this.#options.folder, id), running, obstacle })
  }

  /** What is shown is no part of the work: it cannot fail it. */
  async #tell({ id, journal }: Running): Promise<void> {
    const { onChange, log } = this.#options
    try {
      onChange?.(await this.#viewOf(id, journal))
    } catch (cause) {
      log.warn('operation.not-told', { id, error: textOf(cause) })
    }
  }

  async #run(id: string, direction: Direction, secret?: string, reopens = false): Promise<Result<OperationView, EngineFault>> {
    if (this.#running !== undefined) return fail('operation/busy', 'Another operation is running.')
    const journal = this.#journal(id)
    if (journal === undefined) return unknown(id)
    if (isAtEnd(journal) && !reopens) return ok(await this.#viewOf(id, journal))
    const running: Running = { id, direction, stop: new AbortController(), journal, step: { index: 0, began: 0 } }
    this.#running = running
    try {
      const held = await this.#options.hold(journal.header.touches)
      if (!held.ok) {
        // No step was begun: nothing is open, and the user plans again when the folder is free.
        if (journal.entries.length === 0) journal.append({ is: 'ended', at: this.#options.now(), as: 'rolled-back' })
        return fail('operation/stopped', held.fault.detail, { retry: 'user' })
      }
      try {
        if (reopens) journal.append({ is: 'reopened', at: this.#options.now() })
        const fault = await this.#walk(journal, running, secret)
        if (fault !== undefined) return { ok: false, fault: { ...fault, code: 'operation/stopped' } }
      } finally {
        held.value.release()
      }
      this.#running = undefined
      await this.#tell(running)
      return ok(await this.#viewOf(id, journal))
    } finally {
      this.#running = undefined
    }
  }

  /** Every step in turn. @returns why it stopped */
  async #walk(journal: Journal, running: Running, secret?: string): Promise<Fault | undefined> {
    const { now, log } = this.#options
    const { steps, plan } = journal.header
    const wasInterrupted = journal.entries.length > 0
    const tools = this.#tools(running.id, running, secret)
    const order = steps.map((_, index) => index)
    for (const index of running.direction === 'forward' ? order : order.reverse()) {
      const fault = await this.#oneStep(journal, index, { running, tools, wasInterrupted })
      if (fault !== undefined) return fault
    }
    const as = running.direction === 'forward' ? 'done' : 'rolled-back'
    journal.append({ is: 'ended', at: now(), as })
    log.info('operation.ended', { id: plan.id, as })
    return undefined
  }

  async #oneStep(
    journal: Journal,
    index: number,
    { running, tools, wasInterrupted }: { readonly running: Running; readonly tools: StepTools; readonly wasInterrupted: boolean },
  ): Promise<Fault | undefined> {
    const { now, monotonic, log } = this.#options
    const data = journal.header.steps[index]
    if (data === undefined) return undefined
    const isForward = running.direction === 'forward'
    const state = stepStates(journal)[index]?.state ?? 'todo'
    try {
      const rule = this.#rule(data)
      if (isForward && state === 'done' && (!wasInterrupted || (await rule.isDone(data, tools)))) return undefined
      if (!isForward && (state === 'todo' || state === 'undone')) return undefined
      for (const { dataFolder, wasThere } of journal.header.touches) if (wasThere === true) requireFolder(tools.files, dataFolder)
      if (running.stop.signal.aborted) throw new OperationStopped('operation/cancelled', 'It was cancelled: finish it or roll it back.')
      journal.append({ is: 'step', at: now(), step: index, state: isForward ? 'begun' : 'undoing' })
      running.step = { index, began: now() }
      delete running.progress
      await this.#tell(running)
      const began = monotonic()
      const note = await (isForward ? rule.apply(data, tools) : rule.undo(data, tools))
      const tookMs = Math.round(monotonic() - began)
      const done = { step: index, tookMs, ...(note === undefined ? {} : { note }) }
      journal.append({ is: 'step', at: now(), state: isForward ? 'done' : 'undone', ...done })
      delete running.progress
      await this.#tell(running)
      return undefined
    } catch (cause) {
      const fault = faultOf(cause)
      log[fault.code === 'internal' ? 'error' : 'warn']('operation.stopped', { id: running.id, step: index, why: fault.detail })
      try {
        journal.append({ is: 'step', at: now(), step: index, state: 'failed', fault: { ...fault } })
      } catch (later) {
        // The disk below the journal fails too: the operation is unfinished all the same.
        if (codeOf(later) === '') throw later
      }
      return fault
    }
  }
}

const unknown = (id: string): ReturnType<typeof fail<'operation/unknown'>> =>
  fail('operation/unknown', `No operation “${id}” is known here.`)

function lastEnd({ entries }: Journal): 'done' | 'rolled-back' | undefined {
  const last = entries.at(-1)
  return last?.is === 'ended' ? last.as : undefined
}

function faultOf(cause: unknown): Fault {
  if (cause instanceof OperationStopped) return { code: cause.code, detail: cause.message, retry: 'user' }
  const code = codeOf(cause)
  if (code === '') return { code: 'internal', detail: textOf(cause), retry: 'user' }
  return { code: 'operation/stopped', detail: `${whyStopped(code)} (${textOf(cause)})`, retry: 'user' }
}

/** What the system says to reading or writing the journal itself is told as any other trouble. */
async function asFault(work: () => ReturnType<Engine['finish']>): ReturnType<Engine['finish']> {
  try {
    return await work()
  } catch (cause) {
    if (codeOf(cause) === '') throw cause
    return { ok: false, fault: { ...faultOf(cause), code: 'operation/stopped' } }
  }
}

function whyStopped(code: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') return 'The disk is full. Make room, then finish it or roll it back'
  if (code === 'EROFS') return 'The disk is read-only. Make it writable, then finish it or roll it back'
  if (code === 'EACCES' || code === 'EPERM')
    return 'There is no permission for this. Give your user the right to write there, then finish it or roll it back'
  if (code === 'ENOENT') return 'A file or folder vanished meanwhile. See whether its disk is still there, then finish it or roll it back'
  if (code === 'EIO') return 'The disk reports an error. Look at its health before anything else'
  return 'The system did not let it. Finish it or roll it back when the cause is mended'
}

export const createEngine = (options: EngineOptions): Engine => new TheEngine(options)
