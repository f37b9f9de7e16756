import { describe, expect, it } from 'vitest'
import { networkWord } from '../../../../electron/keeper/custody/arming.ts'
import { limitsFor } from '../../../../shared/domain/freshness.ts'
import { asEpoch, asLayer } from '../../../../shared/domain/ids.ts'
import { emptyIdentity, emptyWorld, type IdentityBelief, type NodeBelief, type World } from '../../../../shared/domain/world.ts'
import { resolveNetwork } from '../../../../shared/setup/network.ts'
import { aKey } from '../../identities/keys.ts'
import { seen } from './context.ts'

const AMBER = aKey(1).id
const NET = resolveNetwork({ preset: 'mainnet' })
const LIMITS = limitsFor(NET)
const NOW = Date.UTC(2026, 10, 24)

const synced = (isSynced: boolean, at = NOW): Partial<NodeBelief> => ({
  sync: seen(
    { isSynced, topLayer: asLayer(5), verifiedLayer: asLayer(5), appliedLayer: asLayer(5), currentLayer: asLayer(5), peers: 4 } as never,
    at,
  ),
})
function aWorld(belief: Partial<IdentityBelief>, node: Partial<NodeBelief> = synced(true)): World {
  const world = emptyWorld()
  return { ...world, node: { ...world.node, ...node }, identities: new Map([[AMBER, { ...emptyIdentity(AMBER), ...belief }]]) }
}
const word = (world: World, now = NOW) => networkWord(world, AMBER, NET, now)
const listed = (at = NOW) => ({ listedAt: seen(true as const, at) })

describe('the word of the network about an identity', () => {
  it('is every ATX that was listed, the newest first, with when it was asked', () => {
    const atxs = new Map([
      [57, { atxId: 'a', at: NOW - 9 }],
      [59, { atxId: 'c', at: NOW - 5 }],
      [58, { atxId: 'b', at: NOW - 7 }],
    ])
    expect(word(aWorld({ ...listed(), atxs }))).toEqual({
      atxs: [
        { identity: AMBER, atxId: 'c', publishEpoch: asEpoch(59) },
        { identity: AMBER, atxId: 'b', publishEpoch: asEpoch(58) },
        { identity: AMBER, atxId: 'a', publishEpoch: asEpoch(57) },
      ],
      isSynced: true,
      askedAt: NOW,
    })
  })

  it('is not there when nobody has asked, or the identity is unknown', () => {
    expect(word(aWorld({ atxs: new Map([[59, { atxId: 'c', at: NOW }]]) }))).toBeUndefined()
    expect(word(emptyWorld())).toBeUndefined()
  })

  it('is there just as long as the list of activations is relied on', () => {
    expect(word(aWorld(listed(NOW - LIMITS.activations)))).toBeDefined()
    expect(word(aWorld(listed(NOW - LIMITS.activations - 1)))).toBeUndefined()
  })

  it('is aged by the steady clock: a wall clock that jumps makes it neither old nor young', () => {
    const jumped: World = { ...aWorld(listed()), driftMs: 3_600_000 }
    expect(word(jumped, NOW + 3_600_000)).toBeDefined()
    expect(word(jumped, NOW + 3_600_000 + LIMITS.activations + 1)).toBeUndefined()
  })

  it.each([
    ['said so lately', synced(true), true],
    ['said that it is not', synced(false), false],
    ['said so too long ago', synced(true, NOW - LIMITS.nodeSync - 1), false],
    ['said nothing', {}, false],
  ])('counts as one of a synced node only when the node %s', (_when, node, isSynced) => {
    expect(word(aWorld(listed(), node))).toMatchObject({ isSynced })
  })

  it('says whether it is banned when that is known, and nothing of it otherwise', () => {
    expect(word(aWorld({ ...listed(), ban: seen({ isBanned: true }, NOW) }))).toMatchObject({ isBanned: true })
    expect(word(aWorld(listed()))).not.toHaveProperty('isBanned')
  })
})
