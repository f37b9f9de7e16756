import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { FoundProcess, FoundSetup } from '../../../shared/domain/inventory.ts'
import type { PlanNode } from '../../../shared/domain/operation.ts'
import type { SafeWindow } from '../../../shared/domain/safe-window.ts'
import type { InteropFiles } from '../../interop/index.ts'
import type { WriteFile } from '../steps/data.ts'
import type { Draft } from '../types.ts'
import type { ForeignManagers } from './managers.ts'

export interface TakeOverInput {
  readonly id: string
  readonly now: UnixMs
  /** Of a search that is not old: set-ups with the processes that run for them. */
  readonly setups: readonly FoundSetup[]
  readonly processes: readonly FoundProcess[]
  readonly managers: ForeignManagers
  readonly files: InteropFiles
  /** The node or the service as it is now, for the plan's pictures. */
  readonly node: PlanNode
  /** Our set-up with the new owner and without the unit. */
  readonly setUp: WriteFile
  /** Whether stopping it now costs anything. */
  readonly window: SafeWindow
  /** Whether the keeper can take a running program into its table. */
  readonly canAdopt: boolean
}

export interface TakeOverDraft extends Draft {
  /** Programs that go on and are to be adopted, not started. */
  readonly adopts: readonly { readonly pid: number; readonly program: 'go-spacemesh' | 'post-service'; readonly folder?: string }[]
}
