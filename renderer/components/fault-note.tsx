import type { ReactElement } from 'react'
import type { Fault } from '../../shared/domain/fault.ts'
import { faultText } from './fault-text.ts'
import { Glyph } from './glyph.tsx'

interface Props {
  readonly fault: Fault | undefined
  readonly retry?: () => void
  readonly close?: () => void
}

/** What went wrong, in a sentence, with the details folded. Nothing when nothing did. */
export function FaultNote({ fault, retry, close }: Props): ReactElement | null {
  if (fault === undefined) return null
  return (
    <div className="banner" role="alert">
      <Glyph shape="alert" tone="bad" />
      <div className="grow">
        <span>{faultText(fault)}</span>
        <details className="s mid">
          <summary>Details</summary>
          <span className="mono">
            {fault.code}: {fault.detail}
          </span>
        </details>
      </div>
      {retry !== undefined && (
        <button type="button" className="btn sm" onClick={retry}>
          Try again
        </button>
      )}
      {close !== undefined && (
        <button type="button" className="btn sm quiet" onClick={close}>
          Close
        </button>
      )}
    </div>
  )
}
