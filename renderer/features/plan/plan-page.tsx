import type { ReactElement } from 'react'

/** Whether everything fits into the cycle gap. */
export function PlanPage({ part }: { readonly part: string | undefined }): ReactElement {
  return <h1 data-part={part}>Will it fit?</h1>
}
