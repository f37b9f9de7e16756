import type { ProofRecord } from '../../shared/ipc/contract.ts'
import type { Look } from './glyph.tsx'

/** Shape and word of how a proof ended. */
export const OUTCOMES: Readonly<Record<ProofRecord['outcome'], Look>> = {
  running: { shape: 'pie', tone: 'accent', word: 'under way', share: 60 },
  accepted: { shape: 'disc-tick', tone: 'ok', word: 'accepted' },
  failed: { shape: 'cross', tone: 'bad', word: 'failed' },
  rejected: { shape: 'cross', tone: 'bad', word: 'rejected by the node' },
  lost: { shape: 'cross', tone: 'bad', word: 'lost' },
}
