import { useId, type ReactElement } from 'react'

interface Props {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step?: number
  /** The value in words, beside the label and for readers. */
  readonly text: string
  readonly hint?: string
  readonly isDisabled?: boolean
  /** The words stand elsewhere on the page. */
  readonly isBare?: boolean
  readonly set: (value: number) => void
}

/** A number on a track; arrows, Page and Home keys move it. */
export function Slider({ label, value, min, max, step = 1, text, hint, isDisabled, isBare, set }: Props): ReactElement {
  const id = useId()
  const at = max > min ? ((Math.min(max, Math.max(min, value)) - min) / (max - min)) * 100 : 0
  return (
    <div className="slide">
      {isBare !== true && (
        <div className="row between">
          <label className="b" htmlFor={id}>
            {label}
          </label>
          <span>{text}</span>
        </div>
      )}
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={isDisabled}
        aria-valuetext={text}
        style={{ '--at': `${at}%` } as Record<string, string>}
        onChange={(event) => set(Number(event.target.value))}
        {...(isBare === true ? { 'aria-label': label } : {})}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
      />
      {hint !== undefined && (
        <p className="s dim" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
