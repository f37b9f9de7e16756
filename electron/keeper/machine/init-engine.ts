import { mkdir } from 'node:fs/promises'
import { textOf } from '../../../shared/domain/fault.ts'
import { jobView, rateOf, type InitRecord } from '../../../shared/domain/init-job.ts'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import { initializeArguments, type InitializeVerdict } from '../../programs/index.ts'
import { companion } from './companions.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import { finisher, type Finisher } from './init-finish.ts'
import { giveMetadata, lookAtFolder, mergeRanges, rangeFolder, trimTornLabels, whyNotStart } from './init-folder.ts'
import { initHolds, type InitHolds } from './init-holds.ts'
import { initProcesses, type InitCommand, type InitProcesses } from './init-processes.ts'
import { InitSights, sum, type InitSeen } from './init-sight.ts'

/** Runs in a row that ended without a byte, for no reason that is still seen: then something is wrong that trying does not mend. */
const MOST_SILENT_ENDS = 3
const OF_DISK: ReadonlySet<string> = new Set(['init/disk-full', 'init/disk-gone'])

function isOften(seen: InitSeen): boolean {
  seen.silentEnds = (seen.silentEnds + 1) % MOST_SILENT_ENDS
  return seen.silentEnds === 0
}

const RUNS_FILES: ReadonlySet<InitRecord['is']> = new Set(['wanted', 'searching-nonce'])

/** The queue of new PoS data: one job writes at a time, in ranges beside each other where it has several providers. */
export class InitEngine {
  readonly #context: MachineContext
  readonly #book: InitBook
  readonly #changed: () => void
  readonly #processes: InitProcesses
  readonly #holds: InitHolds
  readonly #finisher: Finisher
  readonly #sights: InitSights
  #adopted: Promise<void> | undefined
  #isTurning = false
  #isClosed = false

