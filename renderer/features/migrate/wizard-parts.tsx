import type { ReactElement, ReactNode } from 'react'
import type { WizardState } from '../../../shared/ipc/operations-contract.ts'
import { Stepper } from '../../components/stepper.tsx'
import { Crumb } from './crumb.tsx'
import { KINDS } from './words.ts'

export const WAY: readonly { readonly step: WizardState['step']; readonly label: string }[] = [
  { step: 'scan', label: 'Scan' },
  { step: 'backup', label: 'Backup' },
  { step: 'choose', label: 'Choose' },
  { step: 'plan', label: 'Plan' },
  { step: 'run', label: 'Run' },
  { step: 'start', label: 'Start' },
  { step: 'done', label: 'Done' },
]
const LABELS = WAY.map((one) => one.label)

export const WizardWay = ({ at }: { readonly at: WizardState['step'] }): ReactElement => (
  <Stepper steps={LABELS} at={WAY.findIndex((one) => one.step === at)} />
)

interface FrameProps {
  readonly at: WizardState['step']
  readonly title: string
  readonly back?: () => void
  readonly next?: { readonly label: string; readonly act: () => void; readonly isDisabled?: boolean }
  readonly children: ReactNode
}

/** One step of the wizard before its plan: headline, way, content, and where it goes on. */
export function WizardFrame({ at, title, back, next, children }: FrameProps): ReactElement {
  return (
    <>
      <header className="head plan-head">
        <div>
          <Crumb here={KINDS.merge.room} />
          <h1>{title}</h1>
        </div>
        <WizardWay at={at} />
      </header>
      <div className="plan-scroll">
        {children}
        <footer className="row between step-foot">
          {back === undefined ? (
            <span />
          ) : (
            <button type="button" className="btn" onClick={back}>
              Back
            </button>
          )}
          {next !== undefined && (
            <button type="button" className="btn primary" disabled={next.isDisabled} onClick={next.act}>
              {next.label}
            </button>
          )}
        </footer>
      </div>
    </>
  )
}
