import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react'
import type { Fault } from '../../../shared/domain/fault.ts'
import type { OperationPlan, OperationView as Operation } from '../../../shared/domain/operation.ts'
import { copyText } from '../../components/copy.ts'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { BeforeAfter } from './before-after.tsx'
import { Confirm } from './confirm.tsx'
import { Crumb } from './crumb.tsx'
import { OperationProgress, OperationSteps } from './operation-steps.tsx'
import { TableRows } from './plan-cards.tsx'
import { WhyNote } from './why-note.tsx'
import { headlineOf, KINDS, stepAt } from './words.ts'

interface Props {
  readonly operation: Operation
  /** An undo that is a split with the current rows: the plan to look at first. */
  readonly onPlan: (plan: OperationPlan) => void
  readonly way?: ReactNode
  /** What comes next, when it is done. */
  readonly next?: ReactNode
  /** Set where the whole window shows nothing else. */
  readonly isAlone?: boolean
}

type Ending = 'finish' | 'rollBack'

/** Undo of something that runs: stop at the next safe point first, then take the steps back. */
function useTakeBack(operation: Operation, act: (ending: Ending) => void): () => void {
  const [isWanted, setWanted] = useState(false)
  const isBegun = useRef(false)
  useEffect(() => {
    if (!isWanted || operation.state !== 'unfinished' || isBegun.current) return
    isBegun.current = true
    act('rollBack')
  }, [isWanted, operation.state, act])
  return () => {
    isBegun.current = false
    setWanted(true)
    void api().operations.cancel({ id: operation.id })
  }
}

interface ButtonProps extends Pick<Props, 'operation' | 'next' | 'isAlone'> {
  readonly action: Action
  readonly end: (ending: Ending) => void
  readonly undo: () => void
}

function Buttons({ operation, action, end, undo, next, isAlone }: ButtonProps): ReactElement | null {
  const takeBack = useTakeBack(operation, end)
  const { state, id } = operation
  switch (state) {
    case 'running':
      return (
        <div className="row">
          <button type="button" className="btn" onClick={() => void api().operations.cancel({ id })}>
            Cancel
          </button>
          <Confirm
            label="Undo everything…"
            icon="undo"
            question="It stops at the next safe point, then every step is taken back in reverse."
            yes="Undo everything"
            no="Go on"
            act={takeBack}
          />
        </div>
      )
    case 'unfinished':
      return (
        <div className="row">
          <Confirm
            label="Roll back…"
            icon="undo"
            question="Every step that was done is taken back in reverse. All is as before then."
            yes="Roll back"
            no="Keep it as it is"
            isDisabled={action.isBusy}
            act={() => end('rollBack')}
          />
          <button type="button" className="btn primary" disabled={action.isBusy} onClick={() => end('finish')}>
            Finish
          </button>
        </div>
      )
    case 'done':
      return (
        <div className="row">
          {operation.undo.is !== 'no' && (
            <Confirm
              label={operation.undo.is === 'exact' ? 'Undo…' : 'Split out again…'}
              icon="undo"
              question={closed(operation.undo.why)}
              yes={operation.undo.is === 'exact' ? 'Undo it' : 'Show the plan'}
              no="Keep it"
              isDisabled={action.isBusy}
              act={undo}
            />
          )}
          {next ?? (isAlone === true ? null : <ToMigrate />)}
        </div>
      )
    case 'rolling-back':
      return null
    case 'rolled-back':
      return next === undefined ? isAlone === true ? null : <ToMigrate /> : <>{next}</>
    default:
      return state satisfies never
  }
}

const ToMigrate = (): ReactElement => (
  <button type="button" className="btn" onClick={() => go({ room: 'migrate' })}>
    To Migrate
  </button>
)

/** Why it is not at its end, and what each way does. */
function Unfinished({ operation }: { readonly operation: Operation }): ReactElement {
  const { fault, steps } = operation
  const at = Math.min(stepAt(operation), steps.length - 1)
  return (
    <section className="card pad unfinished" aria-label="What happened">
      <h2>What happened</h2>
      {fault === undefined ? (
        <p>
          Smeshkeeper ended in the middle of it: a power cut, a crash, or it was ended by hand. The journal says how far it came; nothing is
          lost and no key can start twice.
        </p>
      ) : (
        <WhyNote fault={fault} />
      )}
      <p className="mid">
        <b>Finish</b> looks at what is there and goes on with step {at + 1}, {steps[at]?.title}. <b>Roll back</b> takes the steps that were
        done back in reverse, until all is as before. Both always work; nothing else can be begun until then.
      </p>
    </section>
  )
}

