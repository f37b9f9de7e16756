import path from 'node:path'
import { codeOf } from '../../identities/index.ts'
import type { StepRule } from '../types.ts'
import type { BulkFacts, BulkFiles } from './bulk-files.ts'
import { moveNamesSchema, type MoveNames } from './data.ts'
import { holdsAll, withJob, type MoveDeps } from './job.ts'

/**
 * Moves within one volume: every file gets its second name, durable, before it loses the first, so that a power cut never
 * leaves one without a name. Keys are no part of it and stay where they are.
 */
export const moveNames = (deps: MoveDeps): StepRule<MoveNames> => ({
  schema: moveNamesSchema,
  apply: (data, tools) =>
    withJob(deps, data, tools, async (job) => {
      await job.checkDisks()
      await job.do('target', data.to, (bulk) => rename(bulk, data))
      return `${data.files.length} files, nothing copied`
    }),
  async isDone(data) {
    if (!(await holdsAll(deps.bulk, data.to, data))) return false
    for (const { name } of data.files) if ((await deps.bulk.facts(path.join(data.from, name))) !== undefined) return false
    return true
  },
  undo: (data, tools) =>
    withJob(deps, data, tools, async (job) => {
      await job.checkDisks()
      await job.do('source', data.from, async (bulk) => {
        const hasStarted = (await bulk.facts(data.to)) !== undefined
        if (hasStarted) await rename(bulk, { ...data, from: data.to, to: data.from })
        if (data.hadEmptyFolder && (await bulk.facts(data.to)) === undefined) await bulk.makeFolder(data.to, 0o700)
        await bulk.syncFolder(path.dirname(data.to))
      })
    }),
  obstacle: async (data) =>
    (await holdsAll(deps.bulk, data.to, data)) ? undefined : `the files in ${data.to} are not those that were moved there`,
})

const isSame = (a: BulkFacts, b: BulkFacts): boolean => a.device === b.device && a.inode === b.inode

async function rename(bulk: BulkFiles, { from, to, files }: Pick<MoveNames, 'from' | 'to' | 'files'>): Promise<void> {
  if ((await bulk.facts(to)) === undefined) await bulk.makeFolder(to, 0o700)
  await bulk.syncFolder(path.dirname(to))
  for (const { name, bytes } of files) await giveName(bulk, { old: path.join(from, name), fresh: path.join(to, name), bytes })
  await bulk.syncFolder(to)
  for (const { name } of files) {
    const [old, fresh] = [await bulk.facts(path.join(from, name)), await bulk.facts(path.join(to, name))]
    if (old !== undefined && fresh !== undefined && isSame(old, fresh)) await bulk.unlink(path.join(from, name))
  }
  if ((await bulk.facts(from)) === undefined) return
  await bulk.syncFolder(from)
  if ((await bulk.list(from)).length > 0) return
  await bulk.removeFolder(from)
  await bulk.syncFolder(path.dirname(from))
}

async function giveName(
  bulk: BulkFiles,
  { old, fresh, bytes }: { readonly old: string; readonly fresh: string; readonly bytes: number },
): Promise<void> {
  const [before, after] = [await bulk.facts(old), await bulk.facts(fresh)]
  if (before === undefined && after?.bytes === bytes) return // moved by an earlier run
  if (before === undefined) throw Object.assign(new Error(`ENOENT: ${old}`), { code: 'ENOENT' })
  if (after !== undefined) {
    if (isSame(before, after)) return
    throw Object.assign(new Error(`EEXIST: ${fresh}`), { code: 'EEXIST' })
  }
  try {
    await bulk.link(old, fresh)
  } catch (cause) {
    // File systems without second names. There a rename is all there is.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(cause))) throw cause
    await bulk.rename(old, fresh)
  }
}
