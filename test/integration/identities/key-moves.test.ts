import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyStore } from '../../../electron/identities/index.ts'
import type { Hold } from '../../../shared/domain/publication.ts'
import { aKey, silentLog } from '../../unit/identities/keys.ts'
import { filesBelow, killMoves } from './kills.ts'

/** With the kills of backups and restores fifty; `KILLS=60` for a longer run. */
const KILLS = Number(process.env['KILLS'] ?? 30)
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
      const { line, broken } = await killMoves(at('killed'), KILLS, Math.random)
      console.log(line)
      expect(broken).toEqual([])
    },
  )
})
