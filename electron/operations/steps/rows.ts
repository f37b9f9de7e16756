import { rowsSentence } from '../database/build.ts'
import { databaseFiles, newestSnapshot, takeSnapshot } from '../database/snapshot.ts'
import { buildAside, isSwapped, swapIn, swapObstacle, swapOut } from '../database/swap.ts'
import type { StepRule } from '../types.ts'
import { bytes as sizeOf } from '../../../shared/domain/words.ts'
import { buildRowsSchema, snapshotSchema, swapRowsSchema, type RowsData, type SnapshotData } from './data.ts'

const snapshot: StepRule<SnapshotData> = {
  schema: snapshotSchema,
  apply(data, tools) {
    const taken = takeSnapshot(tools, data.dataFolder, data.snapshot)
    const size = [taken.main, taken.wal, taken.shm].reduce((sum, part) => sum + (part?.bytes ?? 0), 0)
    return size === 0 ? 'there is no database yet' : `${sizeOf(size)}, hashes written beside it`
  },
  isDone: (data, tools) => newestSnapshot(tools, data.snapshot) !== undefined,
  // It stays with the journal: a copy harms nobody.
  undo: () => undefined,
}

const build: StepRule<RowsData> = {
  schema: buildRowsSchema,
  apply(data, tools) {
    const { added, removed, rows } = buildAside(tools, data)
    const tables = Object.keys(rows).length
    return `${rowsSentence(added)} added${removed === 0 ? '' : `, ${rowsSentence(removed)} taken out`}; integrity ok, ${tables} tables counted`
  },
  // The swap looks again, and builds again when anything changed.
  isDone: (data, { files }) => isSwapped(files, data),
  undo(data, tools) {
    swapOut(tools, data)
  },
}

const swap: StepRule<RowsData> = {
  schema: swapRowsSchema,
  apply: (data, tools) => swapIn(tools, data),
  isDone: (data, { files }) => isSwapped(files, data) && files.facts(databaseFiles(data.dataFolder).main) !== undefined,
  undo: (data, tools) => swapOut(tools, data),
  obstacle: (data, tools) => swapObstacle(tools, data),
}

export const rowRules = { snapshot, 'build-rows': build, 'swap-rows': swap } as const
