import { stat } from 'node:fs/promises'
import path from 'node:path'
import { rateOf, withLook, type InitHold, type InitRecord, type SizeLook } from '../../../shared/domain/init-job.ts'
import type { MachineContext } from './context.ts'
import type { InitBook } from './init-book.ts'
import { rangeFolder, wholeBytes } from './init-folder.ts'
import type { InitHolds } from './init-holds.ts'

const SAMPLE_MS = 300_000
/** A thousand files are looked at every five seconds, a few at every turn. */
const LOOK_MS_A_FILE = 5
const DAY_MS = 86_400_000
/** More samples than a line on the page has points. */
const MOST_SAMPLES = 288

/** What is seen of a job now and forgotten with this process. */
export interface InitSeen {
  doneBytes: number[]
  filesDone: number
  looks: (readonly SizeLook[])[]
  hold: InitHold | undefined
  silentEnds: number
  lookedAt: number
  lane?: { readonly lane: string; readonly label: string }
  sampledAt: number
}

/** How far each job is, by the sizes of its files. */
export class InitSights {
  readonly #context: MachineContext
  readonly #book: InitBook
  readonly #holds: InitHolds
  readonly #seen = new Map<string, InitSeen>()

  constructor(context: MachineContext, book: InitBook, holds: InitHolds) {
    this.#context = context
    this.#book = book
    this.#holds = holds
  }

  of(record: InitRecord): InitSeen {
    const known = this.#seen.get(record.id)
    if (known !== undefined) return known
    const fresh: InitSeen = {
      doneBytes: record.parts.map(() => 0),
      filesDone: 0,
      looks: record.parts.map(() => []),
      hold: undefined,
      silentEnds: 0,
      lookedAt: 0,
      sampledAt: 0,
    }
    this.#seen.set(record.id, fresh)
    return fresh
  }

  /** Sizes on disk, and what follows from them. Of a disk that is gone or does not let us look, what was seen last stays. */
  async look(record: InitRecord): Promise<void> {
    const seen = this.of(record)
    seen.lookedAt = this.#context.clock.monotonic()
    if ((await this.#holds.volume.gone(record)) !== undefined) return
    const isMerged = !['wanted', 'merging', 'failed'].includes(record.is)
    const done: number[] = []
    let filesDone = 0
    for (const [at, { fromFile, toFile, totalBytes }] of record.parts.entries()) {
      const here = isMerged ? record.folder : rangeFolder(record, at)
      const sizes = await sizesOf(here, record.folder, fromFile, toFile)
      if (sizes === undefined) return
      filesDone += sizes.filter((size, index) => size === wholeBytes(record, fromFile + index)).length
      done.push(Math.min(totalBytes, sum(sizes)))
    }
    const mono = this.#context.clock.monotonic()
    if (sum(done) > sum(seen.doneBytes)) seen.silentEnds = 0
    seen.doneBytes = done
    seen.filesDone = filesDone
    seen.looks = done.map((bytes, at) => withLook(seen.looks[at] ?? [], { mono, bytes }))
    const lane = await this.#holds.laneOf(record.folder)
    if (lane !== undefined) seen.lane = { lane: lane.id, label: lane.label }
  }

  /** A job that writes, not more often than its files allow; keeps its speed now and then. */
  async lookAgain(record: InitRecord): Promise<void> {
    const { clock } = this.#context
    const seen = this.of(record)
    if (clock.monotonic() - seen.lookedAt < record.fileCount * LOOK_MS_A_FILE) return
    await this.look(record)
    const rates = seen.looks.map(rateOf).filter((one) => one !== undefined)
    if (rates.length === 0 || clock.monotonic() - seen.sampledAt < SAMPLE_MS) return
    seen.sampledAt = clock.monotonic()
    const at = clock.now()
    const samples = [...record.samples, { at, bytesPerSecond: sum(rates) }].filter((one) => at - one.at < DAY_MS).slice(-MOST_SAMPLES)
    this.#book.update(record.id, (job) => ({ ...job, samples }))
  }
}

export const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

/** Bytes of a file; 0 = not there, undefined = the disk does not tell. */
const sizeOf = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ size }) => size,
    (cause: NodeJS.ErrnoException) => (cause.code === 'ENOENT' ? 0 : undefined),
  )

/** Size of each file of a range, wherever a merge has it by now; undefined when the disk does not tell one. */
async function sizesOf(here: string, there: string, fromFile: number, toFile: number): Promise<readonly number[] | undefined> {
  const sizes: number[] = []
  for (let file = fromFile; file <= toFile; file += 1) {
    const name = `postdata_${file}.bin`
    const own = await sizeOf(path.join(here, name))
    const size = own === 0 && here !== there ? await sizeOf(path.join(there, name)) : own
    if (size === undefined) return undefined
    sizes.push(size)
    if (size === 0 && here === there) break // they are written one after the other
  }
  return sizes
}
