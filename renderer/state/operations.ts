import type { OperationsState, OperationView } from '../../shared/domain/operation.ts'
import { isOpen } from '../../shared/domain/operation.ts'
import { api } from './api.ts'
import { seldom } from './listen.ts'
import { useLive, type Live } from './use-live.ts'

const ask = () => api().operations.state()

const listen = seldom<OperationsState>((told) => api().operations.onChanged(told))

/** Every operation that was begun here, as it goes. */
export const useOperations = (): Live<OperationsState> => useLive(ask, listen)

/** The one that is not at its end: nothing else is begun before it is. */
export const openOf = (state: OperationsState | undefined): OperationView | undefined => state?.operations.find(isOpen)
