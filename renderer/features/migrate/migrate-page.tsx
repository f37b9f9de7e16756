import './migrate.css'
import './plan.css'
import { useState, type ReactElement } from 'react'
import type { OperationsState } from '../../../shared/domain/operation.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { useOperations } from '../../state/operations.ts'
import { CoinbaseForm } from './coinbase-form.tsx'
import { ConvertForm, ExportForm, ImportForm, ManagerForm, MoveForm, RetireForm, SplitForm } from './forms.tsx'
import { OperationPage } from './operation-page.tsx'
import { PlanFlow, type Asked } from './plan-flow.tsx'
import { QuarantinePage } from './quarantine.tsx'
import { StartPage } from './start-page.tsx'
import { useFocusMain } from './use-focus-main.ts'
import { MergeWizard } from './wizard.tsx'

interface Props {
  readonly part: string | undefined
  readonly file: string | undefined
}

interface RoomProps extends Props {
  readonly state: OperationsState
  readonly plan: (request: ParsedPlanRequest) => void
}

function Room({ part, file, state, plan }: RoomProps): ReactElement {
  switch (part) {
    case 'merge':
      return <MergeWizard state={state} />
    case 'operation':
      return <OperationPage id={file} state={state} />
    case 'convert':
      return <ConvertForm plan={plan} />
    case 'split':
      return <SplitForm plan={plan} />
    case 'retire':
      return <RetireForm plan={plan} />
    case 'move-data':
      return <MoveForm plan={plan} />
    case 'take-over':
      return <ManagerForm plan={plan} />
    case 'export-identity':
      return <ExportForm plan={plan} />
    case 'import-identity':
      return <ImportForm plan={plan} />
    case 'coinbase':
      return <CoinbaseForm plan={plan} />
    case 'quarantine':
      return <QuarantinePage plan={plan} />
    default:
      return <StartPage state={state} />
  }
}

/** Migrate: what can be done to nodes, keys and PoS data, each planned, journaled and undoable. */
export function MigratePage({ part, file }: Props): ReactElement {
  const { value: state, fault, reload } = useOperations()
  const [asked, setAsked] = useState<Asked>()
  useFocusMain(asked === undefined ? 'room' : 'plan')
  if (state === undefined)
    return (
      <>
        <header className="head">
          <h1>Migrate</h1>
        </header>
        <FaultNote fault={fault} retry={reload} />
        {fault === undefined && <Skeleton rows={6} step="Reading the journals of operations" />}
      </>
    )
  return (
    <>
      {asked !== undefined && <PlanFlow asked={asked} state={state} back={() => setAsked(undefined)} />}
      {/* Kept as it was filled in, for the way back. */}
      <div className={asked === undefined ? 'migrate-room' : 'migrate-room away'}>
        <Room part={part} file={file} state={state} plan={(request) => setAsked({ is: 'request', request })} />
      </div>
    </>
  )
}
