import type { ReactElement } from 'react'
import { Glyph, type Look } from './components/glyph.tsx'
import { useLeftovers } from './state/leftovers.ts'
import { openOf, useOperations } from './state/operations.ts'

const OPEN: Look = { shape: 'pie', tone: 'accent', word: 'an operation is under way', share: 40 }
const UNFINISHED: Look = { shape: 'half', tone: 'warn', word: 'an operation is unfinished' }
const REMOVABLE: Look = { shape: 'info', tone: 'accent', word: 'old PoS data may be removed' }

/** Beside Migrate in the rail of every room: an operation that is not at its end, or data that nothing needs any more. */
export function MigrateMark(): ReactElement | null {
  const { value } = useOperations()
  const leftovers = useLeftovers(value)
  const open = openOf(value)
  const mayRemove = leftovers.value?.some(({ may }) => may) === true
  const look = open === undefined ? (mayRemove ? REMOVABLE : undefined) : open.state === 'unfinished' ? UNFINISHED : OPEN
  if (look === undefined) return null
  return (
    <span className="mark">
      <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
    </span>
  )
}
