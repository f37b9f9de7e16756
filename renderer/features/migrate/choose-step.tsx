import { useId, useState, type ReactElement } from 'react'
import type { FoundNode, Inventory } from '../../../shared/domain/inventory.ts'
import { plural } from '../../../shared/domain/words.ts'
import type { WizardState } from '../../../shared/ipc/operations-contract.ts'
import { Empty } from '../../components/empty.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { inventoryOf, useScan } from '../../state/scan.ts'
import { useSnapshot } from '../../state/store.ts'
import { clashesOf, identityName, keysOf, namesProblem, nodeName, schemaWords, type Clash } from './choose.ts'
import { WizardFrame } from './wizard-parts.tsx'

interface Props {
  readonly state: WizardState
  readonly change: (part: Partial<WizardState>) => void
}

interface RowProps extends Props {
  readonly node: FoundNode
  readonly group: string
  readonly keys: string
}

/** One node: the one that stays, one that joins it, or neither. */
function NodeRow({ node, group, keys, state, change }: RowProps): ReactElement {
  const folder = node.dataFolder
  const name = nodeName(folder)
  const isTarget = state.to === folder
  const isSource = state.from.includes(folder)
  const isEmpty = node.identities.length === 0
  return (
    <tr className={isTarget || isSource ? 'chosen' : ''}>
      <td className="pick">
        <input
          type="radio"
          name={group}
          aria-label={`${name} stays`}
          checked={isTarget}
          onChange={() => change({ to: folder, from: state.from.filter((one) => one !== folder), names: {} })}
        />
      </td>
      <td className="pick">
        <input
          type="checkbox"
          aria-label={`${name} is given up`}
          checked={isSource}
          disabled={isTarget || isEmpty}
          title={isEmpty ? 'It has no key to bring along' : ''}
          onChange={() => change({ from: isSource ? state.from.filter((one) => one !== folder) : [...state.from, folder], names: {} })}
        />
      </td>
      <td>
        <b>{name}</b> <span className="mono s dim path">{folder}</span>
        <p className="s mid">{isEmpty ? 'no key' : keys}</p>
      </td>
      <td className="wide mid nw">{node.mode === 'supervised' ? 'supervised, is converted' : schemaWords(node)}</td>
    </tr>
  )
}

interface NamesProps {
  readonly clashes: readonly Clash[]
  readonly names: Readonly<Record<string, string>>
  readonly nameOf: (id: string) => string
  readonly set: (identity: string, name: string) => void
  readonly problem: string | undefined
}

/** New names for keys that cannot keep theirs. */
function NewNames({ clashes, names, nameOf, set, problem }: NamesProps): ReactElement | null {
  const hint = useId()
  if (clashes.length === 0) return null
  return (
    <section className="card" aria-labelledby="names-title">
      <div className="card-h">
        <h2 id="names-title">{plural(clashes.length, 'key gets', 'keys get')} another file name</h2>
        <span className="s dim">the key itself stays as it is</span>
      </div>
      <ul className="renames">
        {clashes.map((clash) => (
          <li key={`${clash.folder} ${clash.file}`}>
            <span className="grow">
              <b>{nameOf(clash.identity)}</b> <span className="mono">{clash.file}</span>{' '}
              <span className="s dim">
                of {nodeName(clash.folder)}: {clash.why}
              </span>
            </span>
            <span className="input mono">
              <input
                aria-label={`New file name of ${nameOf(clash.identity)}`}
                aria-describedby={hint}
                value={names[clash.identity] ?? clash.suggested}
                spellCheck={false}
                onChange={(event) => set(clash.identity, event.target.value)}
              />
            </span>
          </li>
        ))}
      </ul>
      <p id={hint} className="s c-bad renames-problem" role="status">
        {problem}
      </p>
    </section>
  )
}

const titleOf = ({ from, to }: WizardState): string => {
  if (to === null) return 'Choose the node that stays, and those that join it'
  if (from.length === 0) return `${nodeName(to)} stays: tick the nodes that join it`
  return `${from.map(nodeName).join(', ')} ${from.length === 1 ? 'joins' : 'join'} ${nodeName(to)}`
}

function Choices({ inventory, state, change }: Props & { readonly inventory: Inventory }): ReactElement {
  const group = useId()
  // Kept here while it is typed: half a name is none.
  const [names, setNames] = useState<Readonly<Record<string, string>>>(state.names)
  const known = useSnapshot((snapshot) => snapshot.identities)
  const nameOf = (id: string): string => identityName(inventory, known, id)
  const clashes = clashesOf(inventory, state, nameOf)
  const chosen = Object.fromEntries(clashes.map((one) => [one.identity, names[one.identity] ?? one.suggested]))
  const kept = [state.to, ...state.from]
    .flatMap((folder) => (folder === null ? [] : keysOf(inventory, folder)))
    .filter((key) => chosen[key.identity] === undefined)
    .map((key) => key.file)
  const problem = namesProblem(Object.values(chosen), kept)
  const isReady = state.to !== null && state.from.length > 0 && problem === undefined
  return (
    <WizardFrame
      at="choose"
      title={titleOf(state)}
      back={() => change({ step: 'backup' })}
      next={{ label: 'Make the plan', act: () => change({ step: 'plan', names: chosen }), isDisabled: !isReady }}
    >
      <p className="mid">Making the plan only looks. The nodes that join are disarmed later: their keys move, their folders stay.</p>
      <section className="card" aria-label="Which node becomes what">
        <table className="choices">
          <thead>
            <tr>
              <th>Stays</th>
              <th>Joins it</th>
              <th>Node</th>
              <th className="wide">Database</th>
            </tr>
          </thead>
          <tbody>
            {inventory.nodes.map((node) => (
              <NodeRow
                key={node.dataFolder}
                node={node}
                group={group}
                keys={node.identities.map(nameOf).join(', ')}
                state={state}
                change={change}
              />
            ))}
          </tbody>
        </table>
      </section>
      <NewNames
        clashes={clashes}
        names={names}
        nameOf={nameOf}
        set={(identity, name) => setNames({ ...names, [identity]: name })}
        problem={problem}
      />
      {[state.to, ...state.from].some((folder) => folder !== null && inventory.nodes.every((node) => node.dataFolder !== folder)) && (
        <p className="row s c-warn">
          <Glyph shape="triangle" tone="warn" />A node that was chosen before was not found by the last search. Choose again.
        </p>
      )}
    </WizardFrame>
  )
}

/** Step 3: which node stays, which join it. Nothing is ticked for the user. */
export function ChooseStep(props: Props): ReactElement {
  const scan = useScan()
  const inventory = inventoryOf(scan.value)
  if (inventory !== undefined) return <Choices {...props} inventory={inventory} />
  return (
    <WizardFrame at="choose" title="Choose the node that stays, and those that join it" back={() => props.change({ step: 'backup' })}>
      <Empty why="Nothing was searched yet." action={{ label: 'To the search', run: () => props.change({ step: 'scan' }) }} />
    </WizardFrame>
  )
}
