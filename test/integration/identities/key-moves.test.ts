import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyStore, readIdentitiesFolder } from '../../../electron/identities/index.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { aKey, silentLog } from '../../unit/identities/keys.ts'

const MOVER = fileURLToPath(new URL('./peers/key-mover.ts', import.meta.url))
const KILLS = Number(process.env['KEY_KILLS'] ?? 20)
const one = aKey(1)
const because: Hold = { code: 'by-user', reason: 'You asked for it.', since: 0 }

const folder = mkdtempSync(path.join(os.tmpdir(), 'key-moves-'))
const at = (...parts: string[]) => path.join(folder, ...parts)
const usb = at('usb')
const NEEDS_ROOT = 'a disk of our own needs root to be mounted'
let isMounted = false

beforeAll(() => {
  mkdirSync(usb)
  isMounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', usb]).status === 0
  if (!isMounted) console.log(`skipped: ${NEEDS_ROOT}`)
})
afterAll(() => {
  if (isMounted) spawnSync('umount', [usb])
  rmSync(folder, { recursive: true, force: true })
})

function filesBelow(start: string): string[] {
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}
const holding = (start: string): string[] => filesBelow(start).filter((file) => readFileSync(file, 'latin1') === one.hex)

function machine(name: string, node: string) {
  mkdirSync(path.join(node, 'identities'), { recursive: true })
  const key = path.join(node, 'identities', 'one.key')
  writeFileSync(key, one.hex, { mode: 0o600 })
  return { key, store: createKeyStore({ folder: at(name, 'quarantine'), now: () => Date.now(), log: silentLog() }) }
}

describe('keys on real disks', () => {
  it('move from another disk into the quarantine and back', (context) => {
    if (!isMounted) context.skip(NEEDS_ROOT)
    const { key, store } = machine('over', path.join(usb, 'node'))
    expect(store.holdFile(key, { identity: one.id, hold: because })).toMatchObject({ ok: true })
    expect(holding(usb)).toEqual([])
    const placed = store.place({ identity: one.id, dataFolder: path.join(usb, 'node'), name: 'one' })
    expect(placed).toEqual({ ok: true, value: { placed: key } })
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(store.quarantine(key, { why: 'test' })).toMatchObject({ ok: true })
    expect(holding(usb)).toEqual([])
    // At rest: the copy that was placed, and the one that was disarmed.
    expect(holding(at('over'))).toHaveLength(2)
    rmSync(path.join(usb, 'node'), { recursive: true })
  })

  it('stay held when the disk of the node is full, and nothing half lies there', (context) => {
    if (!isMounted) context.skip(NEEDS_ROOT)
    const { key, store } = machine('full', path.join(usb, 'node'))
    store.holdFile(key, { identity: one.id, hold: because })
    const before = filesBelow(usb)
    for (let size = 65_536, n = 0; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (; n < 100_000; n += 1) writeFileSync(path.join(usb, `filler.${n}`), Buffer.alloc(size))
      } catch {
        rmSync(path.join(usb, `filler.${n}`), { force: true })
      }
    }
    expect(store.place({ identity: one.id, dataFolder: path.join(usb, 'node'), name: 'one' })).toMatchObject({
      ok: false,
      fault: { code: 'keys/not-moved', detail: expect.stringContaining('disk is full') },
    })
    expect(filesBelow(usb).filter((file) => !file.includes('filler'))).toEqual(before)
    expect(store.held()).toHaveLength(1)
    for (const name of readdirSync(usb)) rmSync(path.join(usb, name), { recursive: true })
  })

  it('stay armed when their disk is read-only, and the quarantine keeps no copy', (context) => {
    if (!isMounted) context.skip(NEEDS_ROOT)
    const { key, store } = machine('read-only', path.join(usb, 'node'))
    spawnSync('mount', ['-o', 'remount,ro', usb])
    try {
      const fault = { ok: false, fault: { code: 'keys/not-moved', detail: expect.stringContaining('read-only') } }
      expect(store.quarantine(key, { why: 'test' })).toMatchObject(fault)
      expect(store.holdFile(key, { identity: one.id, hold: because })).toMatchObject(fault)
      expect(store.held()).toEqual([])
      expect(filesBelow(at('read-only'))).toEqual([])
      expect(holding(usb)).toEqual([key])
    } finally {
      spawnSync('mount', ['-o', 'remount,rw', usb])
      rmSync(path.join(usb, 'node'), { recursive: true })
    }
  })
})

describe('keys that move while the process is killed', () => {
  it(
    `are never lost and never armed twice, and the next start settles it: ${KILLS} kills`,
    { timeout: 30_000 + KILLS * 5_000 },
    async () => {
      const where = at('killed')
      for (const node of ['a', 'b']) mkdirSync(path.join(where, node, 'identities'), { recursive: true })
      mkdirSync(path.join(where, 'home', 'quarantine'), { recursive: true })
      writeFileSync(path.join(where, 'a', 'identities', 'one.key'), one.hex, { mode: 0o600 })
      const nodes = ['a', 'b'].map((node) => path.join(where, node))
      let moves = 0
      let leftovers = 0
      for (let kill = 0; kill < KILLS; kill += 1) {
        await killWhileMoving(where, (kill * 7) % 40)
        expect(holding(where).length, `copies after kill ${kill}`).toBeGreaterThan(0)
        const armed = nodes.flatMap((node) => readIdentitiesFolder(node).keys.filter(({ isLoaded }) => isLoaded))
        expect(armed.filter(({ form }) => form !== 'good')).toEqual([])
        expect(armed.length, `armed after kill ${kill}`).toBeLessThanOrEqual(1)
        if (filesBelow(where).some((file) => file.endsWith('.part') || file.endsWith('moving.json'))) leftovers += 1
        const store = createKeyStore({ folder: path.join(where, 'home', 'quarantine'), now: () => Date.now(), log: silentLog() })
        expect(store.recover(nodes).problems).toEqual([])
        expect(store.recover(nodes)).toEqual({ finished: [], cleaned: [], problems: [] })
        expect(filesBelow(where).filter((file) => file.endsWith('.part') || file.endsWith('moving.json'))).toEqual([])
        const settled = nodes.flatMap((node) => readIdentitiesFolder(node).keys)
        expect(settled.length + store.held().length, `armed or held after kill ${kill}`).toBe(1)
        moves = readdirSync(path.join(where, 'home', 'quarantine')).length
      }
      console.log(
        `${KILLS} kills while ${moves} moves were made; ${leftovers} of them left something half-done that the next start settled`,
      )
    },
  )
})

/** Starts the mover and kills it some time after its first move. */
async function killWhileMoving(where: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [MOVER, where, one.id], {
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  expect(await ended).toBe('SIGKILL')
}
