import type { ReactElement } from 'react'

/** What this computer can prove in time. */
export function MachinePage({ disk }: { readonly disk: string | undefined }): ReactElement {
  return <h1 data-disk={disk}>Machine</h1>
}
