import './migrate.css'
import './plan.css'
import type { ReactElement } from 'react'
import type { OperationsState, OperationView as Operation } from '../../../shared/domain/operation.ts'
import { OperationFlow } from './plan-flow.tsx'

interface Props {
  readonly operation: Operation
  readonly state: OperationsState
  readonly leave: () => void
}

/** The whole window at a start that finds an operation in its middle, until it is at an end or the user looks elsewhere. */
export function UnfinishedPage({ operation, state, leave }: Props): ReactElement {
  const isOver = operation.state === 'done' || operation.state === 'rolled-back'
  return (
    <main id="main" className="page takeover" tabIndex={-1}>
      <OperationFlow operation={operation} state={state} isAlone />
      <footer className="row between takeover-foot">
        <span className="s dim">{isOver ? '' : 'It stays first in Migrate until it is finished or rolled back.'}</span>
        <button type="button" className={isOver ? 'btn primary' : 'btn quiet'} onClick={leave}>
          {isOver ? 'Go on' : 'Look at the other rooms first'}
        </button>
      </footer>
    </main>
  )
}
