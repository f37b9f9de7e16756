import type { ReactElement } from 'react'

interface Props {
  readonly why: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** One sentence why there is nothing, and one button. */
export function Empty({ why, action }: Props): ReactElement {
  return (
    <div className="empty">
      <p className="mid">{why}</p>
      {action !== undefined && (
        <button type="button" className="btn" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  )
}
