import { useNow } from '../../components/use-now.ts'
import { useTimes } from '../../components/times.ts'
import { memo, type CSSProperties, type ReactElement } from 'react'
import type { Lane, RibbonSegment } from '../../../shared/ipc/snapshot.ts'
import { placeOf, type Axis } from './axis.ts'
import { nameIn, segmentWords, type Names } from './lane-words.ts'
import { stackOf } from './stack.ts'

interface SegmentProps {
  readonly axis: Axis
  readonly segment: RibbonSegment
  readonly name: string
  readonly isLit: boolean
  /** Another bar of the same identity names it already. */
  readonly isNamed: boolean
}

/** P5–P95 with its bracket. */
function Fade({ axis, segment }: Pick<SegmentProps, 'axis' | 'segment'>): ReactElement | null {
  const place = placeOf(axis, segment.p5 ?? segment.from, segment.p95 ?? segment.to)
  if (place === undefined) return null
  return (
    <>
      <div className={segment.is === 'queued' ? 'sg qfade' : 'sg fade'} style={place} />
      <div className="brk" style={place} />
    </>
  )
}

const CLASS_OF: Readonly<Record<RibbonSegment['is'], string>> = {
  preparing: 'pw off',
  pow: 'pw',
  reading: 'sg read',
  expected: 'sg plan',
  queued: 'sg queue',
  proved: 'sg done',
  lost: 'sg lost',
  needed: 'sg need',
}

function Segment({ axis, segment, name, isLit, isNamed }: SegmentProps): ReactElement {
  const hasFade = segment.p5 !== undefined && segment.p95 !== undefined
  const place: CSSProperties | undefined = placeOf(axis, segment.from, hasFade ? (segment.p5 ?? segment.to) : segment.to)
  const isThin = segment.is === 'preparing' || segment.is === 'pow'
  const said = segmentWords(segment, name, useNow(), useTimes())
  const shown = segment.pass !== undefined && segment.pass > 1 ? `${name}, pass ${segment.pass}` : name
  return (
    <>
      {place !== undefined && (
        <div
          className={`${CLASS_OF[segment.is]}${isLit ? ' lit' : ''}`}
          style={place}
          title={said}
          data-identity={segment.identity}
          data-segment={segment.is}
        >
          {isThin || isNamed ? null : <span>{segment.is === 'needed' ? `${name}: ${said.split(', ')[1] ?? ''}` : shown}</span>}
        </div>
      )}
      {segment.is === 'reading' && (segment.pass ?? 1) > 1 && place !== undefined && <div className="notch" style={{ left: place.left }} />}
      {hasFade && <Fade axis={axis} segment={segment} />}
    </>
  )
}

interface TrackProps {
  readonly axis: Axis
  readonly lane: Lane
  readonly names: Names
  /** Index of the segment that the keyboard is on. */
  readonly lit: number | undefined
}

const isSame = (a: TrackProps, b: TrackProps): boolean =>
  a.lit === b.lit &&
  a.axis.from === b.axis.from &&
  a.axis.to === b.axis.to &&
  a.names === b.names &&
  (a.lane === b.lane || JSON.stringify(a.lane) === JSON.stringify(b.lane))

/** The segments of one disk, in percent of the lens. */
export const LaneTrack = memo(function LaneTrack({ axis, lane, names, lit }: TrackProps): ReactElement {
  const { rowOf, rows } = stackOf(lane.segments)
  const drawn = (row: number): ReactElement[] =>
    lane.segments.flatMap((segment, i) =>
      rowOf.get(segment.identity) === row
        ? [
            <Segment
              key={`${segment.identity}-${segment.is}-${segment.pass ?? 0}-${segment.is === 'reading' || segment.is === 'expected' ? '' : segment.from}`}
              axis={axis}
              segment={segment}
              name={nameIn(names, segment.identity)}
              isLit={lit === i}
              isNamed={segment.is === 'expected' && lane.segments.some((one) => one.is === 'reading' && one.identity === segment.identity)}
            />,
          ]
        : [],
    )
  if (rows === 1) return <>{drawn(0)}</>
  return (
    <>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="stacked" style={{ top: `${(100 / rows) * row}%`, height: `${100 / rows}%` }}>
          {drawn(row)}
        </div>
      ))}
    </>
  )
}, isSame)
