import type { ReactElement } from 'react'
import type { PlanNode } from '../../../shared/domain/operation.ts'
import { bytes, plural } from '../../../shared/domain/words.ts'
import { Icon } from '../../components/icons.tsx'
import { Tile } from '../../components/tile.tsx'
import { useSnapshot } from '../../state/store.ts'

/** Identities of one node that are drawn; the rest is counted. */
const MOST = 12
/** Heights of the boxes in `plan.css`, for the lines between them. */
const HEAD = 24
const BOX_TOP = 32
const CHIP = 27
const BOX_END = 5
const EMPTY_BOX = 38
const GAP = 8
const UNIT_BYTES = 64 * 2 ** 30

type Identity = PlanNode['identities'][number]

const placeOf = (node: PlanNode, one: Identity): string => `${node.folder}\n${one.keyFile}`

/** Ids that lie somewhere else, or under another name, afterwards. */
export function movedIds(before: readonly PlanNode[], after: readonly PlanNode[]): ReadonlySet<string> {
  const places = (nodes: readonly PlanNode[]): ReadonlyMap<string, string> =>
    new Map(nodes.flatMap((node) => node.identities.map((one) => [one.id, placeOf(node, one)] as const)))
  const [from, to] = [places(before), places(after)]
  return new Set([...from.keys(), ...to.keys()].filter((id) => from.get(id) !== to.get(id)))
}

/** Middle of every drawn identity, from the top of its column. */
function heightsOf(nodes: readonly PlanNode[]): { readonly at: ReadonlyMap<string, number>; readonly height: number } {
  const at = new Map<string, number>()
  let top = HEAD
  for (const { identities } of nodes) {
    identities.slice(0, MOST).forEach((one, i) => at.set(one.id, top + BOX_TOP + i * CHIP + CHIP / 2 - 2))
    const rows = Math.min(identities.length, MOST) + (identities.length > MOST ? 1 : 0)
    top += (rows === 0 ? EMPTY_BOX : BOX_TOP + rows * CHIP + BOX_END) + GAP
  }
  return { at, height: top }
}

interface ColumnProps {
  readonly title: string
  readonly nodes: readonly PlanNode[]
  readonly moved: ReadonlySet<string>
}

function Chip({ one, isMoved }: { readonly one: Identity; readonly isMoved: boolean }): ReactElement {
  const known = useSnapshot((snapshot) => snapshot.identities.find((each) => each.id === one.id))
  const isPractice = useSnapshot((snapshot) => snapshot.mode) === 'practice'
  const size = known?.sizeBytes ?? (one.numUnits === undefined || isPractice ? undefined : one.numUnits * UNIT_BYTES)
  const title = [one.name, one.id, one.change].filter((each) => each !== undefined).join(', ')
  return (
    <li className={isMoved ? 'kchip mv' : 'kchip'} title={title}>
      <Tile id={one.id} colour={known?.colour ?? (Number.parseInt(one.id.slice(0, 2), 16) || 0)} size={20} />
      <b className="cut">{one.name}</b>
      {size !== undefined && <span className="s dim nw">{bytes(size)}</span>}
      {one.change !== undefined && <span className="s dim cut">{one.change}</span>}
      <span className="mono dim kfile cut">{one.keyFile}</span>
    </li>
  )
}

function Column({ title, nodes, moved }: ColumnProps): ReactElement {
  return (
    <div className="ba-col">
      <h2>{title}</h2>
      {nodes.map((node) => (
        <section
          key={node.folder}
          className={node.identities.length === 0 ? 'nodebox off' : 'nodebox'}
          aria-label={`${title}: ${node.name}`}
        >
          <div className="row nodebox-head">
            <Icon name="node" />
            <b className="nw">{node.name}</b>
            <span className="s dim cut grow" title={node.folder}>
              {node.identities.length === 0 ? (node.note ?? node.folder) : node.folder}
            </span>
            {node.identities.length > 0 && <span className="s dim nw">{node.note ?? node.version}</span>}
          </div>
          <ul>
            {node.identities.slice(0, MOST).map((one) => (
              <Chip key={one.id} one={one} isMoved={moved.has(one.id)} />
            ))}
            {node.identities.length > MOST && (
              <li className="kchip more s dim">and {plural(node.identities.length - MOST, 'more identity', 'more identities')}</li>
            )}
          </ul>
        </section>
      ))}
      {nodes.length === 0 && <p className="s dim">No node is touched.</p>}
    </div>
  )
}

/** What is there now, what will be there, and which key goes where. */
export function BeforeAfter({
  before,
  after,
}: {
  readonly before: readonly PlanNode[]
  readonly after: readonly PlanNode[]
}): ReactElement {
  const moved = movedIds(before, after)
  const [from, to] = [heightsOf(before), heightsOf(after)]
  const height = Math.max(from.height, to.height)
  return (
    <section className="card pad ba" aria-label="Before and after">
      <Column title="Before" nodes={before} moved={moved} />
      <svg className="flow" viewBox={`0 0 90 ${height}`} height={height} preserveAspectRatio="none" aria-hidden="true">
        {[...from.at].map(([id, y1]) => {
          const y2 = to.at.get(id)
          if (y2 === undefined) return null
          return <path key={id} className={moved.has(id) ? 'mv' : ''} d={`M0 ${y1}C45 ${y1} 45 ${y2} 90 ${y2}`} />
        })}
      </svg>
      <Column title="After" nodes={after} moved={moved} />
    </section>
  )
}
