import { memo, type CSSProperties, type ReactElement } from 'react'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import { Tile } from '../../components/tile.tsx'
import { lookOf } from '../../components/glyph.tsx'
import { go } from '../../state/route.ts'
import { useIdentity, useSnapshot } from '../../state/store.ts'
import { RowAction } from './row-action.tsx'
import { Done, idWords, placeWords, Sentence, sizeOf, Spare, SpareBar } from './row-cells.tsx'

export type Density = 'roomy' | 'close' | 'dense'

interface Props {
  readonly id: string
  readonly density: Density
  readonly index: number
  readonly isFocusable: boolean
  readonly gapMs: number
  readonly staleSince: UnixMs | undefined
  readonly style?: CSSProperties | undefined
}

/** One identity: name, one sentence, done, to spare, one action. */
export const IdentityRow = memo(function IdentityRow(props: Props): ReactElement | null {
  const { id, density, staleSince } = props
  const identity = useIdentity(id)
  const alarm = useSnapshot((snapshot) => snapshot.alarms.find((one) => one.identity === id))
  if (identity === undefined) return null
  const { status } = identity
  const said = staleSince === undefined ? `${identity.name}, ${lookOf(status).word}: ${status.sentence}` : `${identity.name}: unknown`
  return (
    <div
      className={`idr-row ${density}`}
      role="row"
      aria-label={said}
      aria-rowindex={props.index + 2}
      tabIndex={props.isFocusable ? 0 : -1}
      data-row={id}
      style={props.style}
      onClick={() => go({ room: 'identities', identity: id })}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) go({ room: 'identities', identity: id })
      }}
    >
      <div role="gridcell" className="cell-name">
        <Tile id={id} colour={identity.colour} size={density === 'roomy' ? 24 : density === 'close' ? 20 : 16} />
        <b className="cut">{identity.name}</b>
        {density !== 'dense' && <span className="s dim cut">{placeWords(identity)}</span>}
      </div>
      {density === 'dense' && (
        <>
          <div role="gridcell" className="mono dim wide">
            {idWords(identity)}
          </div>
          <div role="gridcell" className="r wide">
            {sizeOf(identity)}
          </div>
          <div role="gridcell" className="mid cut wide">
            {identity.disk}
          </div>
        </>
      )}
      <div role="gridcell" className="cell-sent">
        <Sentence status={status} staleSince={staleSince} />
      </div>
      <div role="gridcell" className="r nw">
        <Done status={status} alarm={alarm} />
      </div>
      <div role="gridcell" className="r nw cell-spare">
        {density === 'dense' && <SpareBar status={status} gapMs={props.gapMs} />}
        <Spare status={status} alarm={alarm} />
      </div>
      {density !== 'dense' && (
        <div role="gridcell" className="r nw cell-action">
          <RowAction identity={identity} />
        </div>
      )}
    </div>
  )
})
