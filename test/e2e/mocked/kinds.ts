import type { IdentityStatus, StatusKind } from '../../../shared/domain/status.ts'
import { GAP_END, NOW, STATUSES } from '../../builders/snapshot.ts'

const MINUTE = 60_000
const about = (sentence: string, timing: IdentityStatus['timing'] = 'unknown') =>
  ({ sentence, timing, epoch: 61, gapEnd: GAP_END, publishEnd: GAP_END + 96 * 60 * MINUTE, since: NOW - 20 * MINUTE }) as const

/** One status of every kind, with a sentence that is only its own. A new kind does not compile here. */
export const KINDS: Readonly<Record<StatusKind, IdentityStatus>> = {
  unknown: STATUSES.unknown(),
  incomplete: { kind: 'incomplete', ...about('Its PoS folder holds no PoS data; a proof would never end.') },
  'drive-missing': STATUSES.driveMissing(),
  stopped: { kind: 'stopped', ...about('Stopped by you at 01:10. The node asks for its proof.', 'late'), stoppedBy: 'user' },
  held: { kind: 'held', ...about('Held: its key is out of the node until the copy is done.') },
  'not-known-to-node': { kind: 'not-known-to-node', ...about('The node does not know this key. Restart the node to load it.') },
  waiting: STATUSES.waiting(),
  queued: STATUSES.queued(),
  'needs-service': STATUSES.needsService(),
  'not-connected': { kind: 'not-connected', ...about('The service is up, but not connected: the address has no scheme.') },
  proving: STATUSES.reading(),
  'handing-over': STATUSES.handing(),
  failed: STATUSES.failed(),
  failing: { kind: 'failing', ...about('The node refuses its proofs as invalid, for the third time.', 'late'), round: 3 },
  proved: { kind: 'proved', ...about('Proved at 00:06; the node has yet to publish.', 'on-time'), provedAt: NOW - 156 * MINUTE },
  published: STATUSES.published(),
  eligible: { kind: 'eligible', ...about('Earns in 9 layers of epoch 61.', 'on-time'), layers: 9 },
  missed: { kind: 'missed', ...about('Missed epoch 61: its drive was away for 31 h.', 'lost') },
  'twin-suspected': { kind: 'twin-suspected', ...about('Another node seems to use this key. Stop one of them now.') },
  banned: { kind: 'banned', ...about('Banned for equivocation since epoch 58; it earns nothing any more.', 'lost') },
}
