import type { ReactElement } from 'react'
import type { Rehearsal } from '../../../shared/domain/initialization.ts'
import { Bar } from '../../components/bar.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useVerify } from '../../state/machine.ts'
import { lookOfRehearsal, lookOfRehearsalStep } from './verify-looks.ts'

function Steps({ rehearsal }: { readonly rehearsal: Rehearsal }): ReactElement {
  return (
    <ol className="rehearsal-steps" aria-label="Steps of the rehearsal">
      {rehearsal.steps.map((step) => {
        const look = lookOfRehearsalStep(step.is)
        return (
          <li key={step.text} className="row">
            <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
            <span className="grow">
              {step.text}
              {step.detail !== undefined && <span className="s mid">{step.detail}</span>}
            </span>
          </li>
        )
      })}
    </ol>
  )
}

/** Proves on its real files that it will prove, before its first gap. */
export function RehearsalCard({ identity }: { readonly identity: string }): ReactElement {
  const { value: state } = useVerify()
  const rehearsal = state?.rehearsals.find((one) => one.identity === identity)
  const action = useAction()
  const look = rehearsal === undefined ? undefined : lookOfRehearsal(rehearsal.is)
  const isRunning = rehearsal?.is === 'running'
  return (
    <section className="card" aria-labelledby="rehearsal-title">
      <div className="card-h">
        <h2 id="rehearsal-title">Rehearsal</h2>
        {rehearsal !== undefined && (
          <span className="s dim">
            <Ago at={rehearsal.endedAt ?? rehearsal.startedAt} />
          </span>
        )}
      </div>
      <div className="pad facts">
        <FaultNote fault={action.fault} close={action.clear} />
        {rehearsal === undefined || look === undefined ? (
          <p className="mid">Not rehearsed yet. A rehearsal makes a proof from the real files and checks it; nothing is published.</p>
        ) : (
          <>
            <div className="row rehearsal-said">
              <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
              <p className="grow" role="status">
                {rehearsal.sentence}
              </p>
            </div>
            {isRunning && <Bar label="Rehearsal" percent={rehearsal.percent} text={rehearsal.sentence} />}
            <Steps rehearsal={rehearsal} />
          </>
        )}
        <div className="row">
          {isRunning ? (
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.cancelRehearsal({ identity }))}
            >
              Cancel the rehearsal
            </button>
          ) : (
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.rehearse({ identity }))}
            >
              {rehearsal === undefined ? 'Rehearse' : 'Rehearse again'}
            </button>
          )}
        </div>
      </div>
    </section>
  )
}
