import { useState, type ReactElement } from 'react'
import type { QuarantineEntry } from '../../../shared/domain/operation.ts'
import { plural } from '../../../shared/domain/words.ts'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { IdText } from '../../components/id-text.tsx'
import { closed } from '../../components/sentence.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { Tick } from '../../components/tick.tsx'
import { Moment } from '../../components/time.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'
import { Crumb } from './crumb.tsx'
import { PathField } from './fields.tsx'

type Key = QuarantineEntry['keys'][number]

interface EntryProps {
  readonly entry: QuarantineEntry
  readonly plan: (request: ParsedPlanRequest) => void
}

function KeyLine({ one, isOn, turn }: { readonly one: Key; readonly isOn: boolean; readonly turn: () => void }): ReactElement {
  const name = useSnapshot((snapshot) => snapshot.identities.find((each) => each.id === one.identity)?.name)
  const isArmed = one.armedAt !== undefined
  return (
    <li className="q-key">
      <Tick isOn={isOn} isDisabled={isArmed} turn={turn}>
        <b>{name ?? one.name}</b> {name !== undefined && <span className="mono">{one.name}</span>}{' '}
        <span className="s dim">
          from <span className="mono path">{one.from}</span>
        </span>
      </Tick>
      {one.identity !== undefined && <IdText id={one.identity} />}
      {isArmed && (
        <p className="row s c-warn">
          <Glyph shape="triangle" tone="warn" label="armed elsewhere" />
          <span>
            A copy of it is armed at <span className="mono path">{one.armedAt}</span>, so this one stays where it is.
          </span>
        </p>
      )}
    </li>
  )
}

/** Keys that were moved away together. */
function Entry({ entry, plan }: EntryProps): ReactElement {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [to, setTo] = useState('')
  const at = Date.parse(entry.at)
  const { operation } = entry
  const put = (): void => plan({ kind: 'put-back', entry: entry.id, names: [...chosen], ...(to.trim() === '' ? {} : { to: to.trim() }) })
  return (
    <section className="card q-entry" aria-label={closed(entry.why)}>
      <div className="card-h">
        <h2>{closed(entry.why)}</h2>
        <span className="s dim nw">{Number.isNaN(at) ? entry.at : <Moment at={at} />}</span>
      </div>
      <ul className="pad">
        {entry.keys.map((one) => (
          <KeyLine
            key={one.name}
            one={one}
            isOn={chosen.includes(one.name)}
            turn={() => setChosen(chosen.includes(one.name) ? chosen.filter((each) => each !== one.name) : [...chosen, one.name])}
          />
        ))}
        {entry.keys.length === 0 && <li className="s mid">There is no key in it any more.</li>}
      </ul>
      <div className="pad q-foot">
        <details>
          <summary className="s">Put it into another node’s folder</summary>
          <PathField label="Data folder" hint="Empty: where it came from" kind="folder" value={to} set={setTo} />
        </details>
        <div className="row">
          <span className="mono s dim path grow">{entry.path}</span>
          {operation !== undefined && (
            <button type="button" className="btn quiet sm" onClick={() => go({ room: 'migrate', part: 'operation', file: operation })}>
              Show the operation
            </button>
          )}
          <button type="button" className="btn sm" disabled={chosen.length === 0} onClick={put}>
            {chosen.length === 0 ? 'Put back…' : `Put back ${plural(chosen.length, 'key')}…`}
          </button>
        </div>
      </div>
    </section>
  )
}

const ask = () => api().operations.quarantine()

/** Keys that were taken out of nodes: why, when, from where, and back when that is safe. */
export function QuarantinePage({ plan }: { readonly plan: (request: ParsedPlanRequest) => void }): ReactElement {
  const { value, fault, reload } = useLoad(ask)
  const keys = value?.reduce((sum, entry) => sum + entry.keys.length, 0) ?? 0
  return (
    <>
      <header className="head">
        <div>
          <Crumb here="Quarantine" />
          <h1>
            {value === undefined
              ? 'Quarantine'
              : keys === 0
                ? 'No key is in quarantine'
                : `${plural(keys, 'key')} in quarantine, none of them can start`}
          </h1>
          <p className="mid">
            Keys are never deleted: what must not start any more lies here. Putting one back is planned like everything else.
          </p>
        </div>
      </header>
      <FaultNote fault={fault} retry={reload} />
      {value === undefined ? (
        fault === undefined && <Skeleton rows={4} step="Reading the quarantine" />
      ) : (
        <div className="plan-scroll">
          {value.map((entry) => (
            <Entry key={entry.id} entry={entry} plan={plan} />
          ))}
          {value.length === 0 && (
            <Empty why="Nothing was ever taken out of a node here." action={{ label: 'To Migrate', run: () => go({ room: 'migrate' }) }} />
          )}
        </div>
      )}
    </>
  )
}
