import { mkdirSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holderIn, tryLock } from '../../../electron/lib/file-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('tryLock', () => {
  it('refuses a second holder, names it, and lets it in after the release', () => {
    const file = path.join(folder, 'new', 'keeper.lock')
    const first = tryLock(file)
    if (!first.ok) throw new Error(first.fault.detail)
    const second = tryLock(file)
    expect(second).toMatchObject({ ok: false, fault: { code: 'lock/held' } })
    if (process.platform === 'linux') expect(second).toMatchObject({ fault: { context: { pid: process.pid } } })
    first.value.release()
    first.value.release()
    const third = tryLock(file)
    expect(third.ok).toBe(true)
    if (third.ok) third.value.release()
    expect(statSync(file).size).toBe(0)
  })

  it('is not stopped by a file that merely exists, and leaves it', () => {
    const file = path.join(folder, 'LOCK')
    writeFileSync(file, 'left over')
    const lock = tryLock(file)
    expect(lock.ok).toBe(true)
    if (lock.ok) lock.value.release()
    expect(statSync(file).size).toBe(9)
  })

  it('says why when it cannot be tried', () => {
    const file = path.join(folder, 'folder')
    mkdirSync(file)
    expect(tryLock(file)).toMatchObject({ ok: false, fault: { code: 'lock/unavailable' } })
  })

  it('takes the lock anew when the file was replaced while it locked', () => {
    const file = path.join(folder, 'LOCK')
    let opened = 0
    let closed = 0
    const lock = tryLock(file, () => ({
      open: () => {
        const nth = ++opened
        return { took: true, close: () => void closed++, isStill: () => nth === 2 }
      },
    }))
    expect(lock.ok).toBe(true)
    expect({ opened, closed }).toEqual({ opened: 2, closed: 1 })
  })

  it('sees through an unlink: a new holder locks the new file', () => {
    const file = path.join(folder, 'LOCK')
    const first = tryLock(file)
    unlinkSync(file)
    const second = tryLock(file)
    expect(second.ok).toBe(true)
    if (first.ok) first.value.release()
    if (second.ok) second.value.release()
  })
})

describe('holderIn', () => {
  const locks = [
    '1: POSIX  ADVISORY  WRITE 11 fd:01:77 0 EOF',
    '2: FLOCK  ADVISORY  WRITE 22 fd:01:77 0 EOF',
    '2: -> FLOCK  ADVISORY  WRITE 33 fd:01:77 0 EOF',
    '3: FLOCK  ADVISORY  WRITE 44 08:02:77 0 EOF',
    '4: FLOCK  ADVISORY  WRITE 55 08:02:78 0 EOF',
    '5: FLOCK  ADVISORY  WRITE -1 08:02:79 0 EOF',
  ].join('\n')
  const dev = (major: bigint, minor: bigint): bigint => (major << 8n) | minor

  it('takes the flock of the very file, not a waiting one nor a record lock', () => {
    expect(holderIn(locks, { ino: 77n, dev: dev(0xfdn, 1n) })).toBe(22)
    expect(holderIn(locks, { ino: 77n, dev: dev(8n, 2n) })).toBe(44)
  })
  it('matches by inode alone only when that is unambiguous', () => {
    expect(holderIn(locks, { ino: 78n, dev: dev(0n, 50n) })).toBe(55)
    expect(holderIn(locks, { ino: 77n, dev: dev(0n, 50n) })).toBeUndefined()
    expect(holderIn(locks, { ino: 79n, dev: dev(8n, 2n) })).toBeUndefined()
  })
})
