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
