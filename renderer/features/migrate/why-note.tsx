import type { ReactElement, ReactNode } from 'react'
import type { Fault } from '../../../shared/domain/fault.ts'
import { Glyph } from '../../components/glyph.tsx'
import { go } from '../../state/route.ts'
import { whyText } from './words.ts'

interface Props {
  readonly fault: Fault | undefined
  readonly children?: ReactNode
}

/** Why something was not done, in the operation's own words, with what can be done about it. */
export function WhyNote({ fault, children }: Props): ReactElement | null {
  if (fault === undefined) return null
  return (
    <div className="banner why-note" role="alert">
      <Glyph shape="alert" tone="bad" />
      <div className="grow">
        <span>{whyText(fault)}</span>
        <details className="s mid">
          <summary>Details</summary>
          <span className="mono path">
            {fault.code}: {fault.detail}
          </span>
        </details>
      </div>
      {fault.code === 'operation/busy' && (
        <button type="button" className="btn sm" onClick={() => go({ room: 'migrate' })}>
          Show what is open
        </button>
      )}
      {children}
    </div>
  )
}
