import { useEffect, useState, type ReactElement } from 'react'
import { otherWays, type PlanDraft, type PlanInputs, type PlanOutcome, type PlanWay } from '../../../shared/domain/planner/index.ts'
import { setPlan } from '../../state/plan.ts'
import { chanceWords, intoGap, toneOf } from './words.ts'

/** Trying takes a while, so the page rests first. */
const REST_MS = 700

interface Tried {
  readonly of: PlanDraft
  readonly inputs: PlanInputs
  readonly ways: readonly PlanWay[]
}

function useWays(today: PlanInputs, draft: PlanDraft): readonly PlanWay[] | undefined {
  const [tried, setTried] = useState<Tried>()
  useEffect(() => {
    const timer = setTimeout(() => setTried({ of: draft, inputs: today, ways: otherWays(today, draft) }), REST_MS)
    return () => clearTimeout(timer)
  }, [today, draft])
  return tried?.of === draft && tried.inputs === today ? tried.ways : undefined
}

/** What would raise the odds, each tried; choosing one puts it into the form. */
export function Ways(props: { readonly today: PlanInputs; readonly draft: PlanDraft; readonly outcome: PlanOutcome }): ReactElement | null {
  const { today, draft, outcome } = props
  const ways = useWays(today, draft)
  if (outcome.identities.length === 0) return null
  return (
    <section className="card" aria-labelledby="plan-ways" aria-busy={ways === undefined}>
      <div className="card-h">
        <h2 id="plan-ways">Other ways</h2>
        <span className="s dim">{ways === undefined ? 'being tried' : 'tried for you, all else equal'}</span>
      </div>
      <table>
        <thead>
          <tr>
            <th>Change</th>
            <th className="r">On time</th>
            <th className="r">P95</th>
            <th className="r wide">Costs</th>
          </tr>
        </thead>
        <tbody>
          <tr className="on">
            <td>As set on the left</td>
            <td className="r nw">{chanceWords(outcome.chance)}</td>
            <td className="r nw">{intoGap(outcome.last.p95, today)}</td>
            <td className="r wide">–</td>
          </tr>
          {(ways ?? []).map((way) => (
            <tr key={way.text}>
              <td>
                <button type="button" className="link" onClick={() => setPlan(way.draft)}>
                  {way.text}
                </button>
              </td>
              <td className={`r nw ${toneOf(way.chance)}`}>
                <b>{chanceWords(way.chance)}</b>
              </td>
              <td className="r nw">{intoGap(way.p95, today)}</td>
              <td className="r wide mid">{way.costs}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ways?.length === 0 && <p className="plan-line mid">Nothing that was tried is better.</p>}
    </section>
  )
}
