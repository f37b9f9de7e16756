import path from 'node:path'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { conflictFinder, openOverrides, type Overrides } from '../../identities/index.ts'
import { findProcesses, systemInterop, systemProcesses } from '../../interop/index.ts'
import { systemFiles } from '../../lib/files.ts'
import { dataFolderOf, ownPids, type CustodyContext } from './context.ts'
import { otherNodes } from './other-nodes.ts'

export interface ConflictWatch {
  /**
   * Looks at the processes and the keys of this moment.
   * @param arming keys that are about to be placed in our node
   */
  look(arming?: readonly IdentityId[]): Promise<readonly KeyConflict[]>
  /** As last seen. */
  last(): readonly KeyConflict[]
  readonly overrides: Overrides
}

/** Keys of our node that another node runs with, or would be started with. */
export function watchConflicts(context: CustodyContext, inventory: () => Inventory | undefined): ConflictWatch {
  const overrides = openOverrides(path.join(context.home.state, 'overrides.json'))
  const find = conflictFinder()
  let last: readonly KeyConflict[] = []
  return {
    overrides,
    last: () => last,
    async look(arming = []) {
      const dataFolder = dataFolderOf(context.setup())
      if (dataFolder === undefined) return (last = [])
      const platform = systemInterop()
      const own = new Set(ownPids(context))
      const processes = await findProcesses({ source: systemProcesses(platform), files: systemFiles, platform, own })
      const others = otherNodes(processes, inventory(), { dataFolder, pids: own })
      const found = overrides.apply(find({ own: { dataFolder, arming }, others }))
      if (arming.length === 0) last = found
      return found
    },
  }
}
