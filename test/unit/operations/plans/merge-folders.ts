import type { IdentityId } from '../../../../shared/domain/ids.ts'
import type { FolderFacts } from '../../../../electron/operations/facts/folder-facts.ts'
import { DISARMED_NOTE } from '../../../../electron/operations/plans/merge-steps.ts'
import type { MergeFacts } from '../../../../electron/operations/plans/merge-facts.ts'
import { aMoment } from './plan-world.ts'

/** A sound folder `/node/<name>` as the planner of merges reads it. */
export function aFolder(
  name: string,
  keys: readonly { readonly name: string; readonly identity: string }[],
  parts: Partial<FolderFacts> = {},
): FolderFacts {
  const dataFolder = `/node/${name.toLowerCase()}`
  return {
    dataFolder,
    name,
    place: { is: 'folder', realPath: dataFolder, marks: { folder: name }, canWrite: true, freeBytes: 1e12, device: '1' },
    keys: keys.map(({ name: file, identity }) => ({ name: file, identity: identity as IdentityId, form: 'good' })),
    names: keys.map(({ name: file }) => file),
    keyProblems: [],
    database: { is: 'read', schema: 9, bytes: 100_000, isInWal: true, rows: [], tables: {}, perId: {}, shape: '' },
    genesis: { is: 'absent' },
    config: { is: 'unknown' },
    values: parts.config?.is === 'read' ? parts.config.values : {},
    ...parts,
  }
}

/** Facts of a merge of these folders, with nothing in the way. */
export function aMerge(target: FolderFacts, sources: readonly FolderFacts[], parts: Partial<MergeFacts> = {}): MergeFacts {
  return {
    request: { from: sources.map(({ dataFolder }) => dataFolder), to: target.dataFolder, names: {} },
    input: { ...aMoment(), nodes: [], stops: [] },
    target,
    sources,
    bans: [],
    notes: sources.map(({ dataFolder }) => ({ file: `${dataFolder}/${DISARMED_NOTE}`, text: null })),
    configs: sources.map(() => []),
    ...parts,
  }
}
