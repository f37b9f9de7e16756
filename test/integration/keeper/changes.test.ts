import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectKeeper, type RemoteKeeper } from '../../../electron/ipc/index.ts'
import type { Home } from '../../../electron/lib/home.ts'
import type { AppSnapshot } from '../../../shared/ipc/snapshot.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { childrenOf, eventually, isAlive, preparedHome, startCli } from './running.ts'

const SLOW = { powMs: 300, bytesPerSecond: 1_500, passSuccess: 1 }

async function client(home: Home): Promise<RemoteKeeper> {
  const keeper = await connectKeeper(home.socket, 'test')
  if (!keeper.ok) throw new Error(keeper.fault.detail)
  return keeper.value
}
async function shown(keeper: RemoteKeeper): Promise<AppSnapshot> {
  const whole = await keeper.call('app.snapshot', undefined)
  if (!whole.ok) throw new Error(whole.fault.detail)
  return whole.value as AppSnapshot
}

describe('changes of the set-up while proofs are made', () => {
  it('are refused with their price, or wait for a restart by the user', { timeout: 150_000 }, async () => {
    const { home, setup } = await preparedHome({ identities: 2, epochSeconds: 900, pace: SLOW })
    const running = startCli(home, ['run', '--practice', '--json'])
    await running.until(
      'both prove',
      ({ identities }) => identities.length === 2 && identities.every(({ status }) => status.phase === 'reading'),
    )
    const keeper = await client(home)
    const save = (next: unknown) => keeper.call('setup.save', { setup: next })
    const children = childrenOf(home)

    const [amber, birch] = setup.services
    if (amber === undefined || birch === undefined || setup.node.mode !== 'managed') throw new Error('as prepared')
    for (const next of [
      { ...setup, services: [amber] },
      { ...setup, services: [amber, { ...birch, owner: 'systemd' }] },
    ]) {
      expect(await save(next)).toMatchObject({
        ok: false,
        fault: {
          code: 'setup/invalid',
          detail: expect.stringMatching(/Birch has worked on its proof for .* Nothing was changed\. Stop its service first\./) as string,
        },
      })
    }
    const { listeners } = setup.node
    expect(await save({ ...setup, node: { mode: 'attached', ...listeners } })).toMatchObject({
      ok: false,
      fault: { code: 'setup/invalid', detail: expect.stringContaining('Stop the node first.') as string },
    })
    expect(childrenOf(home)).toEqual(children)

    const changed: Setup = {
      ...setup,
      node: { ...setup.node, logLevels: { nipostBuilder: 'debug' } },
      services: [{ ...amber, rustLog: 'debug' }, birch],
    }
    expect(await save(changed)).toMatchObject({ ok: true })
    await eventually('both are marked', async () => {
      const { identities, node } = await shown(keeper)
      return identities[0]?.service?.needsRestart === true && node.needsRestart === true
    })
    const marked = await shown(keeper)
    expect(marked.identities[1]?.service?.needsRestart).toBeUndefined()
    expect(marked.node.sentence).toContain('Changed settings take effect at the next restart.')
    expect(childrenOf(home)).toEqual(children)

    const identity = amber.identity
    expect(await keeper.call('service.restart', { identity, confirmed: false })).toMatchObject({
      ok: false,
      fault: { code: 'process/costs-work' },
    })
    expect(await keeper.call('service.restart', { identity, confirmed: true })).toMatchObject({ ok: true })
    const name = `service-${identity.slice(0, 12)}`
    await eventually('it was started anew', () => (childrenOf(home).get(name) ?? children.get(name)) !== children.get(name))
    await eventually('nothing waits', async () => (await shown(keeper)).identities[0]?.service?.needsRestart === undefined)

    // A held key: its service stays down, whoever asks.
    expect(await keeper.call('service.stop', { identity: birch.identity, confirmed: true })).toMatchObject({ ok: true })
    const held = { ...setup.identities[1], held: { reason: 'a merge' } }
    expect(await keeper.call('setup.setIdentity', held)).toMatchObject({ ok: true })
    expect(await keeper.call('service.start', { identity: birch.identity })).toMatchObject({
      ok: false,
      fault: { code: 'process/refused', detail: expect.stringContaining('a merge') as string },
    })
    await eventually('it has ended and stays down', () => !childrenOf(home).has(`service-${birch.identity.slice(0, 12)}`))
    await eventually('it is said to be held', async () => (await shown(keeper)).identities[1]?.status.kind === 'held')
    keeper.close()
  })

  it('practice ends without a trace of a process and begins again beside what it left', { timeout: 120_000 }, async () => {
    const { home } = await preparedHome({ identities: 1, epochSeconds: 600 })
    const running = startCli(home, ['run', '--practice', '--json'])
    await running.until('the node answers', ({ node }) => node.kind === 'synced')
    const keeper = await client(home)
    const first = childrenOf(home)
    expect(await keeper.call('practice.begin', { identities: 1, epochSeconds: 600 })).toMatchObject({
      ok: false,
      fault: { code: 'practice/busy' },
    })
    expect(await keeper.call('practice.end', { forget: false })).toMatchObject({ ok: true })
    expect((await shown(keeper)).mode).toBe('none')
    expect([...first.values()].filter(isAlive)).toEqual([])

    expect(await keeper.call('practice.begin', { identities: 2, epochSeconds: 600 })).toMatchObject({ ok: true })
    await eventually('the new network runs', async () => {
      const { node, identities } = await shown(keeper)
      return node.kind === 'synced' && identities.length === 2
    })
    const second = childrenOf(home)
    expect(second.size).toBe(3)
    expect(await keeper.call('practice.end', { forget: true })).toMatchObject({ ok: true })
    expect([...second.values()].filter(isAlive)).toEqual([])
    expect(existsSync(path.join(home.practice, 'config'))).toBe(false)
    keeper.close()
  })
})
