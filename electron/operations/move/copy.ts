import path from 'node:path'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { OperationStopped, type StepRule } from '../types.ts'
import type { BulkHandle } from './bulk-files.ts'
import { asideOf, moveCopySchema, partOf, type MoveCopy, type MovedFile } from './data.ts'
import { changedInSource, checkSource, holdsAll, knowsAll, totalBytes, withHandle, withJob, type Job, type MoveDeps } from './job.ts'
import { openMoveLog } from './move-log.ts'
import { chunkCount, chunkRange, hashChunk, pumpChunk, type PumpFile, type Range } from './pump.ts'
import { tidyTarget } from './tidy.ts'

/**
 * Copies into the folder aside, one file after the other, each as `<name>.part` until it is whole. A chunk is noted when it is
 * durable; after a crash the copy goes on behind the last chunk that reads back as it was noted.
 */
export const moveCopy = (deps: MoveDeps): StepRule<MoveCopy> => ({
  schema: moveCopySchema,
  apply: (data, tools) =>
    withJob(deps, data, tools, async (job) => {
      await job.checkDisks()
      await makeAside(job)
      for (const [index, file] of data.files.entries()) await copyFile(job, file, index)
      return `${sizeOf(totalBytes(data))} in ${data.files.length} files`
    }),
  async isDone(data, tools) {
    const log = await openMoveLog(deps.bulk, tools.folder)
    if (!knowsAll(log, data)) return false
    return (await holdsAll(deps.bulk, asideOf(data.to), data)) || holdsAll(deps.bulk, data.to, data)
  },
  async undo(data, { folder }) {
    const log = await openMoveLog(deps.bulk, folder)
    if (log.chunkBytes === undefined) return undefined
    return tidyTarget(data, () => removeCopy(deps, data))
  },
})

/** The folder aside is ours from the line in the log on; before it, whatever is there is somebody else's. */
async function makeAside({ data, aside, log, chunkBytes, do: doing }: Job): Promise<void> {
  if (log.chunkBytes === undefined) {
    await doing('target', data.to, async (bulk) => {
      if ((await bulk.facts(aside)) !== undefined) throw Object.assign(new Error(`EEXIST: ${aside}`), { code: 'EEXIST' })
      if ((await bulk.facts(data.to)) !== undefined && (await bulk.list(data.to)).length > 0)
        throw Object.assign(new Error(`ENOTEMPTY: ${data.to}`), { code: 'ENOTEMPTY' })
    })
    await log.add({ is: 'begun', chunkBytes })
  }
  await doing('target', aside, async (bulk) => {
    if ((await bulk.facts(aside)) === undefined) await bulk.makeFolder(aside, 0o700)
    await bulk.syncFolder(path.dirname(aside))
  })
}

async function copyFile(job: Job, file: MovedFile, index: number): Promise<void> {
  const { log, aside, chunkBytes } = job
  const final = path.join(aside, file.name)
  const part = partOf(final)
  await checkSource(job, file)
  const isWhole = await job.do('target', final, async (bulk) => {
    const facts = await bulk.facts(final)
    if (facts === undefined) return false
    if (facts.bytes === file.bytes && log.chunksOf(index).length >= chunkCount(file.bytes, chunkBytes)) return true
    await bulk.unlink(final) // ours, and not what was noted
    return false
  })
  if (isWhole) return job.onBytes(file.bytes)
  await job.checkDisks()
  const from = path.join(job.data.from, file.name)
  const source = { handle: await job.do('source', from, (bulk) => bulk.openRead(from)), file: from }
  await withHandle(source.handle, async () => {
    const target = { handle: await openPart(job, part, file.mode), file: part }
    await withHandle(target.handle, async () => {
      const first = await lastGood(job, target, { file, index })
      await job.do('target', part, () => target.handle.truncate(first * chunkBytes))
      job.onBytes(chunkRange(file.bytes, chunkBytes, first).at)
      await copyChunks({ job, source, target, file, index, first })
      await job.do('target', part, async () => {
        await target.handle.truncate(file.bytes)
        await target.handle.sync()
      })
    })
  })
  await checkSource(job, file)
  await job.do('target', final, async (bulk) => {
    await bulk.rename(part, final)
    await bulk.syncFolder(aside)
  })
}

const openPart = ({ aside, do: doing }: Job, part: string, mode: number): Promise<BulkHandle> =>
  doing('target', part, async (bulk) => {
    const isThere = (await bulk.facts(part)) !== undefined
    const handle = isThere ? await bulk.openWrite(part) : await bulk.create(part, mode)
    await bulk.syncFolder(aside)
    return handle
  })

