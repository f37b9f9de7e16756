import type { ReactElement } from 'react'
import { Glyph } from './components/glyph.tsx'
import { go } from './state/route.ts'
import { useSnapshot } from './state/store.ts'

/** Why the set-up on disk is not in use as it stands: on every page until it is mended. */
export function SetupBanner(): ReactElement | null {
  const problem = useSnapshot((snapshot) => snapshot.setupProblem)
  if (problem === undefined) return null
  return (
    <div className="banner warn" role="status">
      <Glyph shape="triangle" tone="warn" label="set-up" />
      <span className="grow">{problem}</span>
      <button type="button" className="btn sm" onClick={() => go({ room: 'settings', part: 'file' })}>
        Open Settings
      </button>
    </div>
  )
}
