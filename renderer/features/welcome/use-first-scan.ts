import { useCallback, useEffect, useState } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import type { ScanState } from '../../../shared/domain/inventory.ts'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useScan } from '../../state/scan.ts'

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
    if (isNew) void api().scan.begin({ folders: [] })
  }, [isNew])
  const begin = useCallback((wanted: readonly string[]) => run(() => api().scan.begin({ folders: [...wanted] })), [run])
  const addFolder = useCallback(async (): Promise<void> => {
    const chosen = await run(async () => {
      const answer = await api().window.chooseFile({ title: 'Choose a folder to search', kind: 'folder' })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok !== true || chosen.value === undefined) return
    const wanted = [...new Set([...folders, chosen.value])]
    setFolders(wanted)
    await begin(wanted)
  }, [run, begin, folders])
  const again = useCallback(async () => void (await begin(folders)), [begin, folders])
  const cancel = useCallback(() => void run(() => api().scan.cancel()), [run])
  return { state, action, addFolder, again, cancel }
}
