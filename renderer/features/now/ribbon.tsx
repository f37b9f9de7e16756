import { useNow } from '../../components/use-now.ts'
import { useTimes } from '../../components/times.ts'
import { useCallback, useMemo, useState, type KeyboardEvent, type MouseEvent, type ReactElement } from 'react'
import type { Lane, Ribbon as RibbonValue } from '../../../shared/ipc/snapshot.ts'
import { useClock } from '../../components/clock.ts'
import { useSnapshot } from '../../state/store.ts'
import { go } from '../../state/route.ts'
import { edgeTime, lensOf, percentOf, pillRoom, ticksOf, type Axis } from './axis.ts'
import { LaneTrack } from './lane-track.tsx'
import { laneWords, nameIn, segmentWords, shelves, type Names } from './lane-words.ts'
import { NowLine, Overview } from './overview.tsx'
import { Legend, RibbonTable } from './ribbon-parts.tsx'
import { moveCursor, type Cursor } from './ribbon-cursor.ts'
import { stackOf } from './stack.ts'
import { useSlow } from './use-slow.ts'

/** Height of one of several identities that work on one disk at the same time. */
const STACKED_PX = 22

type Size = 'single' | 'roomy' | 'close' | 'dense'

function sizeOf(identities: number): Size {
  if (identities <= 1) return 'single'
  if (identities <= 12) return 'roomy'
  return identities <= 100 ? 'close' : 'dense'
}

function AxisRow({ axis, ribbon, label }: { readonly axis: Axis; readonly ribbon: RibbonValue; readonly label: string }): ReactElement {
  const end = percentOf(axis, ribbon.gapCloses)
  const now = useClock(useCallback((at: number) => Math.round(percentOf(axis, at)), [axis]))
  const room = pillRoom(axis)
  return (
    <div className="rb-row">
      <div className="rb-l s dim">{label}</div>
      <div className="rb-t axis" aria-hidden="true">
        {ticksOf(axis)
          .filter((tick) => Math.abs(tick.left - end) > room.end && Math.abs(tick.left - now) > room.now)
          .map((tick, i) => (
            <span key={tick.at} className={i % 2 === 0 ? 't' : 't wide'} style={{ left: `${tick.left}%` }}>
              {tick.label}
            </span>
          ))}
        {Math.abs(now - end) > room.now && <NowLine axis={axis} isPill />}
        <span className="pill dl" style={{ left: `${end}%` }} title="Gap end: a proof after it is late, not lost">
          {edgeTime(axis, ribbon.gapCloses)}
        </span>
      </div>
    </div>
  )
}

interface LanesProps {
  readonly axis: Axis
  readonly ribbon: RibbonValue
  readonly names: Names
  readonly cursor: Cursor | undefined
  readonly size: Size
}

function Deadline({ axis, ribbon }: Pick<LanesProps, 'axis' | 'ribbon'>): ReactElement {
  const end = `${percentOf(axis, ribbon.gapCloses)}%`
  return (
    <>
      <div className="late" style={{ left: end, right: 0 }} />
      <div className="dead" style={{ left: end }} />
    </>
  )
}

function LaneRow({
  axis,
  ribbon,
  names,
  cursor,
  size,
  lane,
  index,
}: LanesProps & { readonly lane: Lane; readonly index: number }): ReactElement {
  const now = useNow()
  const times = useTimes()
  const { rows } = stackOf(lane.segments)
  const tall = rows > 1 && size !== 'close' ? { height: rows * STACKED_PX } : {}
  return (
    <div className="rb-row" role="option" aria-selected={cursor?.lane === index}>
      <span className="sr">{laneWords(lane, names, now, times)}</span>
      <div className="rb-l lane" aria-hidden="true" style={tall}>
        <b className="cut">{lane.label}</b>
        <span className="s dim cut lane-detail">{lane.detail}</span>
      </div>
      <div className="rb-t lane" aria-hidden="true" style={tall}>
        {ticksOf(axis).map((tick) => (
          <i key={tick.at} className="grid" style={{ left: `${tick.left}%` }} />
        ))}
        <Deadline axis={axis} ribbon={ribbon} />
        <LaneTrack axis={axis} lane={lane} names={names} lit={cursor?.lane === index ? cursor.segment : undefined} />
        <NowLine axis={axis} />
      </div>
    </div>
  )
}

