import type { ReactElement } from 'react'

interface Props<T> {
  readonly label: string
  readonly options: readonly { readonly value: T; readonly word: string }[]
  readonly value: T
  readonly set: (value: T) => void
  /** As wide as its place. */
  readonly isWide?: boolean
}

/** One of a few, all of them in sight. */
export function Seg<T extends string | number>({ label, options, value, set, isWide }: Props<T>): ReactElement {
  return (
    <div className={isWide === true ? 'seg wide-seg' : 'seg'} role="group" aria-label={label}>
      {options.map((one) => (
        <button
          key={one.value}
          type="button"
          className={one.value === value ? 'on' : ''}
          aria-pressed={one.value === value}
          onClick={() => set(one.value)}
        >
          {one.word}
        </button>
      ))}
    </div>
  )
}
