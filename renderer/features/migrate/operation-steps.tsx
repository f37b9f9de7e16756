import type { ReactElement } from 'react'
import type { OperationStepView, OperationView } from '../../../shared/domain/operation.ts'
import { Bar } from '../../components/bar.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Ago } from '../../components/time.tsx'
import { useKeeper } from '../../state/store.ts'
import { useStale } from '../../state/use-stale.ts'
import { aboutWords, doneWords, lookOfStep, progressWords, stepAt, tookWords } from './words.ts'

function Step({ step, isCurrent }: { readonly step: OperationStepView; readonly isCurrent: boolean }): ReactElement {
  const look = lookOfStep(step.state)
  const isLive = step.state === 'running' || step.state === 'undoing'
  return (
    <li
      className={`step ${step.state === 'done' || step.state === 'undone' ? 'done' : ''} ${isCurrent ? 'cur' : ''}`}
      aria-current={isCurrent ? 'step' : undefined}
    >
      <div className={isLive ? 'n live' : 'n'}>
        <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
      </div>
      <div className="step-words">
        <span>{isCurrent ? <b>{step.title}</b> : step.title}</span>
        <span className="s dim step-note">{step.note ?? step.detail}</span>
      </div>
      <span className="s dim nw">{step.tookMs === undefined ? aboutWords(step.estimateMs) : tookWords(step.tookMs)}</span>
    </li>
  )
}

/** The steps of the plan, in their order, with what became of each. */
export function OperationSteps({ operation }: { readonly operation: OperationView }): ReactElement {
  const isOver = operation.state === 'done' || operation.state === 'rolled-back'
  const at = isOver ? -1 : stepAt(operation)
  return (
    <section className="card" aria-labelledby="operation-steps">
      <div className="card-h">
        <h2 id="operation-steps">Steps</h2>
        <span className={operation.state === 'done' ? 's c-ok' : 's dim'}>{doneWords(operation)}</span>
      </div>
      <ol className="steps">
        {operation.steps.map((step, i) => (
          <Step key={`${i} ${step.title}`} step={step} isCurrent={i === at} />
        ))}
      </ol>
    </section>
  )
}

/** How far the step at work is, and about when all of it is done. */
export function OperationProgress({ operation }: { readonly operation: OperationView }): ReactElement | null {
  const { state, steps, progress } = operation
  const isStale = useStale()
  const heardAt = useKeeper((keeper) => keeper.heardAt)
  if (state !== 'running' && state !== 'rolling-back') return null
  const at = Math.min(stepAt(operation), steps.length - 1)
  const step = steps[at]
  const percent = progress === undefined || progress.total <= 0 ? undefined : (progress.done / progress.total) * 100
  const text = progress === undefined ? '' : progressWords(progress)
  const isBack = state === 'rolling-back'
  const left = isBack ? 0 : steps.slice(at + 1).reduce((sum, one) => sum + one.estimateMs, progress?.etaMs ?? step?.estimateMs ?? 0)
  return (
    <section className="card pad progress-card" aria-label="Progress">
      <div className="row between">
        <span>
          <b>{isBack ? `Undoing: ${step?.title ?? ''}` : step?.title}</b> <span className="dim">{text}</span>
        </span>
        {isStale && (
          <span className="dim nw">
            last heard <Ago at={heardAt} />
          </span>
        )}
        {!isStale && left > 0 && <span className="dim nw">{aboutWords(left)} left in all</span>}
      </div>
      <Bar label={step?.title ?? 'Operation'} percent={percent} text={text === '' ? `step ${at + 1} of ${steps.length}` : text} />
    </section>
  )
}
