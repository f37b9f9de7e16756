import path from 'node:path'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { expectedFiles, parseMetadata } from '../../pos-data/index.ts'
import { OperationStopped, type StepRule } from '../types.ts'
import { copyChunk } from './copy.ts'
import { asideOf, moveVerifySchema, type MovedFile, type MoveVerify } from './data.ts'
import { holdsAll, knowsAll, totalBytes, withHandle, withJob, type Job, type MoveDeps } from './job.ts'
import { openMoveLog } from './move-log.ts'
import { chunkCount, chunkRange, hashChunk, type PumpFile } from './pump.ts'

export const METADATA = 'postdata_metadata.json'
export const MOST_METADATA_BYTES = 64 * 1024

/**
 * Reads the whole copy back, past the system's memory as far as the system lets us, and compares each chunk with what was
 * hashed while the source was read. A chunk that differs is copied once more; one that differs again stops the move.
 */
export const moveVerify = (deps: MoveDeps): StepRule<MoveVerify> => ({
  schema: moveVerifySchema,
  apply: (data, tools) =>
    withJob(deps, data, tools, async (job) => {
      await job.checkDisks()
      if (!knowsAll(job.log, data))
        throw new OperationStopped(
          'move/copy-unknown',
          'The notes of the copy are not complete. Finish the move: what is missing is copied again',
        )
      await checkSizes(job)
      let again = 0
      for (const [index, file] of data.files.entries()) {
        if (job.log.isVerified(index)) job.onBytes(file.bytes)
        else again += await verifyFile(job, file, index)
      }
      const read = `${sizeOf(totalBytes(data))} read back`
      return again === 0
        ? read
        : `${read}; ${again === 1 ? '1 part was' : `${again} parts were`} wrong and copied once more: look at the health of that disk`
    }),
  async isDone(data, { folder }) {
    const log = await openMoveLog(deps.bulk, folder)
    if (!data.files.every((_, index) => log.isVerified(index))) return false
    return (await holdsAll(deps.bulk, asideOf(data.to), data)) || holdsAll(deps.bulk, data.to, data)
  },
  undo: () => undefined,
})

/** Names and sizes as the metadata of the copy wants them. */
async function checkSizes({ aside, do: doing }: Job): Promise<void> {
  const file = path.join(aside, METADATA)
  const parsed = parseMetadata(
    Buffer.from(await doing('target', file, (bulk) => bulk.readSmall(file, MOST_METADATA_BYTES))).toString('utf8'),
  )
  const wrong = async (): Promise<string | undefined> => {
    if (!parsed.ok) return METADATA
    const { count, fileBytes, lastFileBytes } = expectedFiles(parsed.value)
    for (let number = 0; number < count; number += 1) {
      const at = path.join(aside, `postdata_${number}.bin`)
      const facts = await doing('target', at, (bulk) => bulk.facts(at))
      if (facts?.bytes !== (number === count - 1 ? lastFileBytes : fileBytes)) return path.basename(at)
    }
    return undefined
  }
  const name = await wrong()
  if (name !== undefined)
    throw new OperationStopped(
      'move/copy-incomplete',
      `${name} of the copy is not as the metadata wants it. Roll the move back and plan anew`,
    )
}

/** @returns how many chunks had to be copied once more */
async function verifyFile(job: Job, file: MovedFile, index: number): Promise<number> {
  const at = path.join(job.aside, file.name)
  const target = { file: at, handle: await job.do('target', at, (bulk) => bulk.openRead(at)) }
  const wrong: number[] = []
  await withHandle(target.handle, async () => {
    await target.handle.forget(0, 0)
    for (let chunk = 0; chunk < chunkCount(file.bytes, job.chunkBytes); chunk += 1) {
      await job.mayUse()
      if (!(await isGood(job, target, { file, index, chunk }))) wrong.push(chunk)
    }
  })
  for (const chunk of wrong) await repair(job, { file, index, chunk })
  await job.log.add({ is: 'verified', file: index })
  return wrong.length
}

interface One {
  readonly file: MovedFile
  readonly index: number
  readonly chunk: number
}

async function isGood(job: Job, target: PumpFile, { file, index, chunk }: One): Promise<boolean> {
  const range = chunkRange(file.bytes, job.chunkBytes, chunk)
  const found = await hashChunk({ file: target, side: 'target', ...job }, range)
  await target.handle.forget(range.at, range.bytes)
  return found === job.log.chunksOf(index)[chunk]
}

async function repair(job: Job, one: One): Promise<void> {
  const { file, index, chunk } = one
  const at = path.join(job.aside, file.name)
  const from = path.join(job.data.from, file.name)
  const quiet = { ...job, onBytes: () => undefined }
  const source = { file: from, handle: await job.do('source', from, (bulk) => bulk.openRead(from)) }
  const range = chunkRange(file.bytes, job.chunkBytes, chunk)
  await withHandle(source.handle, async () => {
    const target = { file: at, handle: await job.do('target', at, (bulk) => bulk.openWrite(at)) }
    await withHandle(target.handle, async () => {
      // Zeros are written here: what is to be mended may lie where the source has a hole.
      const { sha256, kicked } = await copyChunk({ job: quiet, source, target, file: { ...file, isSparse: false } }, range)
      if (sha256 !== job.log.chunksOf(index)[chunk])
        throw new OperationStopped(
          'move/source-unsteady',
          `${from} reads otherwise than before: its disk or the memory of this machine is not to be trusted. Roll the move back and look at both`,
        )
      await job.do('target', at, async () => {
        await kicked
        await target.handle.sync()
      })
      await target.handle.forget(range.at, range.bytes)
      if (await isGood(quiet, target, one)) return
      throw new OperationStopped(
        'move/target-unsteady',
        `${at} reads otherwise than it was written, twice: that disk does not keep data. Roll the move back and choose another one`,
      )
    })
  })
}
