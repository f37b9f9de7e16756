import type { ReactElement } from 'react'
import { Icon, type IconName } from '../../components/icons.tsx'

interface Press {
  readonly label: string
  readonly act: () => void
  readonly isDisabled?: boolean
}

interface Props {
  readonly icon: IconName
  readonly title: string
  readonly text: string
  readonly points: readonly string[]
  readonly press: Press
  readonly second?: Press | undefined
  /** The way that fits what was found: marked, with the one filled button. */
  readonly isFit?: boolean
  readonly badge?: string | undefined
}

/** One way to begin. */
export function Option({ icon, title, text, points, press, second, isFit, badge }: Props): ReactElement {
  return (
    <section className={isFit === true ? 'card opt on' : 'card opt'} aria-label={title}>
      <div className="row g12">
        <Icon name={icon} />
        <h2>{title}</h2>
        {badge !== undefined && <span className="badge accent plain opt-badge">{badge}</span>}
      </div>
      <p className="mid">{text}</p>
      <ul className="pts">
        {points.map((point) => (
          <li key={point}>
            <Icon name="tick" />
            {point}
          </li>
        ))}
      </ul>
      <div className="row">
        {/* Keyed by what they do: a press that began on one button must not end on another that took its place. */}
        <button
          key={press.label}
          type="button"
          className={isFit === true ? 'btn primary' : 'btn'}
          disabled={press.isDisabled}
          onClick={press.act}
        >
          {press.label}
        </button>
        {second !== undefined && (
          <button key={second.label} type="button" className="btn quiet" disabled={second.isDisabled} onClick={second.act}>
            {second.label}
          </button>
        )}
      </div>
    </section>
  )
}
