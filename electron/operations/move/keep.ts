import path from 'node:path'
import { isThere } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { getJson, putJson, removeIfThere } from '../database/scratch.ts'
import type { StepRule } from '../types.ts'
import { sourceNotWhole } from './copy.ts'
import { moveKeepSchema, moveRecordSchema, type MoveKeep, type MoveRecord } from './data.ts'
import { changedInSource, CHUNK_BYTES, type MoveDeps } from './job.ts'
import { openMoveLog } from './move-log.ts'

export const MOVE_RECORD = 'moved.json'

/** Notes what was moved and that its source stays; from here on the source may be removed once a proof was accepted. */
export const moveKeep = (deps: MoveDeps): StepRule<MoveKeep> => ({
  schema: moveKeepSchema,
  async apply(data, tools) {
    const { files, folder } = tools
    if (readMoveRecord(files, folder) !== undefined) return files.syncFolder(folder)
    const log = await openMoveLog(deps.bulk, folder)
    const { identity, from, to, fromMount, toMount } = data
    const record: MoveRecord = {
      version: 1,
      identity,
      from,
      to,
      fromMount,
      toMount,
      files: data.files,
      movedAt: tools.now(),
      chunkBytes: log.chunkBytes ?? CHUNK_BYTES,
      chunks: data.files.map((_, index) => [...log.chunksOf(index)]),
      removal: 'none',
    }
    putJson(files, path.join(folder, MOVE_RECORD), record)
    return `${from} stays until a proof from ${to} was accepted`
  },
  isDone: (_data, { files, folder }) => readMoveRecord(files, folder) !== undefined,
  async undo(data, { files, folder }) {
    // The first thing that is taken back: nothing has changed yet when the old folder turns out to be unusable.
    const changed = await changedInSource(deps.bulk, data)
    if (changed.length > 0) throw sourceNotWhole(data.from, changed)
    removeIfThere(files, path.join(folder, MOVE_RECORD))
    files.syncFolder(folder)
    return undefined
  },
  async obstacle(data, { files, folder }) {
    if (readMoveRecord(files, folder)?.removal !== 'none') return 'the data at the old place was removed, as you wanted it'
    const changed = await changedInSource(deps.bulk, data)
    return changed.length === 0 ? undefined : `the old folder ${data.from} is not whole any more`
  },
})

/** The record of the move whose operation has this folder; undefined when there is none, or no readable one. */
export function readMoveRecord(files: Files, folder: string): MoveRecord | undefined {
  const file = path.join(folder, MOVE_RECORD)
  return isThere(files, file) ? moveRecordSchema.safeParse(getJson(files, file)).data : undefined
}

/** Every move whose source is still there, as far as its record tells, by operation. */
export function keptSources(
  files: Files,
  operationsFolder: string,
): readonly { readonly operation: string; readonly record: MoveRecord }[] {
  if (!isThere(files, operationsFolder)) return []
  return files.list(operationsFolder).flatMap((operation) => {
    const record = readMoveRecord(files, path.join(operationsFolder, operation))
    return record === undefined || record.removal === 'done' ? [] : [{ operation, record }]
  })
}
