import type { ReactElement } from 'react'
import type { OperationPlan, PlanCheck, TableChange } from '../../../shared/domain/operation.ts'
import { bytes, figure } from '../../../shared/domain/words.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Ago } from '../../components/time.tsx'
import { aboutWords, lookOfCheck, lookOfRisk } from './words.ts'

/** What will be done, in this order. */
export function PlanSteps({ plan }: { readonly plan: OperationPlan }): ReactElement {
  const off = plan.stops.length === 0 ? 'nothing has to stop' : `down meanwhile: ${plan.stops.join(', ')}`
  return (
    <section className="card" aria-labelledby="plan-steps">
      <div className="card-h">
        <h2 id="plan-steps">Steps</h2>
        <span className="s dim cut">
          {aboutWords(plan.needs.ms)}, {off}
        </span>
      </div>
      <ol className="steps">
        {plan.steps.map((step, i) => (
          <li key={`${i} ${step.title}`} className="step">
            <div className="n">
              <span>{i + 1}</span>
            </div>
            <div className="step-words">
              <span>{step.title}</span> <span className="s dim">{step.detail}</span>
            </div>
            <span className="s dim nw">{aboutWords(step.estimateMs)}</span>
          </li>
        ))}
      </ol>
      {plan.needs.bytes > 0 && <p className="s dim steps-foot">Needs {bytes(plan.needs.bytes)} of free space.</p>}
    </section>
  )
}

/** The first sentence stands out; the rest explains it. */
function Sentences({ text }: { readonly text: string }): ReactElement {
  const end = text.search(/[.!?] /)
  if (end < 0) return <b>{text}</b>
  return (
    <>
      <b>{text.slice(0, end + 1)}</b> <span className="mid">{text.slice(end + 2)}</span>
    </>
  )
}

const WORST = ['ban', 'loss', 'cost', 'note'] as const

export function PlanRisks({ plan }: { readonly plan: OperationPlan }): ReactElement {
  const risks = [...plan.risks].sort((a, b) => WORST.indexOf(a.grade) - WORST.indexOf(b.grade))
  return (
    <section className="card" aria-label="Risks, worst first">
      <div className="card-h">
        <h2>Risks</h2>
      </div>
      <ul className="risks">
        {risks.map(({ grade, text }) => {
          const look = lookOfRisk(grade)
          return (
            <li key={text} className="risk">
              <Glyph shape={look.shape} tone={look.tone} label={look.word} />
              <p>
                <Sentences text={text} />
              </p>
            </li>
          )
        })}
        <li className="risk">
          <Glyph shape="info" tone="accent" label="undo" />
          <p>
            <Sentences text={plan.undo} />
          </p>
        </li>
      </ul>
    </section>
  )
}

const RANK: Readonly<Record<PlanCheck['is'], number>> = { fail: 0, warn: 1, pass: 2 }

/** What was looked at, and how long ago. */
export function PlanChecks({ plan, again }: { readonly plan: OperationPlan; readonly again: () => void }): ReactElement {
  const checks = [...plan.checks].sort((a, b) => RANK[a.is] - RANK[b.is])
  const passed = checks.filter((check) => check.is === 'pass').length
  const isAll = passed === checks.length
  return (
    <section className="card" aria-labelledby="plan-checks">
      <div className="card-h">
        <h2 id="plan-checks">
          Checked <Ago at={plan.madeAt} />
        </h2>
        <span className={isAll ? 's c-ok' : 's c-warn'}>
          {passed} of {checks.length} pass
        </span>
        <button type="button" className="link s" onClick={again}>
          Check again
        </button>
      </div>
      <ul className="chk">
        {checks.map(({ is, text }) => {
          const look = lookOfCheck(is)
          return (
            <li key={text}>
              <Glyph shape={look.shape} tone={look.tone} label={look.word} />
              <span>{text}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

const signed = (count: number, sign: string): string => (count === 0 ? '' : `${sign} ${figure(count)}`)

/** Rows of the database that is built, table by table. */
export function TableRows({ tables }: { readonly tables: readonly TableChange[] }): ReactElement | null {
  if (tables.length === 0) return null
  const hasRemoved = tables.some((one) => one.removed > 0)
  return (
    <section className="card" aria-labelledby="plan-tables">
      <div className="card-h">
        <h2 id="plan-tables">Rows of local.sql</h2>
      </div>
      <table>
        <thead>
          <tr>
            <th>Table</th>
            <th className="r">Before</th>
            <th className="r">Added</th>
            {hasRemoved && <th className="r">Removed</th>}
            <th className="r">After</th>
          </tr>
        </thead>
        <tbody>
          {tables.map(({ table, before, added, removed }) => (
            <tr key={table}>
              <td className="mono">{table}</td>
              <td className="r">{figure(before)}</td>
              <td className="r c-accent b">{signed(added, '+')}</td>
              {hasRemoved && <td className="r c-warn b">{signed(removed, '−')}</td>}
              <td className="r">{figure(before + added - removed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
