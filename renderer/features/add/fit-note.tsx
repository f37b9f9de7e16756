import type { ReactElement } from 'react'
import type { InitDisk, InitOptions } from '../../../shared/domain/initialization.ts'
import type { AddDraft } from '../../state/init.ts'
import { setPlan } from '../../state/plan.ts'
import { go } from '../../state/route.ts'
import { plannedOf } from './draft.ts'

/** Whether its proof will fit into the cycle gap beside the others, and the way to play with it. */
export function FitNote({
  draft,
  options,
  disk,
}: {
  readonly draft: AddDraft
  readonly options: InitOptions
  readonly disk: InitDisk
}): ReactElement {
  return (
    <div className="row between fit-note">
      <button
        type="button"
        className="link"
        onClick={() => {
          setPlan({ add: plannedOf(draft, disk, options) })
          go({ room: 'plan' })
        }}
      >
        Will it fit?
      </button>
    </div>
  )
}
