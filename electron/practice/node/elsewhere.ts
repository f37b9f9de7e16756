import { atxFor, receiveAtx } from './publishing.ts'
import type { World } from './world.ts'

const LOOK_MS = 200
const ID = /^[0-9a-f]{64}$/
/** Of an identity that this network has never seen. */
const DEFAULT_UNITS = 4

/**
 * Plays the other node that the script's `elsewhere` speaks of: once in every epoch it publishes as soon as the PoET round
 * has ended. Its ATXs come over the network and stay in state.sql like everybody's.
 */
export async function runElsewhere(world: World): Promise<void> {
  const { time, poet, script, state } = world
  const done = new Set<string>()
  for (;;) {
    const epoch = time.epoch()
    // The first ATXs are of epoch 1, from round 0.
    const isDue = epoch >= 1 && time.now() >= poet.roundEnd(epoch - 1)
    for (const id of isDue ? (script.now().elsewhere ?? []) : []) {
      if (!ID.test(id) || done.has(`${epoch} ${id}`)) continue
      done.add(`${epoch} ${id}`)
      const previous = state.latestAtx(id)
      const sequence = previous === undefined ? 0 : previous.sequence + 1
      const atx = atxFor(world, 'twin', { id, epoch, sequence, numUnits: previous?.numUnits ?? DEFAULT_UNITS })
      // After a restart it is known already.
      if (previous?.id !== atx.id) receiveAtx(world, atx)
    }
    await time.until(time.now() + LOOK_MS)
  }
}
