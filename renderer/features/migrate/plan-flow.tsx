import { useCallback, useEffect, useState, type ReactElement, type ReactNode } from 'react'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import type { OperationPlan, OperationsState, OperationView as Operation } from '../../../shared/domain/operation.ts'
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
import { StartStep } from './start-step.tsx'
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
  /** See PlanView. */
  readonly wayOut?: (plan: OperationPlan) => ReactNode
}

/** Plan, run and report of any kind of operation. */
export function PlanFlow({ asked, state, back, way, onBegun, wayOut }: Props): ReactElement {
  const action = useAction()
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
  if (begun !== undefined) return <OperationFlow operation={begun} state={state} way={way} />
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
      wayOut={wayOut}
    />
  )
}

interface OperationProps {
  readonly operation: Operation
  readonly state: OperationsState | undefined
  readonly way?: ReactNode
  readonly isAlone?: boolean
}

/** One operation with what may follow it: the start of its node, or an undo that is a plan of its own. */
export function OperationFlow({ operation, state, way, isAlone }: OperationProps): ReactElement {
  const [undoPlan, setUndoPlan] = useState<OperationPlan>()
  const [isStarting, setStarting] = useState(false)
  if (undoPlan !== undefined) return <PlanFlow asked={{ is: 'plan', plan: undoPlan }} state={state} back={() => setUndoPlan(undefined)} />
  const stop = (): void => setStarting(false)
  if (isStarting && operation.state === 'done') return <StartStep operation={operation} way={way} done={stop} later={stop} />
  const name = operation.after[0]?.name ?? 'the node'
  const next =
    operation.state === 'done' && operation.startsNode === true ? (
      <button type="button" className="btn primary" onClick={() => setStarting(true)}>
        {operation.undo.is === 'exact' ? `Next: start ${name}…` : `Verify ${name}…`}
      </button>
    ) : undefined
  return <OperationView operation={operation} onPlan={setUndoPlan} way={way} next={next} isAlone={isAlone === true} />
}