  constructor(context: MachineContext, book: InitBook, changed: () => void) {
    this.#context = context
    this.#book = book
    this.#changed = changed
    this.#processes = initProcesses(context, changed)
    this.#holds = initHolds(context)
    this.#sights = new InitSights(context, book, this.#holds)
    this.#finisher = finisher({
      context,
      book,
      changed,
      isDiskGone: async (record) => (await this.#holds.volume.gone(record)) !== undefined,
    })
  }

  /** Where new data is; also for the desk. */
  get holds(): InitHolds {
    return this.#holds
  }

  views(): readonly InitJob[] {
    return this.#book.jobs().map((record) => this.#view(record))
  }

  /** Bytes that the job will still write. */
  leftBytes(record: InitRecord): number {
    return ['done', 'failed'].includes(record.is) ? 0 : Math.max(0, record.totalBytes - sum(this.#sights.of(record).doneBytes))
  }

  isWriting(id: string): boolean {
    const record = this.#book.job(id)
    return record !== undefined && this.#names(record).some((name) => this.#processes.look(name).is === 'running')
  }

  /** The benchmark and the jobs do not measure and work at the same time. */
  get isBusy(): boolean {
    return this.#book.jobs().some(({ id }) => this.isWriting(id))
  }

  async turn(): Promise<void> {
    if (this.#isTurning || this.#isClosed) return
    this.#isTurning = true
    try {
      await (this.#adopted ??= this.#adopt())
      for (const { id } of this.#book.jobs()) await this.#settle(id)
      await this.#watchOver()
      await this.#beginNext()
      await this.#finisher.turn()
    } catch (cause) {
      this.#context.log.error('init.bug', { error: textOf(cause) })
    } finally {
      this.#isTurning = false
    }
  }

  async close(outcome: 'leave-running' | 'stop-all'): Promise<void> {
    this.#isClosed = true
    this.#finisher.stop()
    await this.#adopted
    await this.#processes.close(outcome)
  }

  #names(record: InitRecord): readonly string[] {
    return record.is === 'searching-nonce' ? [`init-${record.id}-all`] : record.parts.map((_, at) => `init-${record.id}-${at + 1}`)
  }

  /** Reads a job's folders, so that the first page after a start shows what is there. */
  async #adopt(): Promise<void> {
    const open = this.#book.jobs().filter(({ is }) => RUNS_FILES.has(is))
    const commands = open.flatMap((record) => this.#names(record).flatMap((_, at) => this.#command(record, at) ?? []))
    await this.#processes.adopt(commands)
    for (const record of this.#book.jobs()) await this.#sights.look(record)
    this.#changed()
  }

  #command(record: InitRecord, at: number): InitCommand | undefined {
    const setup = this.#context.setup()
    const binary = setup === undefined ? undefined : companion(setup, 'postcli')
    const [name, part] = [this.#names(record)[at], record.parts[at]]
    if (binary === undefined || name === undefined || part === undefined) return undefined
    const isWhole = record.is === 'searching-nonce'
    const folder = isWhole ? record.folder : rangeFolder(record, at)
    const range = isWhole || record.parts.length === 1 ? {} : { range: { fromFile: part.fromFile, toFile: part.toFile } }
    return {
      name,
      launcher: this.#context.launcher(binary),
      args: initializeArguments({ ...record, folder, provider: part.provider, ...range }),
    }
  }

  /** What has ended since the last turn. */
  async #settle(id: string): Promise<void> {
    const record = this.#book.job(id)
    if (record === undefined) return
    for (const [at, name] of this.#names(record).entries()) {
      const seen = this.#processes.look(name)
      if (seen.is !== 'ended') continue
      await this.#sights.look(record)
      this.#processes.settle(name)
      this.#context.log.info('init.ended', {
        name,
        ...('code' in seen.verdict ? { code: seen.verdict.code } : {}),
        verdict: seen.verdict.is,
      })
      await this.#conclude(record, at, seen.verdict)
      this.#changed()
    }
  }

  async #conclude(record: InitRecord, at: number, verdict: InitializeVerdict): Promise<void> {
    const sight = this.#sights.of(record)
    if (verdict.is !== 'completed' && (await this.#isDiskTheCause(record))) return
    switch (verdict.is) {
      case 'completed':
        if (record.is === 'searching-nonce') this.#book.update(record.id, (job) => ({ ...job, is: 'verifying' }))
        else await this.#partIsThere(record, at)
        return
      case 'interrupted':
        return
      case 'killed':
        if (!isOften(sight)) return
        return this.#fail(record, {
          code: 'init/killed',
          text: `postcli ended ${MOST_SILENT_ENDS} times without a word: something ends it.`,
          fix: 'Look at memory and at the system’s log, then resume: what is written stays.',
        })
      case 'failed':
        // What it says of its disk may be over by now: then it is begun again.
        if (OF_DISK.has(verdict.code) && !isOften(sight)) return
        return this.#fail(record, verdict)
    }
  }

  /** Then it is no failure of the job: its hold tells of the disk, and it goes on by itself. */
  async #isDiskTheCause(record: InitRecord): Promise<boolean> {
    const { volume } = this.#holds
    return ((await volume.gone(record)) ?? (await volume.full(record, sum(this.#sights.of(record).doneBytes)))) !== undefined
  }

  async #partIsThere(record: InitRecord, at: number): Promise<void> {
    const part = record.parts[at]
    if (part === undefined) return
    if ((this.#sights.of(record).doneBytes[at] ?? 0) < part.totalBytes) {
      if (await this.#isDiskTheCause(record)) return
      return this.#fail(record, {
        code: 'init/not-whole',
        text: 'postcli says that it is done, but files are missing or short.',
        fix: 'Resume it: what lacks is made.',
      })
    }
    const parts = record.parts.map((one, index) => (index === at ? { ...one, isDone: true } : one))
    const isAll = parts.every(({ isDone }) => isDone)
    const next = !isAll ? record.is : parts.length === 1 ? 'verifying' : 'merging'
    this.#book.update(record.id, (job) => ({ ...job, parts, is: next }))
  }

  #fail(record: InitRecord, { code, text, fix }: NonNullable<InitRecord['fault']>): void {
    for (const name of this.#names(record)) this.#processes.interrupt(name)
    this.#context.log.warn('init.failed', { id: record.id, code })
    this.#book.update(record.id, (job) => ({ ...job, is: 'failed', fault: { code, text, fix }, endedAt: this.#context.clock.now() }))
  }

  /** Jobs that write: how far they are, and whether they must step aside. */
  async #watchOver(): Promise<void> {
    for (const record of this.#book.jobs()) {
      if (record.is === 'done' || record.is === 'failed') continue
      const sight = this.#sights.of(record)
      const isWriting = this.isWriting(record.id)
      if (isWriting) await this.#sights.lookAgain(record)
      const before = sight.hold?.text
      sight.hold = RUNS_FILES.has(record.is) || record.is === 'verifying' ? await this.#holds.of(record, sum(sight.doneBytes)) : undefined
      if (sight.hold !== undefined) {
        const how = sight.hold.because === 'drive' ? 'kill' : 'interrupt'
        for (const name of this.#names(record)) this.#processes[how](name)
        this.#finisher.stepAside(record.id)
      }
      if (isWriting || sight.hold?.text !== before) this.#changed()
    }
  }

  /** One job at a time: the first that may. */
  async #beginNext(): Promise<void> {
    if (this.isBusy || this.#isClosed) return
    for (const record of this.#book.jobs()) {
      if (this.#sights.of(record).hold !== undefined) continue
      if (record.is === 'merging') return this.#merge(record)
      if (record.is === 'verifying') return this.#finisher.verify(record)
      if (RUNS_FILES.has(record.is)) return this.#start(record)
    }
  }

  async #start(record: InitRecord): Promise<void> {
    const isWhole = record.is === 'searching-nonce'
    for (const at of this.#names(record).keys()) {
      const part = record.parts[at]
      if (part === undefined || (part.isDone && !isWhole)) continue
      const folder = isWhole ? record.folder : rangeFolder(record, at)
      // Not recursive: where the folder above is gone, its disk is.
      if (folder !== record.folder) await mkdir(folder, { mode: 0o700 }).catch(() => undefined)
      const look = await lookAtFolder(folder)
      const range = isWhole || record.parts.length === 1 ? { fromFile: 0, toFile: record.fileCount - 1 } : part
      const why = whyNotStart(look, record, range)
      if (why !== undefined) {
        this.#fail(record, { code: 'init/other-data', text: why, fix: 'Nothing was touched. Clear it up, then resume.' })
        return
      }
      if (look.is === 'there') {
        const torn = await trimTornLabels(folder, look.sizes)
        if (torn.length > 0) this.#context.log.info('init.torn-labels-removed', { id: record.id, files: torn.length })
        if (giveMetadata(folder, look, record)) this.#context.log.info('init.metadata-written', { id: record.id, folder })
      }
      const command = this.#command(record, at)
      if (command === undefined) {
        this.#fail(record, { code: 'init/no-binary', text: 'postcli is not here any more.', fix: 'Name it in Settings, then resume.' })
        return
      }
      if (!record.isBegun) this.#book.update(record.id, (job) => ({ ...job, isBegun: true }))
      this.#sights.of(record).looks[at] = []
      this.#processes.start(command)
    }
    this.#changed()
  }

  async #merge(record: InitRecord): Promise<void> {
    try {
      const { hasNonce } = await mergeRanges(record)
      this.#book.update(record.id, (job) => ({ ...job, is: hasNonce ? 'verifying' : 'searching-nonce' }))
      await this.#sights.look(this.#book.job(record.id) ?? record)
    } catch (cause) {
      this.#fail(record, {
        code: 'init/not-merged',
        text: `The ranges could not be put together: ${textOf(cause)}.`,
        fix: 'Nothing is lost. Look at the disk, then resume.',
      })
    }
    this.#changed()
  }

  #view(record: InitRecord): InitJob {
    const sight = this.#sights.of(record)
    const seen = this.#names(record).map((name) => this.#processes.look(name))
    return jobView(record, {
      now: this.#context.clock.now(),
      doneBytes: sight.doneBytes,
      filesDone: sight.filesDone,
      pids: seen.map((one) => (one.is === 'running' ? (one.pid ?? 0) : undefined)),
      speeds: sight.looks.map(rateOf),
      hold: sight.hold,
      ...this.#finisher.sight(record),
      ...(sight.lane === undefined ? {} : { disk: sight.lane }),
    })
  }
}
