import { useCallback, useEffect, useState, type ReactElement, type ReactNode } from 'react'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import type { OperationPlan, OperationsState } from '../../../shared/domain/operation.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { Crumb } from './crumb.tsx'
import { OperationView } from './operation-view.tsx'
import { PlanView, type RunChoice } from './plan-view.tsx'
import type { SecretUse } from './secret-fields.tsx'
import { WhyNote } from './why-note.tsx'
import { KINDS } from './words.ts'

/** What is to be planned, or a plan that is there already (an undo that is a split). */
export type Asked = { readonly is: 'request'; readonly request: ParsedPlanRequest } | { readonly is: 'plan'; readonly plan: OperationPlan }

const kindOf = (asked: Asked): ParsedPlanRequest['kind'] => (asked.is === 'request' ? asked.request.kind : asked.plan.kind)

/** Recipients need no passphrase to seal for them. */
function secretOf(asked: Asked): SecretUse {
  if (asked.is === 'plan') return 'none'
  const { request } = asked
  if (request.kind === 'export-identity') return request.recipients.length > 0 ? 'none' : 'new'
  return request.kind === 'import-identity' ? 'open' : 'none'
}

interface Props {
  readonly asked: Asked
  readonly state: OperationsState | undefined
  readonly back: () => void
  readonly way?: ReactNode
  /** Told once, when the operation of the plan is in the journal. */
  readonly onBegun?: (id: string) => void
}

/** Plan, run and report of any kind of operation. */
export function PlanFlow({ asked, state, back, way, onBegun }: Props): ReactElement {
  const action = useAction()
  const [undoPlan, setUndoPlan] = useState<OperationPlan>()
  const ask = useCallback(
    (): Promise<Result<OperationPlan>> => (asked.is === 'plan' ? Promise.resolve(ok(asked.plan)) : api().operations.plan(asked.request)),
    [asked],
  )
  const { value: plan, fault, reload } = useLoad(ask)
  const begun = state?.operations.find((one) => one.id === plan?.id)
  const begunId = begun?.id
  useEffect(() => {
    if (begunId !== undefined) onBegun?.(begunId)
  }, [begunId, onBegun])
  if (undoPlan !== undefined) return <PlanFlow asked={{ is: 'plan', plan: undoPlan }} state={state} back={() => setUndoPlan(undefined)} />
  if (begun !== undefined) return <OperationView operation={begun} onPlan={setUndoPlan} way={way} />
  if (plan === undefined)
    return (
      <>
        <header className="head plan-head">
          <div>
            <Crumb here={KINDS[kindOf(asked)].room} />
            <h1>Making the plan: only looking, nothing is changed</h1>
          </div>
          {way}
          <button type="button" className="btn" onClick={back}>
            Back
          </button>
        </header>
        <WhyNote fault={fault}>
          <button type="button" className="btn sm" onClick={reload}>
            Try again
          </button>
        </WhyNote>
        {fault === undefined && <Skeleton rows={8} step="Reading keys, databases and configs" />}
      </>
    )
  const run = async ({ ticked, ...choice }: RunChoice): Promise<void> => {
    const answer = await action.run(() => api().operations.run({ plan: plan.id, ticked: [...ticked], ...choice }))
    if (answer?.ok === true && onBegun === undefined) go({ room: 'migrate', part: 'operation', file: answer.value.id })
  }
  const again = (): void => {
    action.clear()
    if (asked.is === 'plan') back()
    else reload()
  }
  return (
    <PlanView
      key={plan.id}
      plan={plan}
      isBusy={action.isBusy}
      fault={action.fault ?? fault}
      secret={secretOf(asked)}
      run={(choice) => void run(choice)}
      again={again}
      back={back}
      way={way}
    />
  )
}