/** How many chunks of a half copied file are good: the last noted one is read back; those before it were durable earlier. */
async function lastGood(job: Job, target: PumpFile, { file, index }: { file: MovedFile; index: number }): Promise<number> {
  const known = job.log.chunksOf(index).slice(0, chunkCount(file.bytes, job.chunkBytes))
  for (let count = known.length; count > 0; count -= 1) {
    const range = chunkRange(file.bytes, job.chunkBytes, count - 1)
    await target.handle.forget(range.at, range.bytes)
    const found = await hashChunk({ file: target, side: 'target', ...job, onBytes: () => undefined }, range)
    if (found === known[count - 1]) return count
  }
  return 0
}

interface FileCopy {
  readonly job: Job
  readonly source: PumpFile
  readonly target: PumpFile
  readonly file: MovedFile
  readonly index: number
  /** Chunk to begin with. */
  readonly first: number
}

/** A chunk is synced and noted while the next one is being copied, so that the disk always has something to write. */
async function copyChunks(copy: FileCopy): Promise<void> {
  const { job, file, first } = copy
  let settling = Promise.resolve()
  try {
    for (let chunk = first; chunk < chunkCount(file.bytes, job.chunkBytes); chunk += 1) {
      await job.mayUse()
      const range = chunkRange(file.bytes, job.chunkBytes, chunk)
      const copied = await copyChunk(copy, range)
      await settling
      settling = settle(copy, { ...copied, chunk, range })
      void settling.catch(() => undefined) // told where it is awaited
    }
    await settling
  } catch (cause) {
    // It notes in the log that is closed next.
    await settling.catch(() => undefined)
    throw cause
  }
}

type Copied = Awaited<ReturnType<typeof pumpChunk>>

export async function copyChunk({ job, source, target, file }: Omit<FileCopy, 'index' | 'first'>, range: Range): Promise<Copied> {
  const { blockBytes, patience, pace, onBytes } = job
  const copied = await pumpChunk({ source, target, blockBytes, patience, pace, onBytes, isSparse: file.isSparse }, range)
  // A hole at its end: otherwise the file would be too short to be read back.
  if (file.isSparse) await job.do('target', target.file, () => lengthen(target.handle, range))
  return copied
}

/** Only ever longer: what follows may be there already. */
async function lengthen(handle: BulkHandle, { at, bytes }: Range): Promise<void> {
  const end = at + bytes
  if (bytes > 0 && (await handle.read(new Uint8Array(1), end - 1)) === 0) await handle.truncate(end)
}

async function settle(
  { job, source, target, index }: FileCopy,
  { chunk, sha256, kicked, range }: Copied & { readonly chunk: number; readonly range: Range },
): Promise<void> {
  await job.do('target', target.file, async () => {
    await kicked
    await target.handle.sync()
  })
  // What goes wrong here is of the disk of the notes, and is told as it is.
  await job.log.add({ is: 'chunk', file: index, chunk, sha256 })
  // Nobody reads it again before it is verified; other programs need the memory more.
  await target.handle.forget(range.at, range.bytes)
  await source.handle.forget(range.at, range.bytes)
}

/** Takes away what was copied, file by file, as long as the source has it. @returns what is left and why */
async function removeCopy({ bulk }: MoveDeps, data: MoveCopy): Promise<string | undefined> {
  const aside = asideOf(data.to)
  if ((await bulk.facts(aside)) === undefined) return undefined
  const changed = new Set(await changedInSource(bulk, data))
  for (const { name } of data.files) {
    if (changed.has(name)) continue
    for (const file of [path.join(aside, name), partOf(path.join(aside, name))])
      if ((await bulk.facts(file)) !== undefined) await bulk.unlink(file)
  }
  const left = await bulk.list(aside)
  if (left.length > 0) {
    await bulk.syncFolder(aside)
    const why = changed.size > 0 ? 'the source does not have it any more as it was' : 'it is not of this move'
    return `${left.slice(0, 3).join(', ')}${left.length > 3 ? ' and more' : ''} in ${aside} stays: ${why}`
  }
  await bulk.removeFolder(aside)
  await bulk.syncFolder(path.dirname(aside))
  return undefined
}

/** @throws OperationStopped */
export function sourceNotWhole(from: string, changed: readonly string[]): OperationStopped {
  const names = changed.slice(0, 3).join(', ')
  return new OperationStopped(
    'move/source-not-whole',
    `The old folder ${from} is not whole any more (${names}${changed.length > 3 ? ` and ${changed.length - 3} more` : ''}), so the data cannot be taken back there. Finish the move instead: the new place has everything`,
  )
}