/** Seven pixels a disk, grouped by shelf. */
function DenseLanes(props: LanesProps): ReactElement {
  const { axis, ribbon, names, cursor } = props
  const now = useNow()
  const times = useTimes()
  return (
    <>
      {shelves(ribbon.lanes).map((shelf) => (
        <div key={shelf.label} className="rb-row">
          <div className="rb-l shelf">
            <b className="s cut">{shelf.label}</b>
            {shelf.lanes.length > 1 && <span className="s dim">{shelf.lanes.length} disks</span>}
          </div>
          <div className="rb-t shelf-lanes">
            {ticksOf(axis).map((tick) => (
              <i key={tick.at} className="grid" style={{ left: `${tick.left}%` }} />
            ))}
            <Deadline axis={axis} ribbon={ribbon} />
            {shelf.lanes.map((lane) => {
              const index = ribbon.lanes.indexOf(lane)
              return (
                <div key={lane.id} className="mini" role="option" aria-selected={cursor?.lane === index}>
                  <span className="sr">{laneWords(lane, names, now, times)}</span>
                  <div aria-hidden="true">
                    <LaneTrack axis={axis} lane={lane} names={names} lit={cursor?.lane === index ? cursor.segment : undefined} />
                  </div>
                </div>
              )
            })}
            <NowLine axis={axis} />
          </div>
        </div>
      ))}
    </>
  )
}

function Lanes(props: LanesProps): ReactElement {
  if (props.size === 'dense') return <DenseLanes {...props} />
  return (
    <>
      {props.ribbon.lanes.map((lane, index) => (
        <LaneRow key={lane.id} {...props} lane={lane} index={index} />
      ))}
    </>
  )
}

/** What the ribbon says of the segment under the keyboard. */
function Said({
  ribbon,
  cursor,
  names,
}: {
  readonly ribbon: RibbonValue
  readonly cursor: Cursor | undefined
  readonly names: Names
}): ReactElement {
  const now = useNow()
  const times = useTimes()
  const lane = cursor === undefined ? undefined : ribbon.lanes[cursor.lane]
  const segment = cursor === undefined ? undefined : lane?.segments[cursor.segment]
  if (lane === undefined || segment === undefined) return <span className="sr" role="status" />
  return (
    <span className="said s" role="status">
      {lane.label}: {segmentWords(segment, nameIn(names, segment.identity), now, times)}
    </span>
  )
}

/** Identity names as one object that changes only when a name does. */
function useNames(): Names {
  const text = useSnapshot((snapshot) => snapshot.identities.map((one) => `${one.id}\t${one.name}`).join('\n')) ?? ''
  return useMemo(() => new Map(text.split('\n').map((line) => line.split('\t') as [string, string])), [text])
}

/** The epoch ribbon: overview, lens, lanes of disks. One tab stop. */
export function Ribbon({ ribbon: newest, headline }: { readonly ribbon: RibbonValue; readonly headline: string }): ReactElement {
  const ribbon = useSlow(newest)
  const names = useNames()
  const count = useSnapshot((snapshot) => snapshot.identities.length) ?? 0
  const [cursor, setCursor] = useState<Cursor>()
  const [isList, setList] = useState(false)
  const size = sizeOf(count)
  const { from, to } = lensOf(ribbon)
  const axis = useMemo(() => ({ from, to }), [from, to])
  const open = (id: string | undefined): void => {
    if (id !== undefined) go({ room: 'identities', identity: id })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && cursor !== undefined) open(ribbon.lanes[cursor.lane]?.segments[cursor.segment]?.identity)
    const next = moveCursor(ribbon, cursor, event.key, Date.now())
    if (next === 'not-mine') return
    event.preventDefault()
    setCursor(next)
  }
  const onClick = (event: MouseEvent): void => {
    if (event.target instanceof Element) open(event.target.closest('[data-identity]')?.getAttribute('data-identity') ?? undefined)
  }
  return (
    <section className={`card ribbon ${size}`} aria-label={`Epoch ${ribbon.epoch}. ${headline}`}>
      {size !== 'dense' && <Overview ribbon={ribbon} />}
      {isList ? (
        <RibbonTable ribbon={ribbon} names={names} />
      ) : (
        <div className="lens">
          <AxisRow axis={axis} ribbon={ribbon} label={size === 'dense' ? `${ribbon.lanes.length} lanes` : 'Disk lanes'} />
          <div
            className="lanes"
            role="listbox"
            tabIndex={0}
            aria-label="Disk lanes. Arrow keys move, Enter opens."
            onKeyDown={onKeyDown}
            onClick={onClick}
            onBlur={() => setCursor(undefined)}
          >
            <Lanes axis={axis} ribbon={ribbon} names={names} cursor={cursor} size={size} />
          </div>
        </div>
      )}
      <Said ribbon={ribbon} cursor={cursor} names={names} />
      <Legend isList={isList} toggle={() => setList((before) => !before)} isDense={size === 'dense'} />
    </section>
  )
}
