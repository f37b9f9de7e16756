import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { keyDesk, type KeyDesk } from '../../../../electron/keeper/custody/key-desk.ts'
import type { KeyConflict } from '../../../../shared/domain/guard.ts'
import type { Inventory } from '../../../../shared/domain/inventory.ts'
import { aFoundNode, aHold, anInventory } from '../../../builders/inventory.ts'
import { aKey, type TestKey } from '../../identities/keys.ts'
import { aCustody, arm } from './context.ts'

const AMBER = aKey(31)
const BIRCH = aKey(32)
const desks: KeyDesk[] = []
afterEach(() => {
  for (const desk of desks.splice(0)) desk.end()
})

function aDesk(keys: readonly TestKey[] = [AMBER, BIRCH]) {
  const custody = aCustody(keys)
  const scanned: { inventory: Inventory | undefined } = { inventory: undefined }
  const moved: string[] = []
  const open = (): KeyDesk => {
    const desk = keyDesk({
      context: custody.context,
      inventory: () => scanned.inventory,
      planOf: () => undefined,
      onKeysMoved: () => void moved.push('moved'),
    })
    desks.push(desk)
    return desk
  }
  /** Another node's folder with these keys, that a unit would start. */
  const configured = (...theirs: TestKey[]): string => {
    const other = path.join(path.dirname(custody.dataFolder), 'old-node')
    mkdirSync(path.join(other, 'identities'), { recursive: true })
    for (const key of theirs) arm(other, key)
    const starters = [{ owner: 'systemd' as const, label: 'old-node.service', isAutomatic: true }]
    scanned.inventory = anInventory({ nodes: [aFoundNode({ dataFolder: other, starters })], keys: [] })
    return other
  }
  return { custody, scanned, moved, open, configured }
}
async function conflictsOf(desk: KeyDesk): Promise<readonly KeyConflict[]> {
  const asked = await desk.handlers.conflicts()
  return asked.ok ? asked.value : []
}

describe('the guard of a node start', () => {
  it('lets a node start whose keys are in no other node', async () => {
    const { custody, open, configured } = aDesk()
    arm(custody.dataFolder, AMBER)
    configured(BIRCH)
    expect(await open().warden.guardNode()).toBeUndefined()
  })

  it('refuses while another node would start with one of its keys, and names both places and the rest', async () => {
    const { custody, open, configured } = aDesk()
    const here = [arm(custody.dataFolder, AMBER), arm(custody.dataFolder, BIRCH)]
    const other = configured(AMBER, BIRCH)
    const why = (await open().warden.guardNode()) ?? ''
    expect(why).toMatch(/^The node is not started: Key /)
    for (const part of ['old-node.service', other, '1 more of its keys']) expect(why).toContain(part)
    expect(here.some((file) => why.includes(file))).toBe(true)
  })

  it('refuses a key that is kept out of the node and lies in it all the same', async () => {
    const { custody, open } = aDesk()
    const desk = open()
    desk.store.hold(Buffer.from(AMBER.hex), { identity: AMBER.id, hold: aHold({ reason: 'somebody published' }), name: 'amber' })
    const file = arm(custody.dataFolder, AMBER)
    desk.begin(custody.session.asSession())
    await desk.refresh()
    await vi.waitFor(async () => expect((await desk.nodeKeys()).length).toBe(1))
    const why = await desk.warden.guardNode()
    expect(why).toContain(file)
    expect(why).toContain('somebody published')
  })
})

describe('a copy that something would start', () => {
  it('is moved to the quarantine when it is disarmed, and nothing else is', async () => {
    const { custody, open, configured, moved } = aDesk()
    arm(custody.dataFolder, AMBER)
    const other = configured(AMBER, BIRCH)
    const desk = open()
    const [conflict] = await conflictsOf(desk)
    const disarmed = await desk.handlers.disarm({ identity: AMBER.id, path: conflict?.there ?? '' })
    if (!disarmed.ok) throw new Error(disarmed.fault.detail)
    expect(readFileSync(disarmed.value.quarantined, 'latin1')).toBe(AMBER.hex)
    expect(readdirSync(path.join(other, 'identities'))).toHaveLength(1)
    expect([await conflictsOf(desk), await desk.warden.guardNode(), moved]).toEqual([[], undefined, ['moved']])
  })

  it.each([
    ['our own file', (here: string) => here],
    ['a file that is no copy', () => '/etc/passwd'],
  ])('is what is disarmed, never %s', async (_what, which) => {
    const { custody, open, configured } = aDesk()
    const here = arm(custody.dataFolder, AMBER)
    configured(AMBER)
    const refused = await open().handlers.disarm({ identity: AMBER.id, path: which(here) })
    expect(refused).toMatchObject({ ok: false, fault: { code: 'keys/not-found' } })
    expect(existsSync(here)).toBe(true)
  })

  it('is allowed when the last eight characters are typed, over a start, until it is moved', async () => {
    const { custody, open, configured } = aDesk()
    arm(custody.dataFolder, AMBER)
    configured(AMBER)
    const desk = open()
    const [conflict] = await conflictsOf(desk)
    const key = conflict?.key ?? ''
    for (const typed of ['', AMBER.id.slice(0, 8), AMBER.id.slice(-7), 'yes'])
      expect(await desk.handlers.override({ conflict: key, typed })).toMatchObject({ ok: false, fault: { code: 'keys/not-typed' } })
    expect(await desk.handlers.override({ conflict: 'another', typed: AMBER.id.slice(-8) })).toMatchObject({
      ok: false,
      fault: { code: 'keys/not-found' },
    })
    expect(await desk.warden.guardNode()).toBeDefined()
    expect(await desk.handlers.override({ conflict: key, typed: ` ${AMBER.id.slice(-8).toUpperCase()} ` })).toMatchObject({ ok: true })
    expect([await desk.warden.guardNode(), await open().warden.guardNode()]).toEqual([undefined, undefined])
    expect(await conflictsOf(desk)).toEqual([expect.objectContaining({ overriddenAt: custody.clock.now() })])
  })
})

