import type { Fault } from '../../../shared/domain/fault.ts'
import type { FoundProcess, FoundSetup } from '../../../shared/domain/inventory.ts'
import type { PlanCheck, PlanRisk } from '../../../shared/domain/operation.ts'
import type { Target } from './data.ts'
import type { ForeignManagers } from './managers.ts'

/** What a plan found about the manager of one set-up. Only read. */
export interface FoundTargets {
  /** In the order in which they are taken out. */
  readonly targets: readonly Target[]
  readonly refusals: readonly Fault<ForeignRefusal>[]
  readonly checks: readonly PlanCheck[]
  readonly risks: readonly PlanRisk[]
  /** Commands that the user must type, because they need root. */
  readonly commands: readonly string[]
}

export type ForeignRefusal =
  | 'foreign/unknown'
  | 'foreign/ours'
  | 'foreign/manager-unreachable'
  | 'foreign/docker-unreachable'
  | 'foreign/not-found'
  | 'foreign/template'
  | 'foreign/cannot-disable'
  | 'foreign/started-by-others'
  | 'foreign/container-vanishes'
  | 'foreign/two-managers'
  | 'foreign/not-permitted'
  | 'foreign/file-unreadable'
  | 'foreign/smapp-open'
  | 'foreign/nothing-to-take'
  | 'foreign/unit-exists'
  | 'foreign/path-unusable'

export interface TargetSearch {
  readonly setup: FoundSetup
  readonly processes: readonly FoundProcess[]
  readonly managers: ForeignManagers
  /** Whether a program that goes on can be taken over as it runs. */
  readonly canAdopt: boolean
}

export const refused = (code: ForeignRefusal, detail: string): Fault<ForeignRefusal> => ({ code, detail, retry: 'user' })

export const NOTHING_FOUND: FoundTargets = { targets: [], refusals: [], checks: [], risks: [], commands: [] }

export const refusal = (code: ForeignRefusal, detail: string): FoundTargets => ({ ...NOTHING_FOUND, refusals: [refused(code, detail)] })

const bare = (folder: string): string => folder.replace(/(?<=.)[\\/]+$/, '')
export const sameFolder = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && bare(a) === bare(b)

/** Data folder of its node and PoS folders of its services. */
export const foldersOf = ({ node, services }: FoundSetup): readonly string[] => [
  ...new Set(
    [...(node?.dataFolder === undefined ? [] : [node.dataFolder]), ...services.flatMap(({ posFolder }) => posFolder ?? [])].map(bare),
  ),
]

/** Running programs that a set-up describes. */
export const runningOf = ({ setup, processes }: Pick<TargetSearch, 'setup' | 'processes'>): readonly FoundProcess[] => {
  const pids = new Set([setup.node?.pid, ...setup.services.map(({ pid }) => pid)])
  return processes.filter(({ pid, program }) => pids.has(pid) && (program === 'go-spacemesh' || program === 'post-service'))
}
