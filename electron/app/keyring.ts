import { safeStorage } from 'electron'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { textOf } from '../../shared/domain/fault.ts'
import type { Keyring } from '../keeper/index.ts'
import { writeFileAtomic } from '../lib/atomic-file.ts'
import type { Logger } from '../lib/logger.ts'

/** What of Electron's safe storage is used; injected for tests. */
export type SafeStorage = Pick<typeof safeStorage, 'isEncryptionAvailable' | 'encryptString' | 'decryptString'> & {
  /** Linux only. */
  readonly getSelectedStorageBackend?: () => string
}

const NONE =
  'This desktop has no keyring (GNOME Keyring, KWallet), so nothing can be remembered safely: type the passphrase each time, or make scheduled backups to an age recipient.'

/**
 * The passphrase of scheduled backups, sealed by the system's keyring: the file holds what only this user's keyring opens.
 * The plain-text fallback of Chromium is never used.
 */
export function desktopKeyring(stateFolder: string, log: Logger, storage: SafeStorage = safeStorage): Keyring {
  const file = path.join(stateFolder, 'remembered.bin')
  const isThere = (): boolean => storage.isEncryptionAvailable() && storage.getSelectedStorageBackend?.() !== 'basic_text'
  return {
    state: () =>
      isThere()
        ? { is: 'there', sentence: 'Kept in the keyring of this desktop; only your log-in opens it.' }
        : { is: 'none', sentence: NONE },
    remember(secret) {
      if (!isThere()) return false
      try {
        writeFileAtomic(file, storage.encryptString(secret))
        return true
      } catch (cause: unknown) {
        log.warn('keyring.not-kept', { error: textOf(cause) })
        return false
      }
    },
    recall() {
      if (!isThere()) return undefined
      try {
        return storage.decryptString(readFileSync(file))
      } catch {
        return undefined // nothing kept, or sealed by another keyring
      }
    },
    forget: () => rmSync(file, { force: true }),
  }
}
