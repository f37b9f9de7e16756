import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactElement } from 'react'
import { Icon } from '../../components/icons.tsx'
import { useTimes } from '../../components/times.ts'
import { keeperStore, useKeeper, useSnapshot } from '../../state/store.ts'
import { useStale } from '../../state/use-stale.ts'
import { EvidenceCard } from './evidence-card.tsx'
import { IdentityRow, type Density } from './identity-row.tsx'
import { GroupGlyph, ListHead } from './list-head.tsx'
import { countGroups, PLAIN, rowsOf, type ListView, type Row } from './rows.ts'
import { useEvidence } from './use-evidence.ts'

/** From here on rows are drawn only where they are seen. */
const VIRTUAL_FROM = 40
const HEIGHT: Readonly<Record<Density, number>> = { roomy: 42, close: 34, dense: 28 }
const HEAD_HEIGHT = 26

export const densityOf = (count: number): Density => (count <= 12 ? 'roomy' : count <= 100 ? 'close' : 'dense')

interface GroupProps {
  readonly row: Extract<Row, { is: 'group' }>
  readonly index: number
  readonly style: CSSProperties | undefined
  readonly toggle: (key: string) => void
}

function GroupRow({ row, index, style, toggle }: GroupProps): ReactElement {
  return (
    <div role="row" aria-rowindex={index + 2} className="idr-group" style={style}>
      <div role="gridcell">
        <button type="button" aria-expanded={row.isOpen} onClick={() => toggle(row.key)}>
          <Icon name={row.isOpen ? 'down' : 'right'} />
          {row.group !== undefined && <GroupGlyph group={row.group} />}
          <b>{row.label}</b> <span className="dim">{row.count}</span>
        </button>
      </div>
    </div>
  )
}

function ColumnHead({ density }: { readonly density: Density }): ReactElement {
  return (
    <div role="row" className={`idr-head ${density}`} aria-rowindex={1}>
      <div role="columnheader">Identity</div>
      {density === 'dense' && (
        <>
          <div role="columnheader" className="wide">
            Id
          </div>
          <div role="columnheader" className="r wide">
            Size
          </div>
          <div role="columnheader" className="wide">
            Disk
          </div>
        </>
      )}
      <div role="columnheader">What is happening</div>
      <div role="columnheader" className="r">
        Done
      </div>
      <div role="columnheader" className="r">
        To spare
      </div>
      {density !== 'dense' && (
        <div role="columnheader" className="r">
          <span className="sr">Action</span>
        </div>
      )}
    </div>
  )
}

/** The rows to show; the same array as long as the list would look the same. */
function useRows(view: ListView, isGrouped: boolean): readonly Row[] {
  const text = useSnapshot((snapshot) => JSON.stringify(rowsOf(snapshot.identities, view, isGrouped))) ?? '[]'
  return useMemo(() => JSON.parse(text) as readonly Row[], [text])
}

const focusRow = (list: HTMLElement, id: string): void => list.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus()

interface RowsProps {
  readonly rows: readonly Row[]
  readonly density: Density
  readonly focused: string | undefined
  readonly staleSince: number | undefined
  readonly gapMs: number
  readonly toggle: (key: string) => void
}

function drawRow(props: RowsProps, index: number, style?: CSSProperties): ReactElement | null {
  const row = props.rows[index]
  if (row === undefined) return null
  if (row.is === 'group') return <GroupRow key={`#${row.key}`} row={row} index={index} style={style} toggle={props.toggle} />
  const { density, staleSince, gapMs, focused } = props
  return (
    <IdentityRow
      key={row.id}
      id={row.id}
      index={index}
      style={style}
      isFocusable={focused === row.id}
      {...{ density, staleSince, gapMs }}
    />
  )
}

