import { useState, type ReactElement } from 'react'
import type { RestoreItem, RestorePlan } from '../../../shared/domain/backup.ts'
import { bytes, figure, plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Tick } from '../../components/tick.tsx'
import { Moment } from '../../components/time.tsx'
import { ITEM_LOOKS, PART_NAMES } from './words.ts'

/** Rows that are drawn at once; a backup of 1,000 identities has thousands. */
const FIRST = 100
const MORE = 500

const ORDER: readonly RestoreItem['is'][] = ['missing', 'refused', 'differs', 'same']

/** What can come back first, then what cannot, then what is here. */
export const byUse = (items: readonly RestoreItem[]): readonly RestoreItem[] =>
  [...items].sort((a, b) => ORDER.indexOf(a.is) - ORDER.indexOf(b.is))

interface RowProps {
  readonly item: RestoreItem
  readonly isTicked: boolean
  readonly turn: (id: string) => void
}

function Row({ item, isTicked, turn }: RowProps): ReactElement {
  return (
    <tr>
      <td>
        <Tick isOn={isTicked} isDisabled={item.is !== 'missing'} turn={() => turn(item.id)}>
          {item.name}
          <span className="s dim place-detail">
            {PART_NAMES[item.part]}, {bytes(item.bytes)}
          </span>
        </Tick>
      </td>
      <td>
        {item.sentence}
        {item.is === 'missing' && item.holdUntil !== undefined && (
          <span className="s c-warn place-detail">
            held until <Moment at={item.holdUntil} />
          </span>
        )}
        <span className="s dim mono path place-detail">{item.target}</span>
      </td>
      <td className="r">
        <Badge look={ITEM_LOOKS[item.is]} />
      </td>
    </tr>
  )
}

interface Props {
  readonly plan: RestorePlan
  readonly isBusy: boolean
  readonly restore: (items: readonly string[]) => void
  readonly another: () => void
}

/** What would come back against what is here. Nothing is ticked for the user; main asks before anything is placed. */
export function RestoreTable({ plan, isBusy, restore, another }: Props): ReactElement {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  const [count, setCount] = useState(FIRST)
  const items = byUse(plan.items)
  const missing = items.filter((item) => item.is === 'missing')
  const turn = (id: string): void =>
    setTicked((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  return (
    <>
      {plan.risks.length > 0 && (
        <section className="banner warn plan-problems" aria-label="Risks, worst first">
          <Glyph shape="triangle" tone="warn" label="risk" />
          <ol className="grow">
            {plan.risks.map((risk) => (
              <li key={risk}>{risk}</li>
            ))}
          </ol>
        </section>
      )}
      <section className="card" aria-labelledby="plan-title">
        <div className="card-h">
          <h2 id="plan-title">What would come back</h2>
          <span className="s dim">
            made <Moment at={plan.madeAt} /> by {plan.madeBy}
          </span>
        </div>
        <table className="plan-table">
          <thead>
            <tr>
              <th>What</th>
              <th>What would happen</th>
              <th className="r">Here</th>
            </tr>
          </thead>
          <tbody>
            {items.slice(0, count).map((item) => (
              <Row key={item.id} item={item} isTicked={ticked.has(item.id)} turn={turn} />
            ))}
          </tbody>
        </table>
        {items.length > count && (
          <button type="button" className="link pad" onClick={() => setCount((before) => before + MORE)}>
            Show {figure(Math.min(MORE, items.length - count))} more of {figure(items.length)}
          </button>
        )}
      </section>
      <footer className="row between step-foot">
        <span className="s dim">
          {missing.length === 0
            ? 'Nothing of it is missing here.'
            : `${plural(missing.length, 'thing')} can come back. What is here stays as it is; nothing is overwritten.`}
        </span>
        <span className="row">
          {missing.length > 1 && (
            <button type="button" className="btn quiet" onClick={() => setTicked(new Set(missing.map((item) => item.id)))}>
              Tick all that are missing
            </button>
          )}
          <button type="button" className="btn" onClick={another}>
            Another backup
          </button>
          <button type="button" className="btn primary" disabled={ticked.size === 0 || isBusy} onClick={() => restore([...ticked])}>
            Restore {ticked.size} of {missing.length}…
          </button>
        </span>
      </footer>
    </>
  )
}
