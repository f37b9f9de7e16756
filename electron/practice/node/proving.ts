import type { PostMeta, PostProof } from './local-db.ts'
import type { PostHub } from './post-hub.ts'
import type { World } from './world.ts'

/** A service said that it cannot make this proof. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}

/** The epoch ended before the proof was there. */
export class ProofTooLate extends Error {
  override readonly name = 'ProofTooLate'
}

export interface ProofJob {
  readonly id: string
  readonly challenge: Uint8Array
  /** Unix ms on the node's clock; none for an initial proof. */
  readonly deadline?: number
}

export interface FetchedProof {
  readonly proof: PostProof
  readonly meta: PostMeta
}

const ASK_EVERY_MS = 2000
const WARN_EVERY_MS = 20_000

export interface PostStateBook {
  set(id: string, state: 'idle' | 'proving'): void
  all(): ReadonlyMap<string, 'idle' | 'proving'>
}

/** What `PostStates` tells. A change is logged. */
export function postStateBook(log: World['log']): PostStateBook {
  const states = new Map<string, 'idle' | 'proving'>()
  return {
    set(id, state) {
      if (states.get(id) === state) return
      states.set(id, state)
      log('INFO', 'node.post', 'post state changed', { id, state })
    },
    all: () => states,
  }
}

/** Only an even k2pow nonce is a valid proof on the practice network; the script can reject any. */
export const isValidProof = (world: World, id: string, proof: PostProof): boolean =>
  proof.pow % 2n === 0n && world.script.now().rejectProofs?.includes(id) !== true

/**
 * Asks the identity's service for a proof until it has one, however long no service is there.
 * The state is PROVING from here on; a service's error leaves it so.
 * @throws ProofError when the service answers with an error
 * @throws ProofTooLate at the job's deadline
 */
export async function fetchProof(world: World, hub: PostHub, states: PostStateBook, job: ProofJob): Promise<FetchedProof> {
  const { id, challenge } = job
  const { time, events, log } = world
  const smesher = Buffer.from(id, 'hex')
  states.set(id, 'proving')
  let hasStarted = false
  let pauses = 0
  for (;;) {
    if (world.time.now() >= (job.deadline ?? Number.POSITIVE_INFINITY)) throw new ProofTooLate('context deadline exceeded')
    if (!hub.isRegistered(id)) {
      await time.sleep(ASK_EVERY_MS)
      pauses += 1
      if (pauses % (WARN_EVERY_MS / ASK_EVERY_MS) === 0 && !hub.isRegistered(id)) {
        const error = 'post service not registered'
        log('WARN', 'node.nipostBuilder', 'post service not connected - waiting for reconnection', { smesherID: id, error })
      }
      continue
    }
    pauses = 0
    if (!hasStarted) events.emit({ case: 'postStart', value: { challenge, smesher } })
    hasStarted = true
    const answer = await hub.ask(id, challenge)
    if (answer.kind === 'error') {
      events.fail({ case: 'postComplete', value: { smesher } }, 'Node failed PoST execution.')
      throw new ProofError('error generating proof: status:GEN_PROOF_STATUS_ERROR')
    }
    if (answer.kind === 'proof') {
      states.set(id, 'idle')
      events.emit({ case: 'postComplete', value: { challenge, smesher } })
      return answer
    }
    if (answer.kind === 'working') await time.sleep(ASK_EVERY_MS)
  }
}
