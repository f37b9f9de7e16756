import { useNow } from '../../components/use-now.ts'
import type { ReactElement } from 'react'
import { useTimes } from '../../components/times.ts'
import type { Ribbon } from '../../../shared/ipc/snapshot.ts'
import { nameIn, segmentWords, type Names } from './lane-words.ts'

/** The ribbon as a table: the same facts, for reading and copying. */
export function RibbonTable({ ribbon, names }: { readonly ribbon: Ribbon; readonly names: Names }): ReactElement {
  const now = useNow()
  const times = useTimes()
  return (
    <div className="as-list">
      <table aria-label="Disk lanes as a list">
        <thead>
          <tr>
            <th>Disk</th>
            <th>Identity</th>
            <th>What</th>
            <th className="r">When</th>
          </tr>
        </thead>
        <tbody>
          {ribbon.lanes.flatMap((lane) =>
            lane.segments.map((segment, i) => (
              <tr key={`${lane.id}-${i}`}>
                <td>{lane.label}</td>
                <td>{nameIn(names, segment.identity)}</td>
                <td>{segmentWords(segment, nameIn(names, segment.identity), now, times)}</td>
                <td className="r nw">{times.span(segment.from, segment.to, now)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  )
}

interface LegendProps {
  readonly isList: boolean
  readonly isDense: boolean
  readonly toggle: () => void
}

export function Legend({ isList, isDense, toggle }: LegendProps): ReactElement {
  return (
    <div className={isDense ? 'legend bare' : 'legend'}>
      {!isList && !isDense && (
        <>
          <span>
            <i className="pw" />
            proof of work
          </span>
          <span>
            <i className="sg read" />
            reading
          </span>
          <span>
            <i className="sg fade" />
            may still run (P5–P95)
          </span>
          <span>
            <i className="sg queue" />
            queued
          </span>
          <span>
            <i className="sg done" />
            proved
          </span>
          <span>
            <i className="sg lost" />
            lost
          </span>
          <span className="wide">
            <i className="late" />
            late, not lost
          </span>
        </>
      )}
      <button type="button" className="link as-list-toggle" onClick={toggle}>
        {isList ? 'Show the lanes' : 'Read as a list'}
      </button>
    </div>
  )
}
