import { NEWEST_SCHEMA } from '../../identities/index.ts'
import type { Fault } from '../../../shared/domain/fault.ts'
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

/** Another release's merge-nodes; `problem`: why it cannot be used, without a full stop. */
export type ToolFacts = { readonly file: string; readonly sha256: string } | { readonly file: string; readonly problem: string }

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
  readonly tool?: ToolFacts
  /** Of every folder that has a state.sql, about all identities of all folders. */
  readonly bans: readonly BanFacts[]
  /** Where the snapshots go. */
  readonly home?: { readonly freeBytes: number; readonly device: string }
  /** Each source's note of an earlier disarming, if there is one. */
  readonly notes: readonly FileSeen[]
  /** Configs of each source that are changed with it. */
  readonly configs: readonly (readonly SourceConfig[])[]
}

/** Version that all folders have and that only the given tool knows; undefined: our own copying does. */
export function toolSchema({ target, sources, tool }: Pick<MergeFacts, 'target' | 'sources' | 'tool'>): number | undefined {
  if (tool === undefined || 'problem' in tool) return undefined
  const schemas = [target, ...sources].map(({ database }) =>
    database.is === 'unsupported' && database.name === 'local.sql' ? database.schema : 0,
  )
  const [first = 0] = schemas
  return first > NEWEST_SCHEMA && schemas.every((one) => one === first) ? first : undefined
}

export const refusal = (code: string, text: string): Fault => no(`merge/${code}`, text)

/** The user's word for an identity. */
export const called = ({ input }: Pick<MergeFacts, 'input'>, id: string): string => nameOf(input, id)

export const idsOf = ({ keys }: Pick<FolderFacts, 'keys'>): readonly string[] => keys.flatMap(({ identity }) => identity ?? [])
export const bytesOf = ({ database }: FolderFacts): number => (database.is === 'read' ? database.bytes : 0)
/** Identities that move, over all sources. */
export const movingOf = ({ sources }: Pick<MergeFacts, 'sources'>): readonly string[] => sources.flatMap(idsOf)
