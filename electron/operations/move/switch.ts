import path from 'node:path'
import { OperationStopped, type StepRule } from '../types.ts'
import type { BulkFiles } from './bulk-files.ts'
import { sourceNotWhole } from './copy.ts'
import { asideOf, moveSwitchSchema, type MoveSwitch } from './data.ts'
import { changedInSource, holdsAll, withJob, type MoveDeps } from './job.ts'
import { tidyTarget } from './tidy.ts'

/** Gives the verified copy its place by one rename. The set-up still names the old folder then. */
export const moveSwitch = (deps: MoveDeps): StepRule<MoveSwitch> => ({
  schema: moveSwitchSchema,
  apply: (data, tools) =>
    withJob(deps, data, tools, async (job) => {
      await job.checkDisks()
      await job.do('target', data.to, (bulk) => takePlace(bulk, data))
      return data.to
    }),
  isDone: async (data) => (await deps.bulk.facts(asideOf(data.to))) === undefined && holdsAll(deps.bulk, data.to, data),
  async undo(data) {
    const changed = await changedInSource(deps.bulk, data)
    if (changed.length > 0 && (await holdsAll(deps.bulk, data.to, data))) throw sourceNotWhole(data.from, changed)
    return tidyTarget(data, () => givePlaceBack(deps.bulk, data))
  },
})

async function takePlace(bulk: BulkFiles, data: MoveSwitch): Promise<void> {
  const { to } = data
  const aside = asideOf(to)
  if ((await bulk.facts(aside)) === undefined) {
    if (!(await holdsAll(bulk, to, data)))
      throw new OperationStopped('move/copy-gone', `The copy ${aside} is not there any more. Finish the move: it is made again`)
    return bulk.syncFolder(path.dirname(to))
  }
  // Fails when something is in it.
  if ((await bulk.facts(to)) !== undefined) await bulk.removeFolder(to)
  await bulk.rename(aside, to)
  await bulk.syncFolder(path.dirname(to))
}

async function givePlaceBack(bulk: BulkFiles, { to, hadEmptyFolder }: MoveSwitch): Promise<undefined> {
  const aside = asideOf(to)
  if ((await bulk.facts(aside)) === undefined && (await bulk.facts(to)) !== undefined) await bulk.rename(to, aside)
  if (hadEmptyFolder && (await bulk.facts(to)) === undefined) await bulk.makeFolder(to, 0o700)
  await bulk.syncFolder(path.dirname(to))
  return undefined
}
