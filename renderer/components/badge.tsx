import type { ReactElement } from 'react'
import { Glyph, type Look } from './glyph.tsx'

/** A state in one word, with its shape. */
export function Badge({ look }: { readonly look: Look }): ReactElement {
  return (
    <span className={`badge ${look.tone === 'dim' ? '' : look.tone}`}>
      <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} />
      {look.word}
    </span>
  )
}
