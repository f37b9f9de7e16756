import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react'
import type { OperationPlan, OperationsState, OperationView as Operation } from '../../../shared/domain/operation.ts'
import type { WizardState } from '../../../shared/ipc/operations-contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { openOf } from '../../state/operations.ts'
import { go } from '../../state/route.ts'
import { BackupStep } from './backup-step.tsx'
import { ChooseStep } from './choose-step.tsx'
import { PathField } from './fields.tsx'
import { OperationView } from './operation-view.tsx'
import { PlanFlow, type Asked } from './plan-flow.tsx'
import { ScanStep } from './scan-step.tsx'
import { StartStep } from './start-step.tsx'
import { useFocusMain } from './use-focus-main.ts'
import { BEGINNING, useWizard } from './use-wizard.ts'
import { WizardWay } from './wizard-parts.tsx'

interface StepProps {
  readonly wizard: WizardState
  readonly change: (part: Partial<WizardState>) => void
  readonly state: OperationsState
}

/** Databases of a release that is not known here are merged by that release's own program, on copies. */
function OtherTool({ use }: { readonly use: (tool: string) => void }): ReactElement {
  const [tool, setTool] = useState('')
  return (
    <details className="card pad">
      <summary>The databases are of a release that Smeshkeeper does not know</summary>
      <div className="col other-tool">
        <PathField
          label="merge-nodes of that release"
          hint="It runs on copies; its result is checked row by row before anything is swapped in"
          kind="file"
          value={tool}
          set={setTool}
        />
        <div className="row">
          <button type="button" className="btn" disabled={tool.trim() === ''} onClick={() => use(tool.trim())}>
            Plan with it
          </button>
        </div>
      </div>
    </details>
  )
}

/** Step 4: the plan of what was chosen; it goes on by itself when its operation is in the journal. */
function PlanStep({ wizard, change, state }: StepProps): ReactElement {
  const { from, to, names } = wizard
  const [tool, setTool] = useState<string>()
  const asked = useMemo(
    (): Asked => ({
      is: 'request',
      request: { kind: 'merge', from: [...from], to: to ?? '', names, ...(tool === undefined ? {} : { tool }) },
    }),
    [from, to, names, tool],
  )
  const onBegun = useCallback((operation: string) => change({ step: 'run', operation }), [change])
  const back = (): void => change({ step: 'choose' })
  const wayOut = ({ refusals }: OperationPlan): ReactElement | null =>
    refusals.some(({ code }) => code.includes('schema')) ? <OtherTool use={setTool} /> : null
  return <PlanFlow asked={asked} state={state} back={back} way={<WizardWay at="plan" />} onBegun={onBegun} wayOut={wayOut} />
}

interface NextProps {
  readonly operation: Operation
  readonly isReport: boolean
  readonly change: (part: Partial<WizardState>) => void
}

/** Where it goes on from an operation that is at an end. */
function Next({ operation, isReport, change }: NextProps): ReactElement {
  const close = (): void => {
    change(BEGINNING)
    go({ room: 'migrate' })
  }
  const name = operation.after[0]?.name ?? 'the node'
  const [label, act] =
    operation.state === 'rolled-back'
      ? (['Choose again', () => change({ step: 'choose', operation: null })] as const)
      : isReport
        ? (['Close the report', close] as const)
        : operation.startsNode === true
          ? ([`Next: start ${name}…`, () => change({ step: 'start' })] as const)
          : (['To the report', () => change({ step: 'done' })] as const)
  return (
    <button type="button" className="btn primary" onClick={act}>
      {label}
    </button>
  )
}

/** Steps 5 to 7: the operation as it runs, the start of the node, the report. */
function AfterBegin({ wizard, change, state }: StepProps): ReactElement {
  const [undoPlan, setUndoPlan] = useState<OperationPlan>()
  const operation = state.operations.find((one) => one.id === wizard.operation)
  if (operation === undefined)
    return (
      <>
        <h1>This merge is no longer known here</h1>
        <div className="row">
          <button type="button" className="btn primary" onClick={() => change(BEGINNING)}>
            Begin again
          </button>
        </div>
      </>
    )
  if (undoPlan !== undefined) return <PlanFlow asked={{ is: 'plan', plan: undoPlan }} state={state} back={() => setUndoPlan(undefined)} />
  if (wizard.step === 'start' && operation.state === 'done')
    return (
      <StartStep
        operation={operation}
        way={<WizardWay at="start" />}
        done={() => change({ step: 'done' })}
        later={() => change({ step: 'run' })}
      />
    )
  return (
    <OperationView
      operation={operation}
      onPlan={setUndoPlan}
      way={<WizardWay at={wizard.step === 'done' ? 'done' : 'run'} />}
      next={<Next operation={operation} isReport={wizard.step === 'done'} change={change} />}
    />
  )
}

/** Bringing nodes together, step by step: a closed window goes on where it was. */
export function MergeWizard({ state }: { readonly state: OperationsState }): ReactElement {
  const { state: wizard, fault, change, reload } = useWizard()
  useFocusMain(wizard?.step ?? '')
  const open = openOf(state)
  // Begun while the window was closing: its step was not written down any more.
  const lost = open?.kind === 'merge' && wizard !== undefined && wizard.operation !== open.id ? open.id : undefined
  useEffect(() => {
    if (lost !== undefined) change({ step: 'run', operation: lost })
  }, [lost, change])
  if (wizard === undefined)
    return (
      <>
        <FaultNote fault={fault} retry={reload} />
        {fault === undefined && <Skeleton rows={5} step="Looking where this was left" />}
      </>
    )
  const step = (): ReactElement => {
    switch (wizard.step) {
      case 'scan':
        return <ScanStep next={() => change({ step: 'backup' })} />
      case 'backup':
        return <BackupStep back={() => change({ step: 'scan' })} next={() => change({ step: 'choose' })} />
      case 'choose':
        return <ChooseStep state={wizard} change={change} />
      case 'plan':
        return <PlanStep wizard={wizard} change={change} state={state} />
      case 'run':
      case 'start':
      case 'done':
        return <AfterBegin wizard={wizard} change={change} state={state} />
      default:
        return wizard.step satisfies never
    }
  }
  return (
    <>
      <FaultNote fault={fault} />
      {step()}
    </>
  )
}