describe('a held key', () => {
  const held = (desk: KeyDesk, key = AMBER, code: 'active-elsewhere' | 'by-user' = 'active-elsewhere'): void =>
    void desk.store.hold(Buffer.from(key.hex), { identity: key.id, hold: aHold({ code, reason: 'somebody published' }), name: 'amber' })

  it('is armed by hand only when its last eight characters are typed', async () => {
    const { custody, open, moved } = aDesk()
    const desk = open()
    held(desk)
    const refused = await desk.handlers.release({ identity: AMBER.id })
    expect(refused).toMatchObject({ ok: false, fault: { code: 'keys/not-typed' } })
    expect(await desk.handlers.release({ identity: AMBER.id, typed: BIRCH.id.slice(-8) })).toMatchObject({ ok: false })
    expect(await desk.handlers.release({ identity: AMBER.id, typed: AMBER.id.slice(-8) })).toMatchObject({ ok: true })
    expect(readdirSync(path.join(custody.dataFolder, 'identities'))).toEqual(['amber.key'])
    expect([moved, await desk.handlers.held()]).toEqual([['moved'], { ok: true, value: [] }])
  })

  it('that the user holds goes back without typing', async () => {
    const { open } = aDesk()
    const desk = open()
    held(desk, AMBER, 'by-user')
    expect(await desk.handlers.release({ identity: AMBER.id })).toMatchObject({ ok: true })
  })

  it('is not armed while another node would start with it, whatever is typed', async () => {
    const { custody, open, configured } = aDesk()
    const other = configured(AMBER)
    const desk = open()
    held(desk)
    const refused = await desk.handlers.release({ identity: AMBER.id, typed: AMBER.id.slice(-8) })
    expect(refused).toMatchObject({ ok: false, fault: { code: 'keys/conflict' } })
    expect(refused.ok ? '' : refused.fault.detail).toContain(other)
    expect(readdirSync(path.join(custody.dataFolder, 'identities'))).toEqual([])
  })

  it('stays held while nobody can be asked what the network knows', async () => {
    const { custody, open } = aDesk()
    const desk = open()
    held(desk)
    desk.begin(custody.session.asSession())
    custody.clock.advance(10_000)
    await desk.refresh()
    expect(await desk.handlers.held()).toMatchObject({ ok: true, value: [{ identity: AMBER.id, name: 'Amber' }] })
    expect(readdirSync(path.join(custody.dataFolder, 'identities'))).toEqual([])
  })

  it('is listed with its reason over a start, without a byte of it', async () => {
    const { custody, open } = aDesk()
    held(open())
    const listed = await open().handlers.held()
    expect(listed).toMatchObject({ ok: true, value: [{ identity: AMBER.id, hold: { reason: 'somebody published' } }] })
    expect(JSON.stringify(listed) + custody.lines.join('\n')).not.toContain(AMBER.hex.slice(0, 64))
  })

  it('is what every key of the node becomes when an old database comes back, but not while the node runs', async () => {
    const { custody, open } = aDesk()
    const desk = open()
    for (const key of [AMBER, BIRCH]) arm(custody.dataFolder, key)
    expect(await desk.holdArmed(aHold())).toMatchObject({ ok: false, fault: { code: 'keys/running' } })
    expect(readdirSync(path.join(custody.dataFolder, 'identities'))).toHaveLength(2)
    custody.session.node = { at: 'stopped' }
    expect(await desk.holdArmed(aHold({ code: 'database-too-old' }))).toEqual({ ok: true, value: 2 })
    expect(readdirSync(path.join(custody.dataFolder, 'identities'))).toEqual([])
    expect(desk.store.held().map(({ hold }) => hold.code)).toEqual(['database-too-old', 'database-too-old'])
  })

  it('gets its hold again when a crash took it out half-way', () => {
    const { custody, open } = aDesk()
    const desk = open()
    const file = arm(custody.dataFolder, AMBER)
    desk.store.holdFile(file, { identity: AMBER.id, hold: aHold() })
    writeFileSync(file, AMBER.hex) // somebody put it back
    expect(
      open()
        .store.held()
        .map(({ identity }) => identity),
    ).toEqual([AMBER.id])
  })
})
