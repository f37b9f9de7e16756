import './plan.css'
import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react'
import { withChanges, type PlanInputs } from '../../../shared/domain/planner/index.ts'
import { duration, figure } from '../../../shared/domain/words.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Moment } from '../../components/time.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { resetPlan, settledPlan, undoPlan, usePlanDraft, usePlanInputs } from '../../state/plan.ts'
import { go } from '../../state/route.ts'
import { changesOf, isChanged } from './changes.ts'
import { Histogram } from './histogram.tsx'
import { Lanes } from './lanes.tsx'
import { OddsTable } from './odds-table.tsx'
import { SavedPlans, SaveDialog } from './saved.tsx'
import { UseDialog } from './use-dialog.tsx'
import { useOutcome, type Outcome } from './use-outcome.ts'
import { Ways } from './ways.tsx'
import { WhatIf } from './what-if.tsx'
import { headlineOf } from './words.ts'

function Crumb(): ReactElement {
  return (
    <div className="crumb">
      <button type="button" className="link" onClick={() => go({ room: 'machine' })}>
        Machine
      </button>{' '}
      / Will it fit?
    </div>
  )
}

/** Ctrl or ⌘ with Z takes the last change back, except in a field that has its own. */
function useUndoKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'z' || event.shiftKey || !(event.ctrlKey || event.metaKey)) return
      if (event.target instanceof HTMLInputElement && event.target.type !== 'range') return
      event.preventDefault()
      undoPlan()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function Basis({ inputs, result }: { readonly inputs: PlanInputs; readonly result: Outcome }): ReactElement {
  const measured = inputs.disks.flatMap((disk) => disk.measuredAt ?? [])
  const { outcome, isWhole, tookMs } = result
  return (
    <p className="s dim">
      {isWhole
        ? `${figure(outcome.gaps)} simulated gaps${tookMs === undefined ? '' : `, ${duration(Math.max(1000, tookMs))} at most`}.`
        : 'Working it out…'}{' '}
      {measured.length > 0 && (
        <>
          Speeds measured <Moment at={Math.min(...measured)} />.
        </>
      )}
    </p>
  )
}

function Assumed({ sentences }: { readonly sentences: readonly string[] }): ReactElement | null {
  if (sentences.length === 0) return null
  return (
    <div className="banner info" role="status">
      <Glyph shape="info" tone="accent" label="note" />
      <ul className="grow">
        {sentences.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <button type="button" className="btn sm" onClick={() => go({ room: 'machine' })}>
        Measure in Machine
      </button>
    </div>
  )
}

interface RoomProps {
  readonly today: PlanInputs
  readonly first: string | undefined
  readonly reload: () => void
}

/** The one that is looked at: as asked, else the new one, else the first. */
function chosenOf(inputs: PlanInputs, asked: string | undefined, added: string | undefined): string | undefined {
  const has = (id: string | undefined): boolean => inputs.identities.some((one) => one.id === id)
  return has(asked) ? asked : has(added) ? added : inputs.identities[0]?.id
}

function Room({ today, first, reload }: RoomProps): ReactElement {
  const { draft, past } = usePlanDraft()
  const [asked, setAsked] = useState(first)
  const [isOpen, setOpen] = useState<'use' | 'save'>()
  const inputs = useMemo(() => withChanges(today, draft), [today, draft])
  const changes = useMemo(() => changesOf(today, draft), [today, draft])
  const result = useOutcome(inputs)
  const saved = useLoad(useCallback(() => api().plan.saved(), []))
  const selected = chosenOf(inputs, asked, draft.add?.id)
  const hasChanges = isChanged(changes)
  const isDrafted = hasChanges || (draft.slowerPercent ?? 0) > 0
  useUndoKey()
  const close = (): void => setOpen(undefined)
  const used = (): void => {
    settledPlan()
    reload()
  }
  return (
    <>
      <header className="head">
        <div>
          <Crumb />
          <h1>{headlineOf(result.outcome, draft.add?.name, isDrafted)}</h1>
        </div>
        <div className="row">
          <button type="button" className="btn quiet" disabled={past.length === 0} onClick={undoPlan}>
            Undo
          </button>
          <button type="button" className="btn quiet" disabled={!isDrafted} onClick={resetPlan}>
            Reset to today
          </button>
          <button type="button" className="btn" disabled={!isDrafted} onClick={() => setOpen('save')}>
            Save as…
          </button>
          <button type="button" className="btn primary" disabled={!hasChanges} onClick={() => setOpen('use')}>
            Use this set-up…
          </button>
        </div>
      </header>
      <Assumed sentences={result.outcome.assumed} />
      <div className="plan-two">
        <div className="col">
          <WhatIf inputs={inputs} draft={draft} selected={selected} select={setAsked} />
          <SavedPlans saved={saved.value ?? []} reload={saved.reload} />
          <FaultNote fault={saved.fault} retry={saved.reload} />
          <Basis inputs={today} result={result} />
        </div>
        {result.outcome.identities.length === 0 ? (
          <Empty
            why="No identity proves here yet, so there is nothing that could be late. Add one on the left to see whether it would fit."
            action={{ label: 'Add an identity', run: () => go({ room: 'add' }) }}
          />
        ) : (
          <div className="col">
            <Histogram inputs={inputs} outcome={result.outcome} />
            <Lanes inputs={inputs} outcome={result.outcome} selected={selected} select={setAsked} />
            <OddsTable inputs={inputs} outcome={result.outcome} selected={selected} select={setAsked} />
            <Ways today={today} draft={draft} outcome={result.outcome} />
          </div>
        )}
      </div>
      {isOpen === 'save' && <SaveDialog draft={draft} saved={saved.value ?? []} close={close} kept={saved.reload} />}
      {isOpen === 'use' && <UseDialog changes={changes} close={close} used={used} />}
    </>
  )
}

/** Whether everything fits into the cycle gap; `part` is the identity to look at first. */
export function PlanPage({ part }: { readonly part: string | undefined }): ReactElement {
  const { value: today, fault, reload } = usePlanInputs()
  if (today !== undefined) return <Room today={today} first={part} reload={reload} />
  return (
    <>
      <header className="head">
        <div>
          <Crumb />
          <h1>Will it fit?</h1>
        </div>
      </header>
      {fault?.code === 'plan/no-setup' ? (
        <Empty
          why="There is no node in the set-up yet, so there is nothing to plan."
          action={{ label: 'Set up a node', run: () => go({ room: 'settings' }) }}
        />
      ) : (
        <FaultNote fault={fault} retry={reload} />
      )}
      {fault === undefined && <Skeleton rows={6} step="Asking what disks and services there are" />}
    </>
  )
}
