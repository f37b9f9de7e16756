import { useState, type ReactElement } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import type { PlanDraft } from '../../../shared/domain/planner/index.ts'
import type { SavedPlan } from '../../../shared/ipc/machine-contract.ts'
import { planDraftOf } from '../../../shared/ipc/plan-draft.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Question } from '../../components/question.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { setPlan } from '../../state/plan.ts'

/** Asks for a name and keeps the what-if by it. */
export function SaveDialog(props: {
  readonly draft: PlanDraft
  readonly saved: readonly SavedPlan[]
  readonly close: () => void
  readonly kept: () => void
}): ReactElement {
  const { draft, saved, close, kept } = props
  const action = useAction()
  const [name, setName] = useState('')
  const trimmed = name.trim()
  const isThere = saved.some((one) => one.name === trimmed)
  const act = async (): Promise<void> => {
    const answer = await action.run(() => api().plan.save({ name: trimmed, at: Date.now(), draft }))
    if (answer?.ok !== true) return
    kept()
    close()
  }
  return (
    <Question
      title="Keep this what-if"
      yes={isThere ? 'Keep it in place of the old one' : 'Keep it'}
      isDisabled={trimmed === '' || action.isBusy}
      act={() => void act()}
      close={close}
    >
      <div className="field">
        <label htmlFor="plan-name">Name</label>
        <span className="input">
          <input id="plan-name" maxLength={60} value={name} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </span>
        {isThere && <p className="s">One of this name is kept already.</p>}
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </Question>
  )
}

/** What-ifs that were kept by a name. */
export function SavedPlans({ saved, reload }: { readonly saved: readonly SavedPlan[]; readonly reload: () => void }): ReactElement | null {
  const action = useAction()
  const open = (one: SavedPlan): void => {
    const draft = planDraftOf(one.draft)
    if (draft !== undefined) return setPlan(draft)
    void action.run(() => Promise.resolve({ ok: false, fault: { code: 'plan/unreadable', detail: one.name, retry: 'never' } }))
  }
  const forget = async (name: string): Promise<void> => {
    const answer = await action.run(async () => {
      const told = await api().plan.forget({ name })
      return told.ok ? ok(undefined) : told
    })
    if (answer?.ok === true) reload()
  }
  if (saved.length === 0) return null
  return (
    <section className="card pad col g4" aria-labelledby="plan-saved">
      <h2 id="plan-saved">Kept</h2>
      <ul>
        {saved.map((one) => (
          <li key={one.name} className="row between">
            <button type="button" className="link cut" onClick={() => open(one)}>
              {one.name}
            </button>
            <span className="s dim nw">
              <Ago at={one.at} />{' '}
              <button type="button" className="btn sm quiet" disabled={action.isBusy} onClick={() => void forget(one.name)}>
                Forget<span className="sr"> {one.name}</span>
              </button>
            </span>
          </li>
        ))}
      </ul>
      <FaultNote fault={action.fault} close={action.clear} />
    </section>
  )
}