function CopyPath({ path }: { readonly path: string }): ReactElement {
  const [copied, setCopied] = useState<boolean>()
  return (
    <button type="button" className="link s" onClick={() => setCopied(copyText(path))}>
      {copied === undefined ? 'Copy the path' : copied ? 'Copied' : 'Select it by hand'}
    </button>
  )
}

function SideNotes({ operation }: { readonly operation: Operation }): ReactElement {
  const { state } = operation
  const isLive = state === 'running' || state === 'rolling-back'
  return (
    <>
      {isLive && (
        <section className="card pad" aria-labelledby="power">
          <div className="row power">
            <Glyph shape="info" tone="accent" />
            <h2 id="power">If the power fails now</h2>
          </div>
          <p className="mid">
            The journal is on disk after every step. At the next start Smeshkeeper shows this first and offers <b>Finish</b> or{' '}
            <b>Roll back</b>; both always work.
          </p>
        </section>
      )}
      <section className="card pad" aria-labelledby="undo-title">
        <h2 id="undo-title">Undo</h2>
        <p className="mid">{closed(operation.undo.why)}</p>
      </section>
      <section className="card pad journal" aria-labelledby="journal-title">
        <div className="row between">
          <h2 id="journal-title">Journal and snapshots</h2>
          <CopyPath path={operation.folder} />
        </div>
        <p className="mono path s">{operation.folder}</p>
        <p className="s dim">
          Begun <Moment at={operation.beganAt} />
          {operation.endedAt !== undefined && (
            <>
              , ended <Moment at={operation.endedAt} />
            </>
          )}
          .
        </p>
      </section>
    </>
  )
}

/** One operation: while it runs, when it stopped in the middle, and its report. */
export function OperationView({ operation, onPlan, way, next, isAlone }: Props): ReactElement {
  const action = useAction()
  const [asked, setAsked] = useState<Ending>('finish')
  const { run } = action
  const { id, state } = operation
  const end = (ending: Ending, acceptsPrice = false): void => {
    setAsked(ending)
    void run<unknown>(() => (ending === 'finish' ? api().operations.finish({ id, acceptsPrice }) : api().operations.rollBack({ id })))
  }
  const undo = async (): Promise<void> => {
    const undone = await run(() => api().operations.undo({ id }))
    if (undone?.ok === true && undone.value.is === 'plan') onPlan(undone.value.plan)
  }
  // What stopped a run is told by its journal as well: once is enough.
  const shown: Fault | undefined = state === 'unfinished' && operation.fault?.code === action.fault?.code ? undefined : action.fault
  return (
    <>
      <header className="head plan-head">
        <div>
          {isAlone !== true && <Crumb here={KINDS[operation.kind].room} />}
          <h1>{headlineOf(operation)}</h1>
          {/* Spoken when it comes to an end or stops; steps would be too many words. */}
          <span className="sr" role="status">
            {state === 'running' || state === 'rolling-back' ? '' : headlineOf(operation)}
          </span>
        </div>
        {way}
        <Buttons operation={operation} action={action} end={end} undo={() => void undo()} next={next} isAlone={isAlone === true} />
      </header>
      <div className="plan-scroll">
        <WhyNote fault={shown}>
          {shown?.code === 'operation/unsafe-now' && asked === 'finish' && (
            <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => end('finish', true)}>
              Accept the price…
            </button>
          )}
        </WhyNote>
        <OperationProgress operation={operation} />
        {state === 'unfinished' && <Unfinished operation={operation} />}
        <div className="mgrid">
          <div className="col">
            <OperationSteps operation={operation} />
            {state === 'done' && <TableRows tables={operation.tables ?? []} />}
          </div>
          <div className="col">
            <SideNotes operation={operation} />
          </div>
        </div>
        <BeforeAfter before={operation.before} after={operation.after} />
      </div>
    </>
  )
}
