import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '../../../electron/lib/logger.ts'
import type { SafeStorage } from '../../../electron/app/keyring.ts'

vi.mock('electron', () => ({ safeStorage: {} }))
const { desktopKeyring } = await import('../../../electron/app/keyring.ts')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'keyring-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const storage = (backend: string, isAvailable = true): SafeStorage => ({
  isEncryptionAvailable: () => isAvailable,
  encryptString: (text) => Buffer.from(Buffer.from(text).map((byte) => byte ^ 0x5a)),
  decryptString: (bytes) => Buffer.from(bytes.map((byte) => byte ^ 0x5a)).toString(),
  getSelectedStorageBackend: () => backend,
})

describe('the keyring of a desktop', () => {
  it('remembers a passphrase sealed, recalls it and forgets it', () => {
    const ring = desktopKeyring(folder, silentLogger, storage('gnome_libsecret'))
    expect(ring.state().is).toBe('there')
    expect(ring.remember('orbit-lantern')).toBe(true)
    expect(readFileSync(path.join(folder, 'remembered.bin')).includes('orbit')).toBe(false)
    expect(ring.recall()).toBe('orbit-lantern')
    ring.forget()
    expect(ring.recall()).toBeUndefined()
  })

  it('never uses the plain-text fallback', () => {
    const ring = desktopKeyring(folder, silentLogger, storage('basic_text'))
    expect(ring.state().is).toBe('none')
    expect(ring.remember('orbit-lantern')).toBe(false)
    expect(ring.recall()).toBeUndefined()
  })

  it('says that there is none where nothing can seal', () => {
    expect(desktopKeyring(folder, silentLogger, storage('gnome_libsecret', false)).state().sentence).toContain('no keyring')
  })
})
