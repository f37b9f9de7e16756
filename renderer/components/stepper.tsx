import type { ReactElement } from 'react'
import { Glyph } from './glyph.tsx'

interface Props {
  readonly steps: readonly string[]
  /** The one that is open; the number of steps when all are past. */
  readonly at: number
}

/** Where one is on the way through a few steps. */
export function Stepper({ steps, at }: Props): ReactElement {
  return (
    <ol className="stepper">
      {steps.map((step, i) => (
        <li key={step} className={i < at ? 'past' : i === at ? 'on' : ''} aria-current={i === at ? 'step' : undefined}>
          {i < at ? <Glyph shape="disc-tick" tone="ok" label="done" /> : <span className="n">{i + 1}</span>}
          {step}
        </li>
      ))}
    </ol>
  )
}
