import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createKeyStore, type HeldKey } from '../../../../electron/identities/index.ts'
import { nodeRestarter, releaseKey } from '../../../../electron/keeper/custody/release.ts'
import { epochStart } from '../../../../shared/domain/network.ts'
import { asEpoch } from '../../../../shared/domain/ids.ts'
import type { StatusKind } from '../../../../shared/domain/status.ts'
import { fail } from '../../../../shared/domain/fault.ts'
import { resolveNetwork } from '../../../../shared/setup/network.ts'
import { aHold } from '../../../builders/inventory.ts'
import { STATUSES } from '../../../builders/snapshot.ts'
import { aKey, type TestKey } from '../../identities/keys.ts'
import { anIdentity, aSnapshot } from '../builders.ts'
import { aCustody, arm, seen } from './context.ts'

const AMBER = aKey(1)
const BIRCH = aKey(2)
const STRANGER = aKey(9)

function withHeld(keys: readonly TestKey[] = [AMBER, BIRCH], change: Parameters<typeof aCustody>[1] = {}) {
  const custody = aCustody(keys, change)
  const store = createKeyStore({ folder: custody.home.quarantine, now: () => custody.clock.now(), log: custody.context.log })
  const hold = (key: TestKey, name = 'amber'): HeldKey => {
    const held = store.hold(Buffer.from(key.hex), { identity: key.id, hold: aHold(), name })
    if (!held.ok) throw new Error(held.fault.detail)
    return held.value
  }
  const release = (key: HeldKey) => releaseKey(custody.context, store, key)
  const names = (): string[] => readdirSync(path.join(custody.dataFolder, 'identities')).sort()
  return { custody, store, hold, release, names }
}

describe('a key that is released', () => {
  it('lies in the node’s folder as the node wants it, and the set-up lists it with its file and without its hold', async () => {
    const { custody, store, hold, release, names } = withHeld()
    const [amber, birch] = custody.setup().identities
    if (amber === undefined || birch === undefined) throw new Error('there are two')
    custody.change({ ...custody.setup(), identities: [{ ...amber, held: { reason: 'why', until: 5 } }, birch] })
    const released = await release(hold(AMBER))
    expect(released).toEqual({
      ok: true,
      value: { placed: path.join(custody.dataFolder, 'identities', 'amber.key'), needsRestart: true },
    })
    expect(readFileSync(path.join(custody.dataFolder, 'identities', 'amber.key'), 'latin1')).toBe(AMBER.hex)
    expect([names(), store.held()]).toEqual([['amber.key'], []])
    expect(custody.setup().identities).toEqual([{ ...amber, keyFile: 'amber.key' }, birch])
  })

  it('is added to a set-up that did not list it, with the name it was held under', async () => {
    const { custody, hold, release } = withHeld([BIRCH])
    await release(hold(AMBER, 'Old Amber'))
    const [birch, amber] = custody.setup().identities
    expect(birch?.id).toBe(BIRCH.id)
    expect(amber).toMatchObject({ id: AMBER.id, nickname: 'Old Amber' })
    expect(existsSync(path.join(custody.dataFolder, 'identities', amber?.keyFile ?? '-'))).toBe(true)
  })

  it('needs no restart of a node that has loaded it already', async () => {
    const { custody, hold, release } = withHeld()
    custody.session.knows({ id: AMBER.id, isListed: seen(true, custody.clock.now()) })
    expect(await release(hold(AMBER))).toMatchObject({ ok: true, value: { needsRestart: false } })
  })

  it('takes the place of a local.key that the node made for itself, which is set aside and not lost', async () => {
    const { custody, hold, release, names } = withHeld()
    arm(custody.dataFolder, STRANGER, 'local.key')
    expect(await release(hold(AMBER))).toMatchObject({ ok: true })
    expect(names()).toEqual(['amber.key'])
    const kept = readdirSync(custody.home.quarantine, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name === 'local.key',
    )
    expect(kept.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))).toEqual([STRANGER.hex])
  })

  it.each([
    ['is listed', [AMBER, STRANGER]],
    ['has a service', [AMBER]],
  ])('is not placed beside a local.key whose identity %s', async (_how, listed) => {
    const { custody, store, hold, release, names } = withHeld(listed)
    const service = {
      identity: STRANGER.id as string,
      binary: '/opt/post-service',
      posFolder: '/data/pos',
      operator: '127.0.0.1:1',
      nodeAddress: 'http://127.0.0.1:2',
      threads: 1,
    }
    if (listed.length === 1) custody.change({ ...custody.setup(), services: [service as never] })
    arm(custody.dataFolder, STRANGER, 'local.key')
    const before = custody.setup()
    const refused = await release(hold(AMBER))
    expect(refused).toMatchObject({ ok: false, fault: { code: 'keys/conflict' } })
    expect(refused.ok ? '' : refused.fault.detail).toContain('local.key')
    expect([names(), store.held().map(({ identity }) => identity), custody.setup()]).toEqual([['local.key'], [AMBER.id], before])
  })

  it('is not placed beside a local.key that nobody can read', async () => {
    const { custody, store, hold, release, names } = withHeld()
    writeFileSync(path.join(custody.dataFolder, 'identities', 'local.key'), 'no key')
    expect(await release(hold(AMBER))).toMatchObject({ ok: false, fault: { code: 'keys/conflict' } })
    expect([names(), store.held().length]).toEqual([['local.key'], 1])
  })

  it('stays held while no folder of a node is known, or its drive is away', async () => {
    const { custody, store, hold, release } = withHeld()
    const key = hold(AMBER)
    rmSync(custody.dataFolder, { recursive: true })
    expect(await release(key)).toMatchObject({ ok: false, fault: { code: 'keys/no-node' } })
    const { dataFolder: _unknown, ...node } = custody.setup().node
    custody.change({ ...custody.setup(), node: node as never })
    expect(await release(key)).toMatchObject({
      ok: false,
      fault: { code: 'keys/no-node', detail: expect.stringContaining('Settings') as string },
    })
    expect(store.held()).toHaveLength(1)
  })

  it('is armed although the set-up cannot be written, and the log says so without a byte of it', async () => {
    const { custody, hold, release } = withHeld([BIRCH], { editSetup: () => Promise.resolve(fail('setup/not-written', 'disk full')) })
    expect(await release(hold(AMBER))).toMatchObject({ ok: true })
    expect(custody.lines.join('\n')).toContain('keys.not-listed')
    expect(custody.lines.join('\n')).not.toContain(AMBER.hex.slice(0, 64))
  })

  it('is placed once, however often it is released', async () => {
    const { hold, release, names } = withHeld()
    const key = hold(AMBER)
    await release(key)
    expect(await release(key)).toMatchObject({ ok: false, fault: { code: 'keys/not-held' } })
    expect(names()).toEqual(['amber.key'])
  })
})

