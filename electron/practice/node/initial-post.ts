import { isValidProof, fetchProof, ProofError, type PostStateBook } from './proving.ts'
import type { PostHub } from './post-hub.ts'
import type { World } from './world.ts'

const ZEROS = new Uint8Array(32)

/** Whether this identity still needs an initial proof: none stored and no ATX known. */
export const needsInitialPost = (world: World, id: string): boolean =>
  world.local.post(id) === undefined && world.state.latestAtx(id) === undefined && world.local.challenge(id) === undefined

/** Makes the initial proof; a failed or rejected one is tried again in the next layer, for ever. */
export async function buildInitialPost(world: World, hub: PostHub, states: PostStateBook, id: string): Promise<void> {
  const { log, local, time } = world
  while (needsInitialPost(world, id)) {
    log('INFO', 'node.atxBuilder', 'creating initial post')
    try {
      const { proof, meta } = await fetchProof(world, hub, states, { id, challenge: ZEROS })
      if (isValidProof(world, id, proof)) {
        local.savePost(id, proof, meta, ZEROS)
        log('INFO', 'node.atxBuilder', 'created the initial post')
        return
      }
      const error = 'verifying PoST: invalid index: 0'
      log('ERROR', 'node.atxBuilder', 'initial POST is invalid', { smesherID: id.slice(0, 6), error })
      log('ERROR', 'node.atxBuilder', 'failed to generate initial proof:', { error: `initial POST is invalid: ${error}` })
    } catch (cause: unknown) {
      if (!(cause instanceof ProofError)) throw cause
      log('ERROR', 'node.atxBuilder', 'failed to generate initial proof:', { error: `post execution: ${cause.message}` })
    }
    await time.nextLayer()
  }
}
