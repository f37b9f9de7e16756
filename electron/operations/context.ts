import type { UnixMs } from '../../shared/domain/ids.ts'
import type { FoundNode, FoundPosFolder, FoundProcess, FoundSetup } from '../../shared/domain/inventory.ts'
import type { SafeWindow } from '../../shared/domain/safe-window.ts'
import type { Setup } from '../../shared/setup/schema.ts'

/** What was measured last of a disk, bytes/s. */
export interface DiskSpeed {
  readonly lane: string
  readonly read?: number
  readonly write?: number
}

/**
 * What the keeper knows when something is planned: JSON, since planning is done in the operations process. A planner reads
 * the files of the nodes itself.
 */
export interface PlanContext {
  readonly now: UnixMs
  /** 4 hex characters for the id of the plan. */
  readonly random: string
  /** File of our set-up, its bytes, and what they say, paths filled in; null while there is none. */
  readonly setUp: { readonly file: string; readonly text: string; readonly setup: Setup; readonly expanded: Setup } | null
  /** `<home>/quarantine` and the folder of operations, for plans that look into them. */
  readonly quarantine: string
  readonly operations: string
  /** From the last search; empty before the first. */
  readonly setups: readonly FoundSetup[]
  readonly nodes: readonly FoundNode[]
  readonly posFolders: readonly FoundPosFolder[]
  /** Programs of the network that run now; ours among them, with owner `smeshkeeper`. */
  readonly processes: readonly FoundProcess[]
  /** How the user calls each identity. */
  readonly names: Readonly<Record<string, string>>
  /** Whether our node may be away now. */
  readonly safeWindow: SafeWindow
  /** Status kind and sentence of each identity of ours, and when its proof is due next. */
  readonly statuses: Readonly<Record<string, { readonly kind: string; readonly sentence: string; readonly dueAt?: UnixMs }>>
  /** Keys that are armed in a node that runs or may start, other than where the plan would put them. */
  readonly armedElsewhere: readonly { readonly identity: string; readonly why: string }[]
  /** Per identity whether it may be armed, by what was seen on the network; absent = nothing was judged. */
  readonly verdicts: Readonly<Record<string, { readonly is: 'clear' | 'hold' | 'wait'; readonly why: string }>>
  /** Ids whose key is in the newest backup that was read back, and whether backups are green. */
  readonly backup: { readonly isGreen: boolean; readonly holds: readonly string[]; readonly at: UnixMs | null }
  /** Public keys to key files of the quarantine and held ones need no words: they are read there. */
  /** Disks that hold PoS data of ours; empty before any was looked at. */
  readonly diskSpeeds: readonly DiskSpeed[]
  /** Of this Smeshkeeper. */
  readonly version: string
  readonly hostname: string
  readonly homedir: string
  readonly platform: NodeJS.Platform
}
