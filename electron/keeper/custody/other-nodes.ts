import type { FoundProcess, Inventory } from '../../../shared/domain/inventory.ts'
import type { OtherNode } from '../../identities/index.ts'

const byWords = (process: FoundProcess): string => {
  const owner = process.ownerLabel ?? (process.owner === 'someone' ? undefined : process.owner)
  return `process ${process.pid}${owner === undefined ? '' : ` (${owner})`}`
}

/**
 * Nodes beside ours that run, or that something would start: from the processes of this moment and from the last scan.
 *
 * @param own pids of our own children
 */
export function otherNodes(
  processes: readonly FoundProcess[],
  inventory: Inventory | undefined,
  own: { readonly dataFolder: string; readonly pids: ReadonlySet<number> },
): readonly OtherNode[] {
  const running = processes
    .filter((one) => one.program === 'go-spacemesh' && one.folder !== undefined && !own.pids.has(one.pid))
    .map((one): OtherNode => ({ dataFolder: one.folder ?? '', grade: 'running', by: byWords(one), pid: one.pid }))
  const runs = new Set(running.map((one) => one.dataFolder))
  const configured = (inventory?.nodes ?? [])
    .filter((node) => node.starters.length > 0 && node.dataFolder !== own.dataFolder && !runs.has(node.dataFolder))
    .map((node): OtherNode => ({ dataFolder: node.dataFolder, grade: 'configured', by: node.starters.map((one) => one.label).join(', ') }))
  return [...running.filter((one) => one.dataFolder !== own.dataFolder), ...configured]
}
