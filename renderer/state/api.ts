import type { WindowApi } from '../../shared/ipc/contract.ts'

declare global {
  interface Window {
    /** Exposed by the preload. */
    smeshkeeper: WindowApi
    /** Exposed by the preload: the path of a dropped file, empty when it has none. */
    smeshkeeperFiles: { readonly pathOf: (file: File) => string }
  }
}

/** The keeper and this window's main process, as the page sees them. */
export const api = (): WindowApi => window.smeshkeeper

/** Where a dropped file or folder lies; `undefined` when it is none of this machine's files. */
export function pathOf(file: File): string | undefined {
  const path = window.smeshkeeperFiles.pathOf(file)
  return path === '' ? undefined : path
}
