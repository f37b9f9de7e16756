import { useCallback, useEffect } from 'react'
import { ok } from '../../shared/domain/fault.ts'
import type { Leftover, OperationsState } from '../../shared/domain/operation.ts'
import { api } from './api.ts'
import { useLive, type Live } from './use-live.ts'

/** A proof may have been accepted meanwhile, or a disk connected. */
const AGAIN_MS = 3_600_000
const LEAVING: ReadonlySet<string> = new Set(['move-data', 'retire'])

/** The keeper tells of none: it looks only when it is asked. */
const nobody = () => () => {}

const askers = new Set<() => void>()

/** Something was removed: whoever shows them looks again. */
export function leftoversChanged(): void {
  for (const again of askers) again()
}

/** PoS data that operations left behind: asked when one of them ends and now and then, never while none could have left any. */
export function useLeftovers(state: OperationsState | undefined): Live<readonly Leftover[]> {
  const key = (state?.operations ?? []).flatMap((one) => (one.state === 'done' && LEAVING.has(one.kind) ? one.id : [])).join(' ')
  const ask = useCallback(() => (key === '' ? Promise.resolve(ok<readonly Leftover[]>([])) : api().operations.leftovers()), [key])
  const live = useLive(ask, nobody)
  const { reload } = live
  useEffect(() => {
    askers.add(reload)
    const timer = key === '' ? undefined : setInterval(reload, AGAIN_MS)
    return () => {
      askers.delete(reload)
      clearInterval(timer)
    }
  }, [reload, key])
  return live
}
