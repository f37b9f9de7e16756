import { describe, expect, it } from 'vitest'
import { keyDesk } from '../../../../electron/keeper/custody/key-desk.ts'
import { watchKeys } from '../../../../electron/keeper/custody/key-watch.ts'
import { aHold } from '../../../builders/inventory.ts'
import { aKey } from '../../identities/keys.ts'
import { aCustody, arm } from './context.ts'

const AMBER = aKey(31)

/** A held key that lies in the node's folder all the same. */
function armedThoughHeld() {
  const custody = aCustody([AMBER])
  const open = () => keyDesk({ context: custody.context, inventory: () => undefined, planOf: () => undefined, onKeysMoved: () => {} })
  open().store.hold(Buffer.from(AMBER.hex), { identity: AMBER.id, hold: aHold(), name: 'amber' })
  const file = arm(custody.dataFolder, AMBER)
  return { custody, file, desk: open() }
}

describe('the first moments of a session', () => {
  it('have a guard that sees a held key in the node before anything was watched', async () => {
    const { desk, file } = armedThoughHeld()
    expect(await desk.warden.guardNode()).toMatch(file)
  })

  it('have a guard that waits for the look that is under way', async () => {
    const { custody, desk, file } = armedThoughHeld()
    desk.begin(custody.session.asSession())
    expect(await desk.warden.guardNode()).toMatch(file)
    desk.end()
  })

  it('answer who asks while the first look is under way with what is there then', async () => {
    const custody = aCustody([AMBER])
    const watch = watchKeys({ clock: custody.clock, setup: () => custody.setup(), holds: () => new Map(), emit: () => {} })
    arm(custody.dataFolder, AMBER)
    await watch.look()
    expect(watch.keys()?.map(({ identity }) => identity)).toEqual([AMBER.id])
    watch.close()
  })
})
