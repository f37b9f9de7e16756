import { ok, type Result } from '../../shared/domain/fault.ts'
import type { Inventory, ScanState } from '../../shared/domain/inventory.ts'
import { api } from './api.ts'
import { useLive, type Live } from './use-live.ts'

const ask = () => api().scan.state()
const listen = (told: (state: ScanState) => void) => api().scan.onChanged(told)

/** The search of this machine, as it goes. */
export const useScan = (): Live<ScanState> => useLive(ask, listen)

/** What the last search found, also while the next one runs or when it failed. */
export function inventoryOf(state: ScanState | undefined): Inventory | undefined {
  if (state === undefined || state.is === 'never') return undefined
  return state.is === 'done' ? state.inventory : state.last
}

export const search = (folders: readonly string[]): Promise<Result<void>> => api().scan.begin({ folders: [...folders] })

/** Asks for one more folder and searches it with the others; answers all of them, `undefined` when none was chosen. */
export async function searchAnother(folders: readonly string[]): Promise<Result<readonly string[] | undefined>> {
  const chosen = await api().window.chooseFile({ title: 'Choose a folder to search', kind: 'folder' })
  if (!chosen.ok) return chosen
  if (chosen.value.path === undefined) return ok(undefined)
  const all = [...new Set([...folders, chosen.value.path])]
  const begun = await search(all)
  return begun.ok ? ok(all) : begun
}
