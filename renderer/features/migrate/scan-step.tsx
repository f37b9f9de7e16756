import { useState, type ReactElement } from 'react'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { searchedWords, SearchFailed, Searching, Unseen } from '../../components/search-state.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { inventoryOf, search, searchAnother, useScan } from '../../state/scan.ts'
import { nodeName, schemaWords } from './choose.ts'
import { WizardFrame } from './wizard-parts.tsx'

function FoundNodes({ inventory }: { readonly inventory: Inventory }): ReactElement {
  return (
    <section className="card" aria-labelledby="nodes-title">
      <div className="card-h">
        <h2 id="nodes-title">Nodes on this machine</h2>
        <span className="s dim">
          looked <Ago at={inventory.finishedAt} />
        </span>
      </div>
      {inventory.nodes.length === 0 ? (
        <p className="pad mid">No node was found. Search the folder that holds its data.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Node</th>
              <th>Keys</th>
              <th className="wide">Database</th>
              <th className="r">Started by</th>
            </tr>
          </thead>
          <tbody>
            {inventory.nodes.map((node) => (
              <tr key={node.dataFolder}>
                <td>
                  <b>{nodeName(node.dataFolder)}</b> <span className="mono s dim path">{node.dataFolder}</span>
                  {node.problems?.map((problem) => (
                    <p key={problem} className="s c-warn">
                      {problem}
                    </p>
                  ))}
                </td>
                <td className="nw">{plural(node.identities.length, 'key')}</td>
                <td className="wide mid nw">{schemaWords(node)}</td>
                <td className="r">
                  {node.starters.length === 0 ? (
                    <span className="dim">nothing found</span>
                  ) : (
                    <Badge look={{ shape: 'info', tone: 'dim', word: node.starters.map((one) => one.label).join(', ') }} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Unseen inventory={inventory} />
    </section>
  )
}

const titleOf = (nodes: number | undefined): string => {
  if (nodes === undefined) return 'First, see what is here'
  if (nodes === 0) return 'No node was found here'
  return nodes === 1 ? 'One node was found: there is nothing to bring together' : `${nodes} nodes were found`
}

/** Step 1: which nodes there are. */
export function ScanStep({ next }: { readonly next: () => void }): ReactElement {
  const scan = useScan()
  const action = useAction()
  const [folders, setFolders] = useState<readonly string[]>([])
  const state = scan.value
  const inventory = inventoryOf(state)
  const isRunning = state?.is === 'running'
  const another = async (): Promise<void> => {
    const all = await action.run(() => searchAnother(folders))
    if (all?.ok === true && all.value !== undefined) setFolders(all.value)
  }
  return (
    <WizardFrame
      at="scan"
      title={titleOf(inventory?.nodes.length)}
      next={{ label: 'Next: the backup', act: next, isDisabled: isRunning || inventory === undefined || inventory.nodes.length < 2 }}
    >
      <p className="mid">
        {inventory === undefined
          ? 'A search looks for nodes, keys and PoS data. Nothing is started, moved or changed. '
          : `${searchedWords(inventory)} `}
        {!isRunning && (
          <>
            <button type="button" className="link" disabled={action.isBusy} onClick={() => void action.run(() => search(folders))}>
              {inventory === undefined ? 'Search this machine' : 'Search again'}
            </button>{' '}
            <button type="button" className="link" disabled={action.isBusy} onClick={() => void another()}>
              Search another folder…
            </button>
          </>
        )}
      </p>
      <FaultNote fault={scan.fault} retry={scan.reload} />
      <FaultNote fault={action.fault} close={action.clear} />
      {state === undefined && scan.fault === undefined && <Skeleton rows={4} step="Asking what the last search found" />}
      {state?.is === 'running' && <Searching progress={state.progress} cancel={() => void action.run(() => api().scan.cancel())} />}
      {state?.is === 'failed' && <SearchFailed state={state} />}
      {inventory !== undefined && <FoundNodes inventory={inventory} />}
    </WizardFrame>
  )
}
