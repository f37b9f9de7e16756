import { lazy, Suspense, useEffect, useState, type ReactElement, type ReactNode } from 'react'
import { useOperations } from './state/operations.ts'
import { useKeeper } from './state/store.ts'

const UnfinishedPage = lazy(async () => ({ default: (await import('./features/migrate/unfinished-page.tsx')).UnfinishedPage }))

/**
 * An operation that the window finds in its middle when it starts has the whole window, until it is at an end or the user
 * looks elsewhere. One that stops later is told by its own page.
 */
export function Takeover({ children }: { readonly children: ReactNode }): ReactElement {
  const phase = useKeeper((state) => state.phase)
  const { value: state, fault, reload } = useOperations()
  /** `undefined` until it is known, `null` when there is none or the user left it. */
  const [id, setId] = useState<string | null>()
  const isMissed = phase === 'ready' && fault !== undefined
  useEffect(() => {
    if (isMissed) reload()
  }, [isMissed, reload])
  if (id === undefined && state !== undefined) setId(state.operations.find((one) => one.state === 'unfinished')?.id ?? null)
  const operation = state?.operations.find((one) => one.id === id)
  if (state === undefined || operation === undefined) return <>{children}</>
  return (
    <Suspense fallback={<main id="main" />}>
      <UnfinishedPage operation={operation} state={state} leave={() => setId(null)} />
    </Suspense>
  )
}
