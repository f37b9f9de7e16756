import type { ReactElement } from 'react'
import { go } from '../../state/route.ts'

/** Where one is below Migrate. */
export function Crumb({ here }: { readonly here: string }): ReactElement {
  return (
    <div className="crumb">
      <button type="button" className="link" onClick={() => go({ room: 'migrate' })}>
        Migrate
      </button>{' '}
      / {here}
    </div>
  )
}