describe('the restart of a node for released keys', () => {
  const net = resolveNetwork({ preset: 'mainnet' })
  /** A day after the gap of epoch 60 has closed: nothing is due for a week. */
  const QUIET = epochStart(net, asEpoch(60)) + net.poet.phaseShiftMs + 24 * 3_600_000

  function restarting(kinds: readonly StatusKind[] = ['waiting', 'waiting']) {
    const custody = aCustody([AMBER, BIRCH])
    custody.clock.jump(QUIET - custody.clock.now())
    const be = (next: readonly StatusKind[]): void => {
      const all = [STATUSES.reading(), ...Object.values(STATUSES).map((make) => (make as () => ReturnType<typeof STATUSES.reading>)())]
      custody.session.shown = aSnapshot({
        identities: next.map((kind, i) => {
          const status = all.find((one) => one.kind === kind)
          return anIdentity({
            id: [AMBER, BIRCH][i]?.id ?? '',
            name: ['Amber', 'Birch'][i] ?? '',
            ...(status === undefined ? {} : { status }),
          })
        }),
      })
    }
    be(kinds)
    return { custody, be, restarter: nodeRestarter(custody.context), said: custody.session.said }
  }

  it('happens once for several keys, and not without one', () => {
    const { restarter, said } = restarting()
    restarter.tick()
    expect(said).toEqual([])
    restarter.want()
    restarter.want()
    restarter.tick()
    restarter.tick()
    expect([said, restarter.why]).toEqual([['restart node'], undefined])
  })

  it('waits while somebody proves, says for whom, and comes when he is done', () => {
    const { restarter, said, be } = restarting(['proving', 'waiting'])
    restarter.want()
    restarter.tick()
    expect(said).toEqual([])
    expect(restarter.why).toMatch(/Amber is at a proof/)
    be(['waiting', 'waiting'])
    restarter.tick()
    expect(said).toEqual(['restart node'])
  })

  it('waits for the end of a gap that is about to open', () => {
    const { custody, restarter, said } = restarting()
    const opens = epochStart(net, asEpoch(61)) + net.poet.phaseShiftMs - net.poet.cycleGapMs
    custody.clock.jump(opens - 60_000 - custody.clock.now())
    restarter.want()
    restarter.tick()
    expect([said, restarter.why]).toEqual([[], expect.stringMatching(/gap opens in/)])
    custody.clock.jump(net.poet.cycleGapMs + 120_000)
    restarter.tick()
    expect(said).toEqual(['restart node'])
  })

  it('waits while the node starts, and is not needed when it stands', () => {
    const { custody, restarter, said } = restarting()
    custody.session.node = { at: 'starting', attempt: 1, readyBy: 5 } as never
    restarter.want()
    restarter.tick()
    expect(said).toEqual([])
    custody.session.node = { at: 'stopped' }
    restarter.tick()
    custody.session.node = { at: 'ready', since: 0, pid: 1 }
    restarter.tick()
    expect(said, 'its next start has loaded the key').toEqual([])
  })

  it('waits while nothing is known of the node', () => {
    const { custody, restarter, said } = restarting()
    custody.session.shown = undefined
    restarter.want()
    restarter.tick()
    expect([said, restarter.why]).toEqual([[], expect.stringContaining('nothing is known')])
  })

  it.each([
    ['somebody else runs', { owner: 'systemd' }],
    ['is only watched', { mode: 'attached', owner: 'someone' }],
  ])('is left alone where the node is one that %s', (_who, node) => {
    const { custody, restarter, said } = restarting()
    custody.change({ ...custody.setup(), node: { ...custody.setup().node, ...node } as never })
    restarter.want()
    restarter.tick()
    expect(said).toEqual([])
  })
})
