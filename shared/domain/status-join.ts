import { asEpoch } from './ids.ts'
import { eligible, proved, published } from './status-done.ts'
import { missed } from './status-missed.ts'
import { handsOver, provingNow, provingWanted, isBeforeRequest } from './status-proving.ts'
import { common, type Rule } from './status-rule.ts'
import { banned, driveMissing, held, incomplete, stopped, twinSuspected } from './status-standing.ts'
import type { IdentityStatus } from './status.ts'
import { failed, failing, notKnown } from './status-trouble.ts'
import { nothingWanted } from './status-waiting.ts'
import type { View } from './view.ts'
import { ago } from './words.ts'

/** The rows of the table, first match wins. What is worst and surest comes first. @source design.md §4 */
const RULES: readonly Rule[] = [
  banned,
  // Its key is out of the node: what a second copy asks for is done.
  held,
  twinSuspected,
  driveMissing,
  stopped,
  missed,
  published,
  proved,
  incomplete,
  failing,
  failed,
  notKnown,
  handsOver,
  provingNow,
  provingWanted,
  eligible,
  nothingWanted,
]

/** The status of one identity: a total function, `unknown` when no row has fresh evidence. */
export function statusOf(v: View): IdentityStatus {
  for (const rule of RULES) {
    const status = rule(v)
    if (status !== undefined) return status
  }
  return unknown(v)
}

function lastKnown(v: View): string | undefined {
  const { atxs, complete, run, formerPostState, postState } = v.belief
  if (atxs.has(v.epoch)) return 'published'
  if (complete !== undefined && v.now - complete.at < v.net.layerDurationMs * v.net.layersPerEpoch) return 'proved'
  if (run !== undefined) return 'proving'
  const state = (postState ?? formerPostState)?.value
  if (state === 'proving') return 'the node asked for a proof'
  return state === 'idle' ? 'nothing was asked' : undefined
}

/** Why nobody knows, with the time since when. */
function silence(v: View): { readonly words: string; readonly since: number } {
  const { belief, world, now } = v
  const first = world.firstAt ?? now
  const state = world.node.process?.value
  if (v.post === undefined) {
    const since = (belief.postState ?? belief.formerPostState)?.at ?? first
    if (state?.at === 'starting') return { words: 'The node is starting', since }
    if (state?.at === 'ready' || state === undefined)
      return { words: `The node has said nothing of it for ${ago(since, now).replace(' ago', '')}`, since }
    return { words: 'The node does not run', since }
  }
  if (v.post === 'unknown') return { words: 'The node names a state that this version does not know', since: belief.postStateSince ?? now }
  const since = belief.operatorSince === undefined ? first : belief.operatorSince + world.driftMs
  if (isBeforeRequest(v))
    return { words: 'The node asks for a proof; its service has not been heard since', since: v.belief.postStateSince ?? now }
  switch (v.operator?.is) {
    case 'garbage':
      return { words: "Something answers at its service's status address, but no post-service", since }
    case 'silent':
      return { words: 'Its service accepts connections and does not answer', since }
    case 'none':
      return { words: "Its service runs, but nobody answers at its status address: the port may be another program's", since }
    case 'done':
      return { words: 'Its service has finished or failed; which, nobody has said yet', since }
    default:
      return { words: 'Its service has not been heard', since }
  }
}

function unknown(v: View): IdentityStatus {
  const last = lastKnown(v)
  const { words, since } = silence(v)
  const tail = last === undefined ? '' : `; last known: ${last}`
  return {
    kind: 'unknown',
    ...(last === undefined ? {} : { lastKnown: last }),
    ...common(v, { sentence: `${words}${tail}.`, since, due: { ...v.due, epoch: asEpoch(v.due.epoch) } }),
  }
}
