import { useCallback, type ReactElement } from 'react'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import { clockTime, duration } from '../../../shared/domain/words.ts'
import type { Ribbon } from '../../../shared/ipc/snapshot.ts'
import { useClock } from '../../components/clock.ts'
import { dayMarks, dayOf, lensOf, percentOf, placeInEpoch, type Axis } from './axis.ts'

/** The black line of now, moved once a second by itself. */
export function NowLine({ axis, isPill }: { readonly axis: Axis; readonly isPill?: boolean }): ReactElement | null {
  const left = useClock(useCallback((now: UnixMs) => Number(percentOf(axis, now).toFixed(2)), [axis]))
  const time = useClock(useCallback((now: UnixMs) => `now ${clockTime(now)}`, []))
  if (left < 0 || left > 100) return null
  return isPill === true ? (
    <span className="pill" style={{ left: `${left}%` }}>
      {time}
    </span>
  ) : (
    <div className="nowline" style={{ left: `${left}%` }} />
  )
}

function EpochPlace({ ribbon }: { readonly ribbon: Ribbon }): ReactElement {
  return <>{useClock(useCallback((now: UnixMs) => placeInEpoch(ribbon, now), [ribbon]))}</>
}

function NowInEpoch({ axis }: { readonly axis: Axis }): ReactElement | null {
  const left = useClock(useCallback((now: UnixMs) => Number(percentOf(axis, now).toFixed(2)), [axis]))
  return left < 0 || left > 100 ? null : <div className="now" style={{ left: `${left}%` }} />
}

/** The epoch as a line, its gap as a box, and the funnel that opens it into the lens. */
export function Overview({ ribbon }: { readonly ribbon: Ribbon }): ReactElement {
  const axis: Axis = { from: ribbon.epochStart, to: ribbon.epochEnd }
  const opens = percentOf(axis, ribbon.gapOpens)
  const closes = percentOf(axis, ribbon.gapCloses)
  const lens = lensOf(ribbon)
  const middle = Math.min(90, Math.max(10, (opens + closes) / 2))
  return (
    <>
      <div className="rb-row">
        <div className="rb-l">
          <b>Epoch {ribbon.epoch}</b>
          <span className="s dim">
            <EpochPlace ribbon={ribbon} />
          </span>
        </div>
        <div className="rb-t ov">
          <span className="t at-start">{dayOf(ribbon.epochStart)}</span>
          <span className="t gap-label" style={{ left: `${middle}%` }}>
            Cycle gap, {duration(ribbon.gapCloses - ribbon.gapOpens)}
          </span>
          <span className="t at-end wide" title="Publish end: a proof after it no longer counts for this epoch">
            Publish end {dayOf(ribbon.epochEnd)}
          </span>
          <div className="track" />
          <div className="poet" style={{ left: 0, width: `${Math.max(0, opens)}%` }} />
          <div className="poet" style={{ left: `${closes}%`, right: 0 }} />
          {dayMarks(ribbon).map((left) => (
            <i key={left} className="day" style={{ left: `${left}%` }} />
          ))}
          <div className="gap" style={{ left: `${opens}%`, width: `${closes - opens}%` }} />
          <NowInEpoch axis={axis} />
        </div>
      </div>
      <div className="rb-row">
        <div />
        <div className="rb-t funnel">
          <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
            <polygon points={`${opens},0 ${closes},0 ${percentOf(lens, ribbon.gapCloses)},14 ${percentOf(lens, ribbon.gapOpens)},14`} />
          </svg>
        </div>
      </div>
    </>
  )
}
