import path from 'node:path'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { blindSpots, findConflicts, nodeKeyReader, openOverrides, type Overrides } from '../../identities/index.ts'
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
  /** What the last look could not see: keys of other nodes that may not be read. Sentences for the user. */
  blindSpots(): readonly string[]
  /** As last seen. */
  last(): readonly KeyConflict[]
  readonly overrides: Overrides
}

/** Keys of our node that another node runs with, or would be started with. */
export function watchConflicts(context: CustodyContext, inventory: () => Inventory | undefined): ConflictWatch {
  const overrides = openOverrides(path.join(context.home.state, 'overrides.json'))
  // One reader for all looks: it remembers what it read.
  const read = nodeKeyReader()
  let unseen: readonly string[] = []
  let last: readonly KeyConflict[] = []
  return {
    overrides,
    last: () => last,
    blindSpots: () => unseen,
    async look(arming = []) {
      const dataFolder = dataFolderOf(context.setup())
      if (dataFolder === undefined) {
        unseen = []
        return (last = [])
      }
      const platform = systemInterop()
      const own = new Set(ownPids(context))
      const processes = await findProcesses({ source: systemProcesses(platform), files: systemFiles, platform, own })
      const others = otherNodes(processes, inventory(), { dataFolder, pids: own })
      const input = { own: { dataFolder, arming }, others, read }
      const found = overrides.apply(findConflicts(input))
      unseen = blindSpots(input)
      if (arming.length === 0) last = found
      return found
    },
  }
}
