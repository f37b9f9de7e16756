import type { WindowApi } from '../../shared/ipc/contract.ts'

declare global {
  interface Window {
    /** Exposed by the preload. */
    smeshkeeper: WindowApi
  }
}

/** The keeper and this window's main process, as the page sees them. */
export const api = (): WindowApi => window.smeshkeeper
