import type { ReactElement, ReactNode } from 'react'

interface Props {
  readonly type?: 'checkbox' | 'radio'
  /** Of a group of radios. */
  readonly name?: string
  readonly isOn: boolean
  readonly isDisabled?: boolean
  readonly turn: () => void
  readonly children: ReactNode
}

/** A box or a radio with its words. */
export function Tick({ type = 'checkbox', name, isOn, isDisabled, turn, children }: Props): ReactElement {
  return (
    <label className="tick">
      <input type={type} checked={isOn} disabled={isDisabled} onChange={turn} {...(name === undefined ? {} : { name })} />
      <span className="grow">{children}</span>
    </label>
  )
}
