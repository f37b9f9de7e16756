import { useId, useState, type ReactElement, type ReactNode } from 'react'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { OperationPlan } from '../../../shared/domain/operation.ts'
import { copyText } from '../../components/copy.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Tick } from '../../components/tick.tsx'
import { BeforeAfter } from './before-after.tsx'
import { Crumb } from './crumb.tsx'
import { PlanChecks, PlanRisks, PlanSteps, TableRows } from './plan-cards.tsx'
import { planText } from './plan-text.ts'
import { SecretFields, type SecretUse } from './secret-fields.tsx'
import { WhyNote } from './why-note.tsx'
import { KINDS, whyText } from './words.ts'

export interface RunChoice {
  readonly ticked: readonly string[]
  readonly acceptsPrice: boolean
  readonly passphrase?: string
}

interface Props {
  readonly plan: OperationPlan
  readonly isBusy: boolean
  /** Why the last try was not begun. */
  readonly fault: Fault | undefined
  readonly secret: SecretUse
  readonly run: (choice: RunChoice) => void
  readonly again: () => void
  readonly back: () => void
  /** Beside the headline: where one is in the wizard. */
  readonly way?: ReactNode
  /** What the user can give so that a refusal goes away. */
  readonly wayOut?: ((plan: OperationPlan) => ReactNode) | undefined
}

function CopyPlan({ plan }: { readonly plan: OperationPlan }): ReactElement {
  const [copied, setCopied] = useState<boolean>()
  return (
    <button type="button" className="btn quiet" onClick={() => setCopied(copyText(planText(plan)))}>
      {copied === undefined ? 'Copy the plan' : copied ? 'Copied' : 'Select it by hand'}
    </button>
  )
}

/** In place of the button: why it cannot be run, and the way out of each. */
function Refusals({ plan, again }: { readonly plan: OperationPlan; readonly again: () => void }): ReactElement | null {
  if (plan.refusals.length === 0) return null
  return (
    <section className="banner refusals" aria-label="Why it cannot be run yet">
      <Glyph shape="cross" tone="bad" label="refused" />
      <div className="grow">
        <b>It cannot be run yet. Nothing was changed.</b>
        <ul>
          {plan.refusals.map((fault) => (
            <li key={`${fault.code} ${fault.detail}`}>{whyText(fault)}</li>
          ))}
        </ul>
      </div>
      <button type="button" className="btn sm" onClick={again}>
        Check again
      </button>
    </section>
  )
}

/** What the user still has to do before the button can be pressed; empty when nothing. */
function missingWords(plan: OperationPlan, ticked: ReadonlySet<string>, hasSecret: boolean): string {
  const open = plan.asks.filter((ask) => !ticked.has(ask.id)).length
  if (open > 0) return open === 1 ? 'Tick the box that only you can tick.' : `Tick the ${open} boxes that only you can tick.`
  return hasSecret ? '' : 'Give the passphrase.'
}

interface AskProps {
  readonly plan: OperationPlan
  readonly ticked: ReadonlySet<string>
  readonly turn: (id: string) => void
}

/** Boxes that only the user can tick; all of them start unticked. */
function Asks({ plan, ticked, turn }: AskProps): ReactElement | null {
  if (plan.asks.length === 0) return null
  return (
    <fieldset className="asks">
      <legend className="sr">Only you can say</legend>
      {plan.asks.map((ask) => (
        <Tick key={ask.id} isOn={ticked.has(ask.id)} turn={() => turn(ask.id)}>
          {ask.text}
        </Tick>
      ))}
    </fieldset>
  )
}

/** What is going to be done, before anything is. */
export function PlanView({ plan, isBusy, fault, secret, run, again, back, way, wayOut }: Props): ReactElement {
  const hint = useId()
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [passphrase, setPassphrase] = useState<string>()
  const [round, setRound] = useState(0)
  const isRefused = plan.refusals.length > 0
  const missing = missingWords(plan, ticked, secret === 'none' || passphrase !== undefined)
  const begin = (acceptsPrice: boolean): void => {
    run({ ticked: [...ticked], acceptsPrice, ...(passphrase === undefined ? {} : { passphrase }) })
    setPassphrase(undefined) // it crosses once
    setRound((before) => before + 1)
  }
  const turn = (id: string): void =>
    setTicked((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]))
  return (
    <>
      <header className="head plan-head">
        <div>
          <Crumb here={KINDS[plan.kind].room} />
          <h1>{plan.title}</h1>
        </div>
        {way}
        <div className="row">
          <CopyPlan plan={plan} />
          <button type="button" className="btn" disabled={isBusy} onClick={back}>
            Back
          </button>
          {!isRefused && (
            <button
              type="button"
              className="btn primary"
              disabled={isBusy || missing !== ''}
              aria-describedby={hint}
              title={missing}
              onClick={() => begin(false)}
            >
              {KINDS[plan.kind].start}
            </button>
          )}
        </div>
      </header>
      <div className="plan-scroll">
        <WhyNote fault={fault}>
          {fault?.code === 'operation/unsafe-now' && (
            <button type="button" className="btn sm" disabled={isBusy || missing !== ''} onClick={() => begin(true)}>
              Accept the price…
            </button>
          )}
          {fault?.code === 'operation/stale' && (
            <button type="button" className="btn sm" disabled={isBusy} onClick={again}>
              Plan it again
            </button>
          )}
        </WhyNote>
        <Refusals plan={plan} again={again} />
        {isRefused && wayOut?.(plan)}
        {(plan.before.length > 0 || plan.after.length > 0) && <BeforeAfter before={plan.before} after={plan.after} />}
        <div className="mgrid">
          <div className="col">
            {plan.steps.length > 0 && <PlanSteps plan={plan} />}
            <TableRows tables={plan.tables} />
          </div>
          <div className="col">
            <PlanRisks plan={plan} />
            <PlanChecks plan={plan} again={again} />
          </div>
        </div>
      </div>
      {!isRefused && (plan.asks.length > 0 || secret !== 'none') && (
        <footer className="plan-foot">
          {secret !== 'none' && <SecretFields key={round} use={secret} change={setPassphrase} />}
          <Asks plan={plan} ticked={ticked} turn={turn} />
          <p id={hint} className="s dim plan-hint" role="status">
            {missing}
          </p>
        </footer>
      )}
    </>
  )
}
