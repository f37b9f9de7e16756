import { create } from '@bufbuild/protobuf'
import { afterEach, describe, expect, it } from 'vitest'
import { EventSchema } from '../../../proto/gen/spacemesh/v1/admin_pb.js'
import { aWorld, TestNode, type TestWorld } from './test-node.ts'
import { id, idBytes, startWatching, until, type Watching } from './watching.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function watched(
  change: Partial<TestWorld> = {},
  options: Parameters<typeof startWatching>[1] = {},
): Promise<Watching & { node: TestNode; world: TestWorld }> {
  const node = await TestNode.start({ ...aWorld(), ...change })
  closers.push(() => node.down())
  const watching = startWatching(node.addresses, options)
  closers.push(() => watching.close())
  return { ...watching, node, world: node.world }
}

const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 5_000_000 })

describe('watching a node', () => {
  it('tells what all three listeners say', async () => {
    const { seen } = await watched({
      states: [
        { id: idBytes(2), state: 2, name: 'b.key' },
        { id: idBytes(1), state: 1, name: 'a.key' },
      ],
      ids: [idBytes(2), idBytes(1)],
      activations: [{ id: idBytes(9), smesherId: idBytes(1), publishEpoch: 2, numUnits: 4 }],
      proofs: [{ smesher: idBytes(2), type: 1 }],
      ring: [{ timestamp: at(100), details: { case: 'beacon', value: { epoch: 2 } } }],
    })
    await until('all up', () => ['public', 'private', 'post'].every(seen.isUp))
    await until('everything seen', () => seen.of('malfeasance').length >= 2 && seen.last('activations') && seen.events().length > 0)
    expect(seen.last('node-version')?.version).toBe('v1.8.3')
    expect(seen.last('node-sync')?.sync).toEqual({ isSynced: true, connectedPeers: 7, currentLayer: 30, latestLayer: 29, appliedLayer: 28 })
    expect(seen.last('post-states')?.states).toEqual([
      { identity: id(1), state: 'idle', name: 'a.key' },
      { identity: id(2), state: 'proving', name: 'b.key' },
    ])
    expect(seen.last('smesher-ids')?.ids).toEqual([id(1), id(2)])
    expect(seen.last('activations')).toMatchObject({
      identities: [id(1), id(2)],
      fromEpoch: 1,
      toEpoch: 3,
      list: [{ identity: id(1), atxId: '09'.repeat(32), publishEpoch: 2, numUnits: 4 }],
    })
    expect(seen.of('malfeasance').slice(0, 2)).toMatchObject([
      { identity: id(1), isBanned: false },
      { identity: id(2), isBanned: true, reason: 'published two ATXs for one epoch' },
    ])
    expect(seen.events()).toEqual([{ event: 'beacon', epoch: 2, emittedAt: 100_005, failure: false, help: '' }])
  })

  it('lives with a node that serves v2alpha1 only', async () => {
    const { seen, world } = await watched({ version: 'v1.7.6', packages: ['v2alpha1'] })
    await until('three polls', () => seen.of('node-sync').length >= 3 && seen.last('activations'))
    expect(world.calls.filter((call) => call.startsWith('v2beta1'))).toEqual([])
    expect(world.calls).toContain('v2alpha1.Status')
    expect(world.calls).not.toContain('v1.Status')
  })

  it('lives with a node so old that it has v1 only', async () => {
    const { seen, world } = await watched({ version: 'v1.4.0', packages: [] })
    await until('sync', () => seen.of('node-sync').length >= 3 && seen.last('node-version'))
    expect(seen.last('node-sync')?.sync).toMatchObject({ isSynced: true, currentLayer: 5 })
    expect(world.calls).toContain('v1.Status')
    // Nobody said anything about ATXs: that is not the same as "none".
    expect(seen.of('activations')).toEqual([])
    expect(['public', 'private', 'post'].every(seen.isUp)).toBe(true)
  })

  it('uses v2beta1 where it is served, and v1 when the sync state is one of a newer node', async () => {
    const { seen, world } = await watched()
    await until('sync', () => seen.last('node-sync'))
    expect(world.calls).toContain('v2beta1.Status')
    expect(world.calls.filter((call) => call.startsWith('v2alpha1'))).toEqual([])
    world.syncStatus = 9
    await until('v1 asked', () => seen.last('node-sync')?.sync.currentLayer === 5)
    expect(seen.last('node-sync')?.sync.isSynced).toBe(true)
  })

  it('keeps enum values and events of a newer node as they are', async () => {
    const { seen, node } = await watched({ states: [{ id: idBytes(1), state: 42 as never, name: 'a.key' }] })
    await until('state', () => seen.last('post-states'))
    expect(seen.last('post-states')?.states[0]?.state).toEqual({ unknown: 42 })
    await until('subscribed', () => node.subscribers.size > 0)
    const newer = create(EventSchema, { timestamp: at(7), help: 'something new' })
    newer.$unknown = [{ no: 77, wireType: 2, data: new Uint8Array([2, 8, 1]) }]
    node.say(newer)
    expect(await until('event', () => seen.events()[0])).toMatchObject({
      event: 'unknown',
      field: 77,
      help: 'something new',
      emittedAt: 7_005,
    })
  })

  it('comes back after a restart of the node, asks all anew and tells no event twice', async () => {
    const { seen, node, world } = await watched({
      ring: [{ timestamp: at(1), details: { case: 'proposal', value: { layer: 3, smesher: idBytes(1) } } }],
    })
    await until('up', () => ['public', 'private', 'post'].every(seen.isUp) && seen.events().length === 1)
    node.down()
    await until('down', () => ['public', 'private', 'post'].every(seen.isDown))
    expect(seen.reach('public')?.why).toMatch(/Nothing listens at|was cut/)
    world.version = 'v1.9.0'
    world.packages = ['v2alpha1']
    world.calls.length = 0
    await node.up()
    await until('up again', () => ['public', 'private', 'post'].every(seen.isUp))
    await until('version asked again', () => seen.last('node-version')?.version === 'v1.9.0')
    await until('probed again', () => world.calls.includes('v2alpha1.Status'))
    await until('bans asked again', () => world.calls.some((call) => call.endsWith('Malfeasance.Stream')))
    await until('subscribed', () => node.subscribers.size > 0)
    node.say({ timestamp: at(2), details: { case: 'proposal', value: { layer: 4, smesher: idBytes(1) } } })
    await until('new event', () => seen.events().length >= 2)
    expect(seen.events().map((event) => ('layer' in event ? event.layer : undefined))).toEqual([3, 4])
  })

  it('subscribes again when the node cuts the stream in the middle because we were slow', async () => {
    const { seen, node, world } = await watched()
    await until('subscribed', () => node.subscribers.size > 0)
    node.say({ timestamp: at(1), details: { case: 'beacon', value: { epoch: 1 } } })
    await until('first', () => seen.events().length === 1)
    for (const call of node.subscribers) call.emit('error', { code: 1, details: 'buffer is full' })
    node.subscribers.clear()
    await until('subscribed again', () => node.subscribers.size > 0)
    node.say({ timestamp: at(2), details: { case: 'beacon', value: { epoch: 2 } } })
    await until('second', () => seen.events().length === 2)
    expect(world.calls.filter((call) => call === 'EventsStream').length).toBe(2)
    expect(seen.isUp('private')).toBe(true)
  })

  it('asks the list at once when an ATX is published, and again a little later', async () => {
    const { seen, node, world } = await watched()
    await until('asked at start', () => seen.last('activations') && node.subscribers.size > 0)
    const before = seen.of('activations').length
    world.activations = [{ id: idBytes(8), smesherId: idBytes(1), publishEpoch: 3 }]
    node.say({ timestamp: at(3), details: { case: 'atxPublished', value: { current: 3, id: idBytes(8), smesher: idBytes(1) } } })
    await until('confirmed twice', () => seen.of('activations').length >= before + 2)
    expect(seen.last('activations')?.list).toMatchObject([{ atxId: '08'.repeat(32), publishEpoch: 3 }])
  })

  it('reads lists of any length page by page', async () => {
    const activations = Array.from({ length: 250 }, (_, n) => ({ id: idBytes(n % 256), smesherId: idBytes(1), publishEpoch: 1 + (n % 3) }))
    const { seen, world } = await watched({ activations })
    expect((await until('list', () => seen.last('activations')))?.list.length).toBe(250)
    expect(world.calls.filter((call) => call.endsWith('Activation.List')).length).toBeGreaterThanOrEqual(3)
  })

  it('asks for bans again on a malfeasance event', async () => {
    const { seen, node, world } = await watched()
    await until('clean', () => seen.of('malfeasance').length >= 2 && node.subscribers.size > 0)
    world.proofs = [{ smesher: idBytes(1), domain: 1, properties: { type: 'InvalidPreviousATXProofV2' } }]
    node.say({ timestamp: at(4), details: { case: 'malfeasance', value: { proof: { smesherId: { id: idBytes(1) }, layer: {} } } } })
    const ban = await until('banned', () => seen.of('malfeasance').find((one) => one.isBanned))
    expect(ban).toMatchObject({ identity: id(1), reason: 'published two ATXs with the same previous ATX' })
    expect(seen.events().find((event) => event.event === 'malfeasance')).toMatchObject({ identity: id(1), failure: true })
  })

  it('falls back to v1 for bans on nodes before 1.8, and says nothing where v1 cannot know', async () => {
    const old = await watched({
      version: 'v1.7.0',
      packages: ['v2alpha1'],
      hasMalfeasanceStream: false,
      proofs: [{ smesher: idBytes(2), type: 2 }],
    })
    await until('version', () => old.seen.last('node-version'))
    old.watch.refresh()
    const ban = await until('banned', () => old.seen.of('malfeasance').find((one) => one.isBanned))
    expect(ban).toMatchObject({ identity: id(2), reason: 'made two ballots in one layer' })

    const limited = await watched({ hasMalfeasanceStream: false })
    await until('version', () => limited.seen.last('node-version'))
    const asked = limited.world.calls.length
    limited.watch.refresh()
    await until('asked more', () => limited.world.calls.length > asked + 5)
    expect(limited.seen.of('malfeasance')).toEqual([])
    expect(limited.world.calls).not.toContain('MalfeasanceQuery')
  })

  it('says nothing any more once it is closed', async () => {
    const { seen, watch, node } = await watched()
    await until('up', () => ['public', 'private', 'post'].every(seen.isUp))
    await watch.close()
    const count = seen.all.length
    const asked = node.world.calls.length
    node.say({ timestamp: at(9), details: { case: 'beacon', value: { epoch: 9 } } })
    await until('subscriber left', () => node.subscribers.size === 0)
    expect(seen.all.length).toBe(count)
    expect(node.world.calls.length).toBe(asked)
  })
})
