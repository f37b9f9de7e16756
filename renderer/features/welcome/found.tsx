import { useMemo, useState, type ReactElement } from 'react'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { figure } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Icon } from '../../components/icons.tsx'
import { Unseen } from '../../components/search-state.tsx'
import { useNow } from '../../components/use-now.ts'
import { findingsOf, totalOf } from './findings.ts'

/** Rows that are drawn at first, so that the ways to begin stay in sight; the rest comes when it is asked for. */
const FIRST = 5
const MORE = 200

/** Everything that was found, one row each. */
export function Found({ inventory }: { readonly inventory: Inventory }): ReactElement {
  const now = useNow()
  const findings = useMemo(() => findingsOf(inventory, now), [inventory, now])
  const [count, setCount] = useState(FIRST)
  return (
    <section className="card found" aria-labelledby="found-title">
      <div className="card-h">
        <h2 id="found-title">Found on this machine</h2>
        <span className="s dim">{totalOf(inventory)}</span>
      </div>
      {findings.length === 0 ? (
        <p className="pad mid">Nothing of Spacemesh was found here. Search another folder, or start fresh.</p>
      ) : (
        <>
          <table>
            <thead>
              <tr>
                <th>What</th>
                <th>Inside</th>
                <th className="wide">What we would do</th>
                <th className="r">State</th>
              </tr>
            </thead>
            <tbody>
              {findings.slice(0, count).map((one) => (
                <tr key={one.key}>
                  <td>
                    <b className="row g12">
                      <Icon name={one.icon} />
                      {one.what}
                    </b>
                    <span className="s dim cut mono found-where" title={one.where}>
                      {one.where}
                    </span>
                  </td>
                  <td>{one.inside}</td>
                  <td className="mid wide">{one.does}</td>
                  <td className="r">
                    <Badge look={one.state} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {findings.length > count && (
            <button type="button" className="link found-more" onClick={() => setCount((before) => before + MORE)}>
              Show {figure(Math.min(MORE, findings.length - count))} more of {figure(findings.length)}
            </button>
          )}
        </>
      )}
      <Unseen inventory={inventory} />
    </section>
  )
}
