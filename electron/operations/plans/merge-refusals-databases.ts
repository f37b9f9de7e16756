import type { Fault } from '../../../shared/domain/fault.ts'
import { NEWEST_SCHEMA } from '../../identities/index.ts'
import type { FolderFacts } from '../facts/folder-facts.ts'
import { newerSchema, refusal, toolFor, type MergeFacts } from './merge-facts.ts'

/** Releases that leave a local.sql of a version, and the one to run once. @source facts/local-db.md §1 */
const RELEASES: Readonly<Record<number, { readonly range: string; readonly run: string }>> = {
  5: { range: 'v1.4.0 to v1.4.2', run: 'v1.4.2' },
  7: { range: 'v1.4.3 to v1.5.8', run: 'v1.5.8' },
  8: { range: 'v1.6', run: 'v1.6.8' },
  9: { range: 'v1.7 and v1.8', run: 'v1.8.3' },
}
export const rangeOf = (schema: number): string => RELEASES[schema]?.range ?? 'unknown releases'

/** How an older folder comes to a version. From v1.4.3 on any later release does it in one start. */
function wayTo(schema: number, from: number): string {
  const run = RELEASES[schema]?.run ?? 'the release that the other node runs'
  return from < 7 ? `v1.4.6 once, then ${run} once` : `${run} once`
}

export function databaseRefusals(facts: MergeFacts): readonly Fault[] {
  const { target, sources, tool } = facts
  if (toolFor(facts) !== undefined) return []
  const own = [...unusable(target), ...sources.flatMap((source) => [...missing(source), ...unusable(source)])]
  const toolFault =
    tool !== undefined && 'problem' in tool ? [refusal('tool-unusable', `${tool.file} cannot be used: ${tool.problem}`)] : []
  if (tool !== undefined && !('problem' in tool) && [target, ...sources].some((one) => newerSchema(one) !== undefined))
    return [...own.filter(({ code }) => code !== 'merge/unknown-schema'), ...versionsForTool(facts)]
  return [...toolFault, ...own, ...mismatches(target, sources), ...drifts(target, sources)]
}

/** A merge-nodes works on one version: that of its release. */
function versionsForTool({ target, sources }: MergeFacts): readonly Fault[] {
  const versions = [target, ...sources].flatMap((node) => {
    const schema = node.database.is === 'read' ? node.database.schema : newerSchema(node)
    return schema === undefined ? [] : [{ node, schema }]
  })
  const [newest, ...older] = versions.toSorted((one, other) => other.schema - one.schema)
  if (newest === undefined) return []
  return older
    .filter(({ schema }) => schema !== newest.schema)
    .map(({ node, schema }) =>
      refusal(
        'other-schema',
        `The databases of ${newest.node.name} and ${node.name} have different versions (old database version: ${schema} < ${newest.schema}), and merge-nodes works on one version only. Start ${node.name} once with the release that ${newest.node.name} runs, stop it, then plan again`,
      ),
    )
}

function missing({ name, dataFolder, database }: FolderFacts): readonly Fault[] {
  if (database.is !== 'absent') return []
  return [
    refusal(
      'no-database',
      `${name} has no database: ${dataFolder}/local.sql: no such file or directory. Without it a registered identity loses its epoch. Look for it where this folder came from; if its node never ran, start it once, then plan again`,
    ),
  ]
}

function unusable({ name, dataFolder, database }: FolderFacts): readonly Fault[] {
  if (database.is === 'corrupt') return [refusal('corrupt-database', `${name}: ${database.text}, then plan again`)]
  if (database.is === 'unreadable') return [refusal('unreadable-database', `${name}: ${database.text}, then plan again`)]
  if (database.is !== 'unsupported') return []
  const { schema } = database
  if (database.name === 'node_state.sql' || (schema > 0 && schema < 3))
    return [
      refusal(
        'old-database',
        `${name} was last run by a node before v1.4 (${database.name}, version ${schema}), and newer ones refuse it. Start go-spacemesh v1.4.6 on ${dataFolder} once, then ${RELEASES[NEWEST_SCHEMA]?.run ?? ''} once, then plan again`,
      ),
    ]
  if (schema === 0)
    return [
      refusal(
        'empty-database',
        `The local.sql of ${name} is empty (old database version: 0 < ${NEWEST_SCHEMA}): either its node never ran to its end, or the file was copied without local.sql-wal, which holds all rows. Bring local.sql-wal from where the folder came from, or start the node once, then plan again`,
      ),
    ]
  return [
    refusal(
      'unknown-schema',
      `The database of ${name} is too new: version ${schema} > ${NEWEST_SCHEMA}, the newest that this Smeshkeeper knows. Update Smeshkeeper, or give the merge-nodes of that node’s own release`,
    ),
  ]
}

function mismatches(target: FolderFacts, sources: readonly FolderFacts[]): readonly Fault[] {
  const [base, ...rest] = [target, ...sources].filter(({ database }) => database.is === 'read')
  if (base?.database.is !== 'read') return []
  const wanted = base.database.schema
  return rest.flatMap((other) => {
    if (other.database.is !== 'read' || other.database.schema === wanted) return []
    return [mismatch({ node: base, schema: wanted }, { node: other, schema: other.database.schema })]
  })
}

interface Versioned {
  readonly node: FolderFacts
  readonly schema: number
}

function mismatch(one: Versioned, other: Versioned): Fault {
  const [older, newer] = one.schema < other.schema ? [one, other] : [other, one]
  return refusal(
    'other-schema',
    `The databases of ${one.node.name} and ${other.node.name} have different versions (old database version: ${older.schema} < ${newer.schema}): ${older.node.name} was run by ${rangeOf(older.schema)}, ${newer.node.name} by ${rangeOf(newer.schema)}. ` +
      `Start ${older.node.name} with go-spacemesh ${wayTo(newer.schema, older.schema)}, stop it, then plan again`,
  )
}

function drifts(target: FolderFacts, sources: readonly FolderFacts[]): readonly Fault[] {
  const model = [target, ...sources].find(({ database }) => database.is === 'read')
  return [target, ...sources].flatMap((node) => {
    const { database, name } = node
    if (database.is !== 'read') return []
    const differs =
      model?.database.is === 'read' &&
      model !== node &&
      model.database.schema === database.schema &&
      model.database.shape !== database.shape
    const what = database.drift ?? (differs && database.schema < 7 ? `its tables differ from those of ${model.name}` : undefined)
    if (what === undefined) return []
    return [
      refusal(
        'schema-drift',
        `The tables of ${name} are not those of a node (schema drift detected: ${what}): rows could land in the wrong columns, and nodes from v1.7 on do not start with it. Take back what was changed in ${node.dataFolder}/local.sql, or restore it from a backup, then plan again`,
      ),
    ]
  })
}
