import { useCallback, useEffect, useState, type ReactElement } from 'react'
import type { PlanDraft, PlanInputs, PlanOutcome, PlanWay } from '../../../shared/domain/planner/index.ts'
import { setPlan } from '../../state/plan.ts'
import { usePlanThread } from './use-plan-thread.ts'
import { chanceWords, intoGap, toneOf } from './words.ts'

/** Trying takes a while, so the page rests first. */
const REST_MS = 700
/** With more identities trying takes seconds of a processor: they are tried when asked for. */
const MOST_UNASKED = 64

interface Tried {
  readonly of: PlanDraft
  readonly inputs: PlanInputs
  readonly ways: readonly PlanWay[]
}

interface WaysState {
  readonly ways: readonly PlanWay[] | undefined
  /** Tries them; absent when they are tried without asking. */
  readonly ask?: () => void
}

function useWays(today: PlanInputs, draft: PlanDraft): WaysState {
  const [tried, setTried] = useState<Tried>()
  const [trying, setTrying] = useState<PlanDraft>()
  const isAsked = today.identities.length > MOST_UNASKED
  const thread = usePlanThread()
  const tryThem = useCallback(() => {
    setTrying(draft)
    thread.ask({ is: 'ways', inputs: today, draft }, (answer) => {
      if (answer.is === 'ways') setTried({ of: draft, inputs: today, ways: answer.ways })
    })
  }, [today, draft, thread])
  useEffect(() => {
    if (isAsked) return undefined
    const timer = setTimeout(tryThem, REST_MS)
    return () => clearTimeout(timer)
  }, [isAsked, tryThem])
  const ways = tried?.of === draft && tried.inputs === today ? tried.ways : undefined
  return isAsked && trying !== draft ? { ways, ask: tryThem } : { ways }
}

/** What would raise the odds, each tried; choosing one puts it into the form. */
export function Ways(props: { readonly today: PlanInputs; readonly draft: PlanDraft; readonly outcome: PlanOutcome }): ReactElement | null {
  const { today, draft, outcome } = props
  const { ways, ask } = useWays(today, draft)
  if (outcome.identities.length === 0) return null
  return (
    <section className="card" aria-labelledby="plan-ways" aria-busy={ways === undefined && ask === undefined}>
      <div className="card-h">
        <h2 id="plan-ways">Other ways</h2>
        {ways === undefined && ask !== undefined ? (
          <button type="button" className="btn sm plan-try" onClick={ask}>
            Try other ways
          </button>
        ) : (
          <span className="s dim">{ways === undefined ? 'being tried' : 'tried for you, all else equal'}</span>
        )}
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
