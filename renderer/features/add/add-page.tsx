import type { ReactElement } from 'react'

/** A new identity, or how far the making of one is. */
export function AddPage({ part }: { readonly part: string | undefined }): ReactElement {
  return <h1 data-part={part}>Add an identity</h1>
}
