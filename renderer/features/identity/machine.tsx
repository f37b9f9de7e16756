import { useState, type ReactElement } from 'react'
import type { CopyGrade, Inventory, InventoryIdentity } from '../../../shared/domain/inventory.ts'
import { bytes, figure, plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import type { Look } from '../../components/glyph.tsx'
import { IdText } from '../../components/id-text.tsx'
import { searchedWords, SearchFailed, Searching, Unseen } from '../../components/search-state.tsx'
import { closed } from '../../components/sentence.ts'
import { Tile } from '../../components/tile.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { inventoryOf, search, searchAnother, useScan } from '../../state/scan.ts'
import { useIdentity } from '../../state/store.ts'

const FIRST = 50
const MORE = 200

const KEY_LOOKS: Readonly<Record<InventoryIdentity['key'], Look>> = {
  here: { shape: 'disc-tick', tone: 'ok', word: 'key here' },
  missing: { shape: 'question', tone: 'bad', word: 'key missing' },
  unusable: { shape: 'cross', tone: 'bad', word: 'key unusable' },
}
const DATA_LOOKS: Readonly<Record<InventoryIdentity['data'], Look>> = {
  complete: { shape: 'disc-tick', tone: 'ok', word: 'data complete' },
  incomplete: { shape: 'half', tone: 'warn', word: 'data incomplete' },
  missing: { shape: 'ring', tone: 'dim', word: 'no data here' },
  unreadable: { shape: 'question', tone: 'bad', word: 'data unreadable' },
}
const GRADES: Readonly<Record<CopyGrade, string>> = {
  'at-rest': 'lies there',
  configured: 'loaded when it starts',
  running: 'runs with it',
}

function Places({ one }: { readonly one: InventoryIdentity }): ReactElement {
  return (
    <details className="s">
      <summary>{plural(one.copies.length + one.posFolders.length, 'place')}</summary>
      <ul className="places">
        {one.copies.map((copy) => (
          <li key={copy.path}>
            <span className="mono path">{copy.path}</span>{' '}
            <span className="dim">
              key, {GRADES[copy.grade]}
              {copy.by === undefined ? '' : `: ${copy.by}`}
            </span>
          </li>
        ))}
        {one.posFolders.map((folder) => (
          <li key={folder}>
            <span className="mono path">{folder}</span>{' '}
            <span className="dim">
              PoS data
              {one.actualBytes === undefined || one.expectedBytes === undefined
                ? ''
                : `, ${bytes(one.actualBytes)} of ${bytes(one.expectedBytes)}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One identity with everything that was found of it. */
function FoundIdentity({ one }: { readonly one: InventoryIdentity }): ReactElement {
  const known = useIdentity(one.id)
  return (
    <li className="found-id">
      <Tile id={one.id} colour={known?.colour ?? Number.parseInt(one.id.slice(0, 2), 16)} size={28} />
      <div className="grow">
        <div className="row found-head">
          <b>{known?.name ?? one.nickname ?? 'No nickname'}</b>
          <Badge look={KEY_LOOKS[one.key]} />
          <Badge look={DATA_LOOKS[one.data]} />
        </div>
        <IdText id={one.id} />
        <p>{closed(one.sentence)}</p>
        {one.copies.length + one.posFolders.length > 0 && <Places one={one} />}
      </div>
      {known !== undefined && (
        <button type="button" className="btn sm" onClick={() => go({ room: 'identities', identity: one.id })}>
          Open
        </button>
      )}
    </li>
  )
}

function List({ inventory }: { readonly inventory: Inventory }): ReactElement {
  const [count, setCount] = useState(FIRST)
  const { identities } = inventory
  if (identities.length === 0) return <p className="pad mid">No key and no PoS data were found. Search another folder.</p>
  return (
    <>
      <ul className="found-ids">
        {identities.slice(0, count).map((one) => (
          <FoundIdentity key={one.id} one={one} />
        ))}
      </ul>
      {identities.length > count && (
        <button type="button" className="link pad" onClick={() => setCount((before) => before + MORE)}>
          Show {figure(Math.min(MORE, identities.length - count))} more of {figure(identities.length)}
        </button>
      )}
    </>
  )
}

/** "On this machine": what the last search found, and how to search again. */
export function OnThisMachine(): ReactElement {
  const scan = useScan()
  const action = useAction()
  const [folders, setFolders] = useState<readonly string[]>([])
  const state = scan.value
  const inventory = inventoryOf(state)
  const another = async (): Promise<void> => {
    const all = await action.run(() => searchAnother(folders))
    if (all?.ok === true && all.value !== undefined) setFolders(all.value)
  }
  return (
    <section className="card machine" aria-labelledby="machine-title">
      <div className="card-h">
        <h2 id="machine-title">On this machine</h2>
        <span className="row machine-acts">
          <button
            type="button"
            className="btn sm"
            disabled={state?.is === 'running' || action.isBusy}
            onClick={() => void action.run(() => search(folders))}
          >
            {inventory === undefined ? 'Search this machine' : 'Search again'}
          </button>
          <button type="button" className="btn sm" disabled={state?.is === 'running' || action.isBusy} onClick={() => void another()}>
            Search another folder…
          </button>
          {inventory !== undefined && inventory.setups.length + inventory.processes.length > 0 && (
            <button type="button" className="btn sm" onClick={() => go({ room: 'imports' })}>
              Bring in…
            </button>
          )}
        </span>
      </div>
      <FaultNote fault={action.fault ?? scan.fault} close={action.clear} />
      {state?.is === 'running' && <Searching progress={state.progress} cancel={() => void action.run(() => api().scan.cancel())} />}
      {state?.is === 'failed' && <SearchFailed state={state} />}
      {inventory === undefined ? (
        <p className="pad mid">Nothing was searched yet: keys and PoS data that the set-up does not name are not known.</p>
      ) : (
        <>
          <p className="pad s dim searched">{searchedWords(inventory)}</p>
          <List inventory={inventory} />
          <Unseen inventory={inventory} />
        </>
      )}
    </section>
  )
}
