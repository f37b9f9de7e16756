import { NEWEST_SCHEMA } from '../../identities/index.ts'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { lookAtTool, MergeTool } from '../tool/merge-program.ts'
import type { BanFacts } from '../facts/bans.ts'
import type { FolderFacts, FolderInput } from '../facts/folder-facts.ts'
import type { SourceConfig } from './merge-configs.ts'
import { nameOf, no, type FileSeen, type PlanMoment } from './plan-parts.ts'

export interface MergeRequest {
  /** Data folders of the nodes that are given up. */
  readonly from: readonly string[]
  readonly to: string
  /** New file names for keys, by identity. */
  readonly names: Readonly<Record<string, string>>
  /** merge-nodes of the release of these nodes, for a schema that we do not know. */
  readonly tool?: string | undefined
}

/** What the planner is told; everything else it reads in the folders. */
export interface MergeInput extends PlanMoment {
  readonly numUnits?: Readonly<Record<string, number>>
  /** What is known of these nodes beside their folders: name, config, lock. */
  readonly nodes: readonly FolderInput[]
  /** Real folders of nodes that run now and are stopped before: their state.sql is not opened beside them. */
  readonly running?: readonly string[]
  /** What the caller stops before it runs: "the node". */
  readonly stops: readonly string[]
  /** Nodes that run while nobody can say on which folder; for the user. */
  readonly unplaced?: readonly string[]
  /** Folder of operations, where the snapshots go. */
  readonly operations?: string
}

/** Everything that refusals, risks and steps are made of. */
export interface MergeFacts {
  readonly request: MergeRequest
  readonly input: MergeInput
  readonly target: FolderFacts
  readonly sources: readonly FolderFacts[]
  /** The merge-nodes that the user gave, or why it cannot be used. */
  readonly tool?: ReturnType<typeof lookAtTool>
  /** Of every folder that has a state.sql, about all identities of all folders. */
  readonly bans: readonly BanFacts[]
  /** Where the snapshots go. */
  readonly home?: { readonly freeBytes: number; readonly device: string }
  /** Each source's note of an earlier disarming, if there is one. */
  readonly notes: readonly FileSeen[]
  /** Configs of each source that are changed with it. */
  readonly configs: readonly (readonly SourceConfig[])[]
}

/** Version of a database that is newer than those that we know. */
export const newerSchema = ({ database }: Pick<FolderFacts, 'database'>): number | undefined =>
  database.is === 'unsupported' && database.name === 'local.sql' && database.schema > NEWEST_SCHEMA ? database.schema : undefined

/**
 * The given tool and the version that only it knows; undefined: our own copying does. All folders have that version; a
 * target without a database gets one from the tool.
 */
export function toolFor({
  target,
  sources,
  tool,
}: Pick<MergeFacts, 'target' | 'sources' | 'tool'>): (MergeTool & { readonly schema: number }) | undefined {
  if (tool === undefined || 'problem' in tool) return undefined
  const [schema, ...rest] = [...sources, ...(target.database.is === 'absent' ? [] : [target])].map(newerSchema)
  return schema !== undefined && rest.every((one) => one === schema) ? { ...tool, schema } : undefined
}

export const refusal = (code: string, text: string): Fault => no(`merge/${code}`, text)

/** The user's word for an identity. */
export const called = ({ input }: Pick<MergeFacts, 'input'>, id: string): string => nameOf(input, id)

export const idsOf = ({ keys }: Pick<FolderFacts, 'keys'>): readonly string[] => keys.flatMap(({ identity }) => identity ?? [])
export const bytesOf = ({ database }: FolderFacts): number => ('bytes' in database ? database.bytes : 0)
/** Identities that move, over all sources. */
export const movingOf = ({ sources }: Pick<MergeFacts, 'sources'>): readonly string[] => sources.flatMap(idsOf)
