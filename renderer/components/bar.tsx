import type { ReactElement } from 'react'

interface Props {
  readonly label: string
  /** 0–100; `undefined` when nobody can say how much is left. */
  readonly percent: number | undefined
  readonly text: string
}

/** How far something is. */
export function Bar({ label, percent, text }: Props): ReactElement {
  const known = percent === undefined ? undefined : Math.min(100, Math.max(0, percent))
  return (
    <div
      className={known === undefined ? 'bar live' : 'bar'}
      role="progressbar"
      aria-label={label}
      aria-valuetext={text}
      {...(known === undefined ? {} : { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(known) })}
    >
      <i style={{ width: `${known ?? 100}%` }} />
    </div>
  )
}
