import { useCallback, useState, type ReactElement } from 'react'
import type { InitPlan } from '../../../shared/domain/initialization.ts'
import { bytes, duration, plural } from '../../../shared/domain/words.ts'
import type { ParsedInitRequest } from '../../../shared/ipc/machine-contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph, lookOfSeverity } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { changeAdd, startAdd } from '../../state/init.ts'
import { go } from '../../state/route.ts'
import { Head } from './head.tsx'

function Steps({ plan }: { readonly plan: InitPlan }): ReactElement {
  return (
    <section className="card pad col" aria-labelledby="add-steps">
      <div className="row between">
        <h2 id="add-steps">What will be done</h2>
        <span className="s dim">
          {bytes(plan.totalBytes)}, {plural(plan.fileCount, 'file')}
        </span>
      </div>
      <ol className="add-steps">
        {plan.steps.map((step, i) => (
          <li key={step.text} className="row between">
            <span className="row">
              <span className="n">{i + 1}</span>
              <span>
                {step.text}
                {step.detail !== undefined && <span className="s dim block path">{step.detail}</span>}
              </span>
            </span>
            {step.expectedMs !== undefined && <span className="mid nw">{duration(step.expectedMs)}</span>}
          </li>
        ))}
      </ol>
      <p className="s dim path">
        Into <span className="mono">{plan.folder}</span>
      </p>
    </section>
  )
}

function Refusals({ plan, again }: { readonly plan: InitPlan; readonly again: () => void }): ReactElement | null {
  if (plan.refusals.length === 0) return null
  return (
    <section className="banner add-top" aria-label="Why it cannot be begun">
      <Glyph shape="cross" tone="bad" label="refused" />
      <div className="grow">
        <b>It cannot be begun as things are. Nothing was changed.</b>
        <ul>
          {plan.refusals.map((one) => (
            <li key={`${one.code} ${one.text}`}>
              {closed(one.text)} <span className="mid">{closed(one.fix)}</span>
            </li>
          ))}
        </ul>
      </div>
      <button type="button" className="btn sm" onClick={again}>
        Check again
      </button>
    </section>
  )
}

function Dates({ plan }: { readonly plan: InitPlan }): ReactElement {
  const { readyAt, firstRegistration, firstProof, firstReward } = plan
  return (
    <section className="card pad" aria-label="When it earns">
      <dl>
        <dt>Ready to smesh</dt>
        <dd>{readyAt === undefined ? 'unknown: measure the providers first' : <Moment at={readyAt} />}</dd>
        <dt>First registration</dt>
        <dd>
          {firstRegistration === undefined ? (
            'unknown'
          ) : (
            <>
              <Moment at={firstRegistration.from} />, epoch {firstRegistration.epoch}
            </>
          )}
        </dd>
        <dt>First proof due</dt>
        <dd>
          {firstProof === undefined ? (
            'unknown'
          ) : (
            <>
              gap of epoch {firstProof.epoch}, <Moment at={firstProof.at} />
            </>
          )}
        </dd>
        <dt>First reward</dt>
        <dd>
          {firstReward === undefined ? (
            'unknown'
          ) : (
            <>
              epoch {firstReward.epoch}, from <Moment at={firstReward.at} />
            </>
          )}
        </dd>
      </dl>
    </section>
  )
}

function Risks({ plan }: { readonly plan: InitPlan }): ReactElement | null {
  if (plan.risks.length === 0) return null
  return (
    <section className="card pad" aria-labelledby="add-risks">
      <h2 id="add-risks">Good to know</h2>
      <ul className="add-risks">
        {plan.risks.map((risk) => (
          <li key={risk.text}>
            <Glyph
              shape={lookOfSeverity(risk.severity).shape}
              tone={lookOfSeverity(risk.severity).tone}
              label={lookOfSeverity(risk.severity).word}
            />
            <span>{risk.text}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Last step: what will be done, read before anything is. */
export function PlanStep({ request }: { readonly request: ParsedInitRequest }): ReactElement {
  const action = useAction()
  // What was asked when the step opened: typing cannot change it while it is read.
  const [asked] = useState(request)
  const { value: plan, fault, reload } = useLoad(useCallback(() => api().init.plan(asked), [asked]))
  const begin = async (id: string): Promise<void> => {
    const answer = await action.run(() => api().init.begin({ plan: id }))
    if (answer?.ok !== true) return
    startAdd()
    go({ room: 'add', part: 'queue' })
  }
  const canBegin = plan !== undefined && plan.refusals.length === 0 && !action.isBusy
  return (
    <>
      <Head title={plan?.headline ?? 'Making the plan: only looking, nothing is changed'} at="plan" />
      <FaultNote fault={fault} retry={reload} />
      <FaultNote fault={action.fault} retry={reload} close={action.clear} />
      {plan === undefined ? (
        fault === undefined && <Skeleton rows={6} step="Looking at folder, space and providers" />
      ) : (
        <>
          <Refusals plan={plan} again={reload} />
          <div className="add-two">
            <div className="col">
              <Steps plan={plan} />
            </div>
            <div className="col">
              <Dates plan={plan} />
              <Risks plan={plan} />
            </div>
          </div>
        </>
      )}
      <footer className="row between add-foot">
        <span className="s dim">It can be paused at any time, and goes on where it stopped. Nothing here deletes data.</span>
        <span className="row">
          <button type="button" className="btn" disabled={action.isBusy} onClick={() => changeAdd({ step: 'folder' })}>
            Back
          </button>
          <button type="button" className="btn primary" disabled={!canBegin} onClick={() => plan !== undefined && void begin(plan.id)}>
            {asked.key.is === 'new' ? 'Make the key and begin' : 'Begin'}
          </button>
        </span>
      </footer>
    </>
  )
}
