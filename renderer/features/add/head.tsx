import type { ReactElement } from 'react'
import { Stepper } from '../../components/stepper.tsx'
import type { AddDraft } from '../../state/init.ts'
import { go } from '../../state/route.ts'

const STEPS = ['Key', 'Folder and size', 'Plan']
const AT: Readonly<Record<AddDraft['step'], number>> = { key: 0, folder: 1, plan: 2 }

/** Where one is: below Identities, and on the way through the steps. */
export function Head({ title, at }: { readonly title: string; readonly at: AddDraft['step'] }): ReactElement {
  return (
    <header className="head">
      <div>
        <div className="crumb">
          <button type="button" className="link" onClick={() => go({ room: 'identities' })}>
            Identities
          </button>{' '}
          / Add
        </div>
        <h1>{title}</h1>
      </div>
      <Stepper steps={STEPS} at={AT[at]} />
    </header>
  )
}
