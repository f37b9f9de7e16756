import './migrate.css'
import { useState, type ReactElement } from 'react'
import type { OperationPlan, OperationsState, OperationView as Operation } from '../../../shared/domain/operation.ts'
import { OperationView } from './operation-view.tsx'
import { PlanFlow } from './plan-flow.tsx'

interface Props {
  readonly operation: Operation
  readonly state: OperationsState
  readonly leave: () => void
}

/** The whole window at a start that finds an operation in its middle, until it is at an end or the user looks elsewhere. */
export function UnfinishedPage({ operation, state, leave }: Props): ReactElement {
  const [undoPlan, setUndoPlan] = useState<OperationPlan>()
  const isOver = operation.state === 'done' || operation.state === 'rolled-back'
  return (
    <main id="main" className="page takeover" tabIndex={-1}>
      {undoPlan === undefined ? (
        <OperationView operation={operation} onPlan={setUndoPlan} isAlone />
      ) : (
        <PlanFlow asked={{ is: 'plan', plan: undoPlan }} state={state} back={() => setUndoPlan(undefined)} />
      )}
      <footer className="row between takeover-foot">
        <span className="s dim">{isOver ? '' : 'It stays first in Migrate until it is finished or rolled back.'}</span>
        <button type="button" className={isOver ? 'btn primary' : 'btn quiet'} onClick={leave}>
          {isOver ? 'Go on' : 'Look at the other rooms first'}
        </button>
      </footer>
    </main>
  )
}
