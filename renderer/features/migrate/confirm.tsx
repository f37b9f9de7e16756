import { useState, type ReactElement } from 'react'
import { Icon, type IconName } from '../../components/icons.tsx'

interface Props {
  /** Button that asks: with "…". */
  readonly label: string
  /** What happens on yes, in one sentence. */
  readonly question: string
  readonly yes: string
  readonly no: string
  readonly act: () => void
  readonly isDisabled?: boolean
  readonly isPrimary?: boolean
  readonly icon?: IconName
}

/** A button that asks in its own place before it acts. The keyboard lands on the way out. */
export function Confirm({ label, question, yes, no, act, isDisabled, isPrimary, icon }: Props): ReactElement {
  const [isAsking, setAsking] = useState(false)
  if (!isAsking)
    return (
      <button type="button" className={isPrimary === true ? 'btn primary' : 'btn'} disabled={isDisabled} onClick={() => setAsking(true)}>
        {icon !== undefined && <Icon name={icon} />}
        {label}
      </button>
    )
  return (
    <div className="confirm" role="group" aria-label={label}>
      <span>{question}</span>
      <div className="row">
        <button
          type="button"
          className="btn"
          // The button that was pressed is gone: the keyboard goes on here, where nothing happens.
          ref={(button) => button?.focus()}
          onClick={() => setAsking(false)}
        >
          {no}
        </button>
        <button
          type="button"
          className={isPrimary === true ? 'btn primary' : 'btn danger'}
          disabled={isDisabled}
          onClick={() => {
            setAsking(false)
            act()
          }}
        >
          {yes}
        </button>
      </div>
    </div>
  )
}
