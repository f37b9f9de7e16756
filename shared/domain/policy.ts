import type { IdentityId, UnixMs } from './ids.ts'
import { epochLengthMs } from './network.ts'
import type { IdentityStatus } from './status.ts'
import type { Scene, View } from './view.ts'

/** What is to be done. Only ever for processes whose owner is us. */
export type Action =
  | { readonly do: 'start-node'; readonly why: string }
  | { readonly do: 'start-service' | 'stop-service' | 'restart-service'; readonly identity: IdentityId; readonly why: string }

/** At most this often is a failed proof tried anew in one gap. */
export const MOST_RETRIES = 3

/** Kinds in which a service of ours must not be started by us. */
const NOT_TO_START: ReadonlySet<IdentityStatus['kind']> = new Set([
  'banned',
  'twin-suspected',
  'held',
  'drive-missing',
  'incomplete',
  'stopped',
])

/** When a failed proof is tried anew: at once, then after ten minutes, three times a gap; `undefined` = never by us. */
export function nextRetry(v: View): UnixMs | undefined {
  const { failure, retries, dataTrouble, folder } = v.belief
  if (failure?.is !== 'failed' || v.service?.owner !== 'smeshkeeper' || v.service.wanted !== 'up') return undefined
  const isDataBad =
    dataTrouble !== undefined || (folder?.value.is === 'present' && folder.value.problems.some((problem) => problem.is !== 'long'))
  if (isDataBad) return undefined
  const inGap = retries.filter((at) => at >= v.due.gapOpens || v.now - at < v.net.poet.cycleGapMs)
  if (inGap.length >= MOST_RETRIES) return undefined
  return inGap.length === 0 ? failure.at : Math.max(failure.at, (inGap.at(-1) ?? 0) + v.limits.retryWait)
}

function serviceAction(v: View, status: IdentityStatus): Action | undefined {
  const { service, belief } = v
  if (service === undefined || service.owner !== 'smeshkeeper') return undefined
  const state = belief.process?.value
  if (state === undefined) return undefined
  if (state.at === 'stopped' || state.at === 'exited') return startOf(v, status)
  // It ended because its drive was gone; what was tried until then counts no more.
  if ((state.at === 'failed' || state.at === 'backoff') && belief.driveBackAt !== undefined && state.last.at < belief.driveBackAt)
    return startOf(v, status) === undefined ? undefined : { do: 'restart-service', identity: v.id, why: 'drive-back' }
  if (state.at !== 'ready') return undefined
  if (status.kind === 'failed') {
    const at = nextRetry(v)
    return at !== undefined && at <= v.now ? { do: 'restart-service', identity: v.id, why: 'failed-proof' } : undefined
  }
  if (status.kind === 'proving' && status.phase === 'outdated' && v.post === 'proving' && service.wanted === 'up') {
    return v.now - state.since > v.limits.outdatedAgain ? { do: 'restart-service', identity: v.id, why: 'outdated-proof' } : undefined
  }
  return stopOf(v)
}

function startOf(v: View, status: IdentityStatus): Action | undefined {
  const { service, operator, belief } = v
  if (service === undefined || service.wanted !== 'up' || NOT_TO_START.has(status.kind)) return undefined
  // Somebody answers at its address: another service, not ours, would be doubled.
  if (operator !== undefined && operator.is !== 'none') return undefined
  if (belief.process?.value.at === 'exited' && belief.startError !== undefined) return undefined
  if (service.policy === 'always') return { do: 'start-service', identity: v.id, why: 'wanted' }
  if (v.post !== 'proving' || v.queue.get(v.id)?.isNow !== true) return undefined
  return { do: 'start-service', identity: v.id, why: 'due' }
}

/** Only an idle service that the node does not need is ever stopped. */
function stopOf(v: View): Action | undefined {
  const { service, belief, limits, now } = v
  if (service === undefined || v.post !== 'idle' || v.operator?.is !== 'idle' || belief.run !== undefined) return undefined
  const idleFor = now - (belief.postStateSince ?? now)
  const quietFor = now - v.world.driftMs - (belief.operatorSince ?? now - v.world.driftMs)
  if (Math.min(idleFor, quietFor) < limits.connectGrace) return undefined
  if (service.wanted === 'down') return { do: 'stop-service', identity: v.id, why: 'not-wanted' }
  return service.policy === 'when-due' ? { do: 'stop-service', identity: v.id, why: 'not-needed' } : undefined
}

function nodeAction(scene: Scene, isTwinSuspected: boolean): Action | undefined {
  const { node } = scene.setup
  if (node.mode !== 'managed' || node.owner !== 'smeshkeeper' || node.wanted !== 'up') return undefined
  const state = scene.world.node.process?.value
  if (state?.at !== 'stopped' && state?.at !== 'exited') return undefined
  // A node that answers while ours is down is somebody else's; and two copies of a key must never run.
  const isOther = Object.values(scene.world.node.api).some((api) => api.value.reach === 'up')
  const twinAt = scene.world.node.twin?.at
  const isTwinNear = twinAt !== undefined && scene.now - twinAt < 2 * epochLengthMs(scene.net)
  if (isOther || isTwinSuspected || isTwinNear) return undefined
  return { do: 'start-node', why: 'wanted' }
}

/** Everything that we would do now, at most one action an identity. */
export function actionsOf(scene: Scene, judged: readonly { readonly view: View; readonly status: IdentityStatus }[]): readonly Action[] {
  const isTwinSuspected = judged.some(({ status }) => status.kind === 'twin-suspected')
  const node = nodeAction(scene, isTwinSuspected)
  return [...(node === undefined ? [] : [node]), ...judged.flatMap(({ view, status }) => serviceAction(view, status) ?? [])]
}
