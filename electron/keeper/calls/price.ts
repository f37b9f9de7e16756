import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import type { UnitPrice } from '../../../shared/ipc/contract.ts'
import { fineDuration } from './words.ts'

/** What stopping this identity's service now would cost. A proof has no checkpoint: all its work is lost. */
export function priceOf(identity: IdentitySnapshot, now: number): UnitPrice {
  const { status } = identity
  if (status.kind === 'handing-over') {
    return {
      lostMs: Math.max(1, now - (status.foundAt ?? now)),
      sentence: `${identity.name} has found its proof and hands it over now: stopping throws it away.`,
    }
  }
  if (status.kind !== 'proving' || status.phase === 'outdated') {
    return { lostMs: 0, sentence: `${identity.name} is not proving: stopping costs nothing while the node does not ask for a proof.` }
  }
  const lostMs = Math.max(1, now - (status.startedAt ?? status.since))
  const deadline = status.gapEnd === undefined ? '' : ` The gap ends ${new Date(status.gapEnd).toLocaleString()}.`
  return {
    lostMs,
    sentence: `${identity.name} has worked on its proof for ${fineDuration(lostMs)}: that is lost and starts from zero.${deadline}`,
  }
}