function VirtualRows(props: RowsProps & { readonly scroller: () => HTMLElement | null }): ReactElement {
  const { rows, density } = props
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: props.scroller,
    estimateSize: (i) => (rows[i]?.is === 'group' ? HEAD_HEIGHT : HEIGHT[density]),
    getItemKey: (i) => {
      const row = rows[i]
      return row === undefined ? i : row.is === 'group' ? `#${row.key}` : row.id
    },
    overscan: 6,
    initialRect: { width: 960, height: 480 },
  })
  return (
    <div className="virtual" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) =>
        drawRow(props, item.index, {
          position: 'absolute',
          top: 0,
          left: 0,
          right: 0,
          height: item.size,
          transform: `translateY(${item.start}px)`,
        }),
      )}
    </div>
  )
}

/** All identities by need. Arrow keys move, Enter opens, `e` shows the evidence. */
export function IdentityList(): ReactElement {
  const count = useSnapshot((snapshot) => snapshot.identities.length) ?? 0
  const counts = useSnapshot((snapshot) => [...countGroups(snapshot.identities)].map(([g, n]) => `${g}=${n}`).join(' '))
  const gapMs = useSnapshot((snapshot) => (snapshot.ribbon === undefined ? 0 : snapshot.ribbon.gapCloses - snapshot.ribbon.gapOpens)) ?? 0
  const density = densityOf(count)
  const [view, setView] = useState<ListView>(PLAIN)
  const [focused, setFocused] = useState<string>()
  const rows = useRows(view, density !== 'roomy')
  const isStale = useStale()
  const heardAt = useKeeper((state) => (isStale ? state.heardAt : undefined))
  const evidence = useEvidence()
  const { hasSeconds } = useTimes()
  const scroller = useRef<HTMLDivElement>(null)
  const groups = useMemo(
    () => (counts === undefined ? new Map() : countGroups(keeperStore.getState().snapshot?.identities ?? [])),
    [counts],
  )
  const toggle = (key: string): void => {
    const turned = new Set(view.turned)
    if (!turned.delete(key)) turned.add(key)
    setView({ ...view, turned })
  }
  const ids = useMemo(() => rows.flatMap((row) => (row.is === 'identity' ? [row.id] : [])), [rows])
  const stop = focused !== undefined && ids.includes(focused) ? focused : ids[0]
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const list = event.currentTarget
    if (event.key === 'e' && !(event.target instanceof HTMLInputElement)) return evidence.show(event.target)
    if (event.key === 'Escape') return evidence.hide()
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return undefined
    const here = ids.indexOf(stop ?? '')
    const next = ids[here + (event.key === 'ArrowDown' ? 1 : -1)]
    if (next === undefined) return undefined
    event.preventDefault()
    setFocused(next)
    focusRow(list, next)
    return undefined
  }
  const drawn: RowsProps = { rows, density, focused: stop, staleSince: heardAt, gapMs, toggle }
  return (
    <>
      {density !== 'roomy' && <ListHead view={view} counts={groups} total={count} change={setView} />}
      <div
        className={`card list ${density}${count === 1 ? ' short' : ''}${hasSeconds ? ' exact' : ''}`}
        role="grid"
        aria-label="Identities"
        aria-rowcount={rows.length + 1}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        onMouseOver={(event) => evidence.over(event.target)}
        onMouseLeave={evidence.hide}
        onFocus={(event) => (event.target.matches(':focus-visible') ? evidence.show(event.target) : undefined)}
        onBlur={evidence.hide}
      >
        <ColumnHead density={density} />
        <div className="list-scroll" ref={scroller} role="presentation" onScroll={evidence.hide}>
          {rows.length === 0 && <p className="none mid">Nothing matches. Clear the search or choose All.</p>}
          {rows.length < VIRTUAL_FROM ? (
            <div role="rowgroup">{rows.map((_, index) => drawRow(drawn, index))}</div>
          ) : (
            <VirtualRows {...drawn} scroller={() => scroller.current} />
          )}
        </div>
      </div>
      {evidence.place !== undefined && <EvidenceCard place={evidence.place} />}
    </>
  )
}
