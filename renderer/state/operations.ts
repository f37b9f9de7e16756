import type { OperationsState, OperationView } from '../../shared/domain/operation.ts'
import { isOpen } from '../../shared/domain/operation.ts'
import { api } from './api.ts'
import { UPDATE_EVERY_MS } from './store.ts'
import { useLive, type Live } from './use-live.ts'

const ask = () => api().operations.state()

/** The first at once, then at most four a second: the last of them wins. */
function listen(told: (state: OperationsState) => void): () => void {
  let waiting: OperationsState | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = (): void => {
    timer = undefined
    if (waiting === undefined) return
    const state = waiting
    waiting = undefined
    told(state)
    timer = setTimeout(flush, UPDATE_EVERY_MS)
  }
  const off = api().operations.onChanged((state) => {
    waiting = state
    if (timer === undefined) flush()
  })
  return () => {
    off()
    clearTimeout(timer)
  }
}

/** Every operation that was begun here, as it goes. */
export const useOperations = (): Live<OperationsState> => useLive(ask, listen)

/** The one that is not at its end: nothing else is begun before it is. */
export const openOf = (state: OperationsState | undefined): OperationView | undefined => state?.operations.find(isOpen)
