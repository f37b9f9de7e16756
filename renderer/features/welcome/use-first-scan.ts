import { useCallback, useEffect, useState } from 'react'
import type { ScanState } from '../../../shared/domain/inventory.ts'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { search, searchAnother, useScan } from '../../state/scan.ts'

export interface FirstScan {
  readonly state: ScanState | undefined
  readonly action: Action
  /** Asks for one more folder and searches again. */
  readonly addFolder: () => Promise<void>
  readonly again: () => Promise<void>
  readonly cancel: () => void
}

/** The search of first run: it begins by itself when none was made. */
export function useFirstScan(): FirstScan {
  const { value: state } = useScan()
  const action = useAction()
  const { run } = action
  const [folders, setFolders] = useState<readonly string[]>([])
  const isNew = state?.is === 'never'
  useEffect(() => {
    // Already begun by another window is as good.
    if (isNew) void search([])
  }, [isNew])
  const addFolder = useCallback(async (): Promise<void> => {
    const all = await run(() => searchAnother(folders))
    if (all?.ok === true && all.value !== undefined) setFolders(all.value)
  }, [run, folders])
  const again = useCallback(async () => void (await run(() => search(folders))), [run, folders])
  const cancel = useCallback(() => void run(() => api().scan.cancel()), [run])
  return { state, action, addFolder, again, cancel }
}
