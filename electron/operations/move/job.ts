import path from 'node:path'
import type { StepTools } from '../types.ts'
import type { BulkFacts, BulkFiles, BulkHandle } from './bulk-files.ts'
import { asideOf, type MoveData, type MovedFile } from './data.ts'
import { awayFrom, patiently, sourceChanged, stoppedBy, type Patience } from './faults.ts'
import { openMoveLog, type MoveLog } from './move-log.ts'
import { chunkCount } from './pump.ts'

/** What moves work with, besides what every step has. */
export interface MoveDeps {
  readonly bulk: BulkFiles
  /**
   * Asked before each chunk; resolves when the disks of these folders may be used, so that a move waits while somebody proves
   * from one of them. `signal` ends the wait.
   */
  mayUse(folders: { readonly from: string; readonly to: string; readonly signal: AbortSignal }): Promise<void>
  /** Awaited after each block: `belowOneCore()`; absent = as fast as it goes. */
  readonly pace?: () => Promise<void>
  /** What is synced, noted and repeated after a crash at once. A move keeps the size with which it began. */
  readonly chunkBytes?: number
  readonly blockBytes?: number
  /** After this long without an answer a disk is taken for dead. */
  readonly stallMs?: number
}

const MiB = 1024 ** 2
export const CHUNK_BYTES = 256 * MiB
const BLOCK_BYTES = 4 * MiB
/** A disk that wakes up, or empties its cache after a large write, may take a minute. */
const STALL_MS = 5 * 60_000
/** Progress is told this often at most. */
const TELL_MS = 250

/** One run of one step of a move. */
export interface Job {
  readonly data: MoveData
  readonly bulk: BulkFiles
  readonly log: MoveLog
  readonly aside: string
  readonly chunkBytes: number
  readonly blockBytes: number
  readonly patience: Patience
  readonly pace: () => Promise<void>
  /** Work on one side, neither beyond a cancel nor for ever, with its errors in our words. */
  readonly do: <T>(side: 'source' | 'target', file: string, work: (bulk: BulkFiles) => Promise<T>) => Promise<T>
  /** @throws OperationStopped when one of the disks is not there: what lies below its mount point is another one. */
  readonly checkDisks: () => Promise<void>
  readonly mayUse: () => Promise<void>
  readonly onBytes: (bytes: number) => void
}

export async function withJob<T>(deps: MoveDeps, data: MoveData, tools: StepTools, work: (job: Job) => Promise<T>): Promise<T> {
  const log = await openMoveLog(deps.bulk, tools.folder)
  try {
    return await work(createJob(deps, data, tools, log))
  } finally {
    await log.close()
  }
}

function createJob(deps: MoveDeps, data: MoveData, tools: StepTools, log: MoveLog): Job {
  const { bulk, blockBytes = BLOCK_BYTES, stallMs = STALL_MS, pace = () => Promise.resolve() } = deps
  const patience = { signal: tools.signal, stallMs }
  const doing: Job['do'] = async (side, file, work) => {
    try {
      return await patiently(work(bulk), file, patience)
    } catch (cause) {
      throw stoppedBy(cause, side, file)
    }
  }
  const total = totalBytes(data)
  let done = 0
  let toldAt = 0
  return {
    data,
    bulk,
    log,
    aside: asideOf(data.to),
    chunkBytes: log.chunkBytes ?? deps.chunkBytes ?? CHUNK_BYTES,
    blockBytes,
    patience,
    pace,
    do: doing,
    async checkDisks() {
      const { fromMount, toMount } = data
      if (fromMount !== null && !(await doing('source', fromMount, () => isMountPoint(bulk, fromMount))))
        throw awayFrom('source', fromMount)
      if (toMount !== null && !(await doing('target', toMount, () => isMountPoint(bulk, toMount)))) throw awayFrom('target', toMount)
    },
    mayUse: () =>
      // However long somebody proves.
      patiently(deps.mayUse({ from: data.from, to: data.to, signal: tools.signal }), data.from, { ...patience, stallMs: 2 ** 31 - 1 }),
    onBytes(bytes) {
      done += bytes
      const now = tools.now()
      if (now - toldAt < TELL_MS && done < total) return
      toldAt = now
      tools.onProgress(done, total, 'bytes')
    },
  }
}

export const totalBytes = ({ files }: Pick<MoveData, 'files'>): number => files.reduce((all, { bytes }) => all + bytes, 0)

/** Whether something is mounted there, as far as device numbers tell: a bind mount of the same volume does not. */
export async function isMountPoint(bulk: BulkFiles, folder: string): Promise<boolean> {
  const own = await bulk.facts(folder)
  const above = await bulk.facts(path.dirname(folder))
  return own !== undefined && above !== undefined && own.device !== above.device
}

/** The file that the plan saw, unchanged. */
export const isAsPlanned = (facts: BulkFacts | undefined, { bytes, modifiedAt }: MovedFile): boolean =>
  facts?.is === 'file' && facts.bytes === bytes && facts.modifiedAt === modifiedAt

/** @throws OperationStopped when a file of the source is not as the plan saw it */
export async function checkSource({ data, do: doing }: Job, file: MovedFile): Promise<void> {
  const at = path.join(data.from, file.name)
  const facts = await doing('source', at, async (bulk) => {
    const found = await bulk.facts(at)
    if (found === undefined) throw Object.assign(new Error(`ENOENT: ${at}`), { code: 'ENOENT' })
    return found
  })
  if (!isAsPlanned(facts, file)) throw sourceChanged(at)
}

/** Names of the source's files that are missing or not as the plan saw them. @throws the system's error */
export async function changedInSource(bulk: BulkFiles, { from, files }: Pick<MoveData, 'from' | 'files'>): Promise<readonly string[]> {
  const changed: string[] = []
  for (const file of files) if (!isAsPlanned(await bulk.facts(path.join(from, file.name)), file)) changed.push(file.name)
  return changed
}

/** Whether every file lies in `folder` under its name and with its size. */
export async function holdsAll(bulk: BulkFiles, folder: string, { files }: Pick<MoveData, 'files'>): Promise<boolean> {
  for (const { name, bytes } of files) {
    const facts = await bulk.facts(path.join(folder, name))
    if (facts?.is !== 'file' || facts.bytes !== bytes) return false
  }
  return true
}

/** Whether the log knows the hash of every chunk. */
export const knowsAll = (log: MoveLog, { files }: Pick<MoveData, 'files'>): boolean =>
  log.chunkBytes !== undefined &&
  files.every(({ bytes }, index) => log.chunksOf(index).length >= chunkCount(bytes, log.chunkBytes ?? CHUNK_BYTES))

/** Closes without waiting when the work failed: a read that hangs would hang the close as well. */
export async function withHandle<T>(handle: BulkHandle, work: () => Promise<T>): Promise<T> {
  let isDone = false
  try {
    const result = await work()
    isDone = true
    return result
  } finally {
    const closing = handle.close()
    if (isDone) await closing
    else void closing.catch(() => undefined)
  }
}
