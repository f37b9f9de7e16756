import { useCallback, useId, useState, type ReactElement } from 'react'
import type { KeyConflict } from '../../../shared/domain/guard.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { IdText } from '../../components/id-text.tsx'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { useSnapshot } from '../../state/store.ts'

const FIRST = 5
const ASKED = 8

interface Props {
  readonly conflict: KeyConflict
  /** Tells what is true now, after the conflict has left the list. */
  readonly tell: (sentence: string) => void
}

/** Lets the node start all the same: only against a copy that does not run, and only with the id's end typed. */
function Override({ conflict }: { readonly conflict: KeyConflict }): ReactElement {
  const id = useId()
  const action = useAction()
  const [typed, setTyped] = useState('')
  const isRight = typed.trim().toLowerCase() === conflict.identity.slice(-ASKED)
  const override = async (): Promise<void> => {
    const done = await action.run(() => api().keys.override({ conflict: conflict.key, typed: typed.trim().toLowerCase() }))
    if (done?.ok === true) setTyped('')
  }
  return (
    <details className="override">
      <summary className="s">Start the node all the same</summary>
      <p className="s mid">
        Only when you know that the other node never starts with this key. If it does, the identity is banned for ever. Type the last{' '}
        {ASKED} characters of its id in hex: <span className="mono">{conflict.identity.slice(-ASKED)}</span>
      </p>
      <div className="row">
        <label htmlFor={id} className="sr">
          Last {ASKED} characters of the id
        </label>
        <span className="input mono typed">
          <input id={id} value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        </span>
        <button type="button" className="btn sm" disabled={!isRight || action.isBusy} onClick={() => void override()}>
          Let it start…
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </details>
  )
}

function Conflict({ conflict, tell }: Props): ReactElement {
  const action = useAction()
  const isRunning = conflict.grade === 'running'
  const cut = conflict.sentence.indexOf('. ')
  const first = cut < 0 ? conflict.sentence : conflict.sentence.slice(0, cut + 1)
  const disarm = async (): Promise<void> => {
    const done = await action.run(() => api().keys.disarm({ identity: conflict.identity, path: conflict.there }))
    if (done?.ok === true) tell(`The copy is disarmed. It lies whole in ${done.value.quarantined}, and nothing loads it there.`)
  }
  return (
    <section
      className={isRunning ? 'banner conflict' : 'banner warn conflict'}
      aria-label={`One key, two nodes: ${shortId(conflict.identity)}, ${conflict.by}`}
    >
      <Glyph
        shape={isRunning ? 'octagon' : 'alert'}
        tone={isRunning ? 'bad' : 'warn'}
        label={isRunning ? 'runs elsewhere' : 'armed twice'}
      />
      <div className="grow">
        <p>
          <b>{first}</b>
          <span className="mid">{conflict.sentence.slice(first.length)}</span>
        </p>
        <dl>
          <dt>Identity</dt>
          <dd>
            <IdText id={conflict.identity} />
          </dd>
          <dt>Our node loads</dt>
          <dd className="mono path">{conflict.here}</dd>
          <dt>The other one</dt>
          <dd className="mono path">{conflict.there}</dd>
          <dt>{isRunning ? 'Runs now' : 'Started by'}</dt>
          <dd>
            {conflict.by}
            {conflict.pid === undefined ? '' : `, process ${conflict.pid}`}
          </dd>
        </dl>
        {isRunning ? (
          <p>Stop {conflict.by} first. While it runs, our node does not start with this key, and there is no way round it.</p>
        ) : (
          <div className="row">
            <button type="button" className="btn" disabled={action.isBusy} onClick={() => void disarm()}>
              Disarm the copy…
            </button>
            <span className="s mid">It is moved aside whole; nothing is deleted.</span>
          </div>
        )}
        <FaultNote fault={action.fault} close={action.clear} />
        {conflict.overriddenAt !== undefined && (
          <p className="s mid">
            You said at <Moment at={conflict.overriddenAt} /> that our node may start all the same.
          </p>
        )}
        {!isRunning && conflict.overriddenAt === undefined && <Override conflict={conflict} />}
      </div>
    </section>
  )
}

/** Nodes whose keys may not be read: said, as nobody knows whether one of ours is among them. */
function BlindSpots({ conflicts }: { readonly conflicts: readonly KeyConflict[] | undefined }): ReactElement | null {
  const { value, fault, reload } = useLoad(
    useCallback(() => {
      // Asked again when the conflicts change: then another node came or went.
      void conflicts
      return api().keys.blindSpots()
    }, [conflicts]),
  )
  if (fault !== undefined) return <FaultNote fault={fault} close={reload} />
  if (value === undefined || value.length === 0) return null
  return (
    <div className="banner info" role="note">
      <Glyph shape="question" tone="dim" label="not seen" />
      <ul className="grow">
        {value.map((sentence) => (
          <li key={sentence} className="path">
            {closed(sentence)}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Keys that could run twice, the running ones first: both places, what starts the other, what to do. */
export function Conflicts(): ReactElement {
  const conflicts = useSnapshot((snapshot) => snapshot.conflicts)
  const [told, setTold] = useState<string>()
  const [isAll, setAll] = useState(false)
  const sorted = (conflicts ?? []).toSorted(
    (a, b) => Number(b.grade === 'running') - Number(a.grade === 'running') || (a.overriddenAt ?? 0) - (b.overriddenAt ?? 0),
  )
  return (
    <>
      <BlindSpots conflicts={conflicts} />
      {told !== undefined && (
        <div className="banner ok" role="status">
          <Glyph shape="disc-tick" tone="ok" label="disarmed" />
          <span className="grow path">{told}</span>
          <button type="button" className="btn sm quiet" onClick={() => setTold(undefined)}>
            Close
          </button>
        </div>
      )}
      {sorted.slice(0, isAll ? undefined : FIRST).map((conflict) => (
        <Conflict key={conflict.key} conflict={conflict} tell={setTold} />
      ))}
      {!isAll && sorted.length > FIRST && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          Show {sorted.length - FIRST} more keys that could run twice
        </button>
      )}
    </>
  )
}
