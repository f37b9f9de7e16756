import type { NodeSnapshot } from '../../shared/ipc/snapshot.ts'

export type NodeAction = 'start' | 'stop' | 'restart'

/** Which actions make sense: only for our own node, by what its process does. */
export function nodeActionsOf(node: NodeSnapshot): readonly NodeAction[] {
  if (node.mode !== 'managed' || node.owner !== 'smeshkeeper') return []
  switch (node.process?.at) {
    case 'ready':
    case 'starting':
      return ['stop', 'restart']
    case 'backoff':
      return ['start', 'stop']
    case 'stopping':
      return []
    default:
      return ['start']
  }
}
