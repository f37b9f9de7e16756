import { useCallback, useId, useState, type ReactElement } from 'react'
import type { KnownAtx, PublicationRecord } from '../../../shared/domain/publication.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Left, Moment, usePassed } from '../../components/time.tsx'
import { Tile } from '../../components/tile.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'

const ASKED = 8

interface Released {
  readonly placed: string
  readonly needsRestart: boolean
}

/** Why one key is kept out of the node, until when, and how it is armed. */
export function HoldCard({ identity }: { readonly identity: IdentitySnapshot }): ReactElement | null {
  const id = useId()
  const action = useAction()
  const [typed, setTyped] = useState('')
  const [released, setReleased] = useState<Released>()
  const { hold } = identity
  const isOver = usePassed(hold?.until)
  if (released !== undefined) {
    return (
      <div className="banner ok" role="status">
        <Glyph shape="disc-tick" tone="ok" label="armed" />
        <span className="grow path">
          <b>Armed.</b> Its key is in {released.placed}. {released.needsRestart ? 'The node loads it at its next start.' : ''}
        </span>
      </div>
    )
  }
  if (hold === undefined) return null
  const mustType = hold.code !== 'by-user' && !isOver
  const isRight = typed.trim().toLowerCase() === identity.id.slice(-ASKED)
  const release = async (): Promise<void> => {
    const asked = mustType ? { identity: identity.id, typed: typed.trim().toLowerCase() } : { identity: identity.id }
    const done = await action.run(() => api().keys.release(asked))
    if (done?.ok === true) setReleased(done.value)
  }
  return (
    <section className="card hold" aria-labelledby={`${id}-title`}>
      <div className="card-h">
        <Glyph shape="ring" tone="warn" label="held" />
        <h2 id={`${id}-title`}>Held: its key is out of the node</h2>
        <span className="s dim">
          since <Moment at={hold.since} />
        </span>
      </div>
      <div className="pad facts">
        <p>{hold.reason}</p>
        <p className="mid">
          {hold.until === undefined ? (
            'It stays out until you decide.'
          ) : isOver ? (
            <>
              The time in which it could have published twice is over since <Moment at={hold.until} />. It can be armed.
            </>
          ) : (
            <>
              It stays out until <Moment at={hold.until} />, another <Left at={hold.until} />. Until then, arming it may publish twice in
              one epoch, and that bans it for ever.
            </>
          )}
        </p>
        <div className="row">
          {mustType && (
            <>
              <label htmlFor={id} className="s">
                To arm it now, type the last {ASKED} characters of its id: <span className="mono">{identity.id.slice(-ASKED)}</span>
              </label>
              <span className="input mono typed">
                <input id={id} value={typed} autoComplete="off" spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
              </span>
            </>
          )}
          <button
            type="button"
            className={mustType ? 'btn' : 'btn primary'}
            disabled={action.isBusy || (mustType && !isRight)}
            onClick={() => void release()}
          >
            Arm it…
          </button>
        </div>
        <FaultNote fault={action.fault} close={action.clear} />
      </div>
    </section>
  )
}

/** Identities that are held, at the top of all of them. */
export function HeldList(): ReactElement | null {
  const identities = useSnapshot((snapshot) => snapshot.identities)
  const held = (identities ?? []).filter((one) => one.hold !== undefined)
  if (held.length === 0) return null
  return (
    <section className="card" aria-labelledby="held-title">
      <div className="card-h">
        <Glyph shape="ring" tone="warn" label="held" />
        <h2 id="held-title">Held: {held.length === 1 ? 'one key is' : `${held.length} keys are`} out of the node</h2>
      </div>
      <ul className="held">
        {held.map((identity) => (
          <li key={identity.id}>
            <Tile id={identity.id} colour={identity.colour} />
            <span className="grow">
              <b>{identity.name}</b> <span className="mid">{identity.hold?.reason}</span>
              {identity.hold?.until !== undefined && (
                <span className="s dim">
                  {' '}
                  until <Moment at={identity.hold.until} />
                </span>
              )}
            </span>
            <button
              type="button"
              className="btn sm"
              aria-label={`Why held, ${identity.name}`}
              onClick={() => go({ room: 'identities', identity: identity.id })}
            >
              Why held
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

const SAID: Readonly<Record<KnownAtx['by'], string>> = {
  here: 'published here',
  network: 'seen on the network',
  database: 'local.sql builds on it',
}
const LAST = 6

function Atxs({ record }: { readonly record: PublicationRecord }): ReactElement {
  return (
    <table>
      <thead>
        <tr>
          <th>Epoch</th>
          <th>How it is known</th>
          <th className="r">Seen</th>
        </tr>
      </thead>
      <tbody>
        {record.atxs
          .toReversed()
          .slice(0, LAST)
          .map((atx) => (
            <tr key={`${atx.publishEpoch} ${atx.atxId}`}>
              <td>{atx.publishEpoch}</td>
              <td className="mid">{SAID[atx.by]}</td>
              <td className="r nw">
                <Moment at={atx.seenAt} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  )
}

/** What this identity is known to have published: what a restore and the network are compared with. */
export function RecordCard({ id, since }: { readonly id: string; readonly since: number }): ReactElement | null {
  const { value } = useLoad(
    useCallback(() => {
      // Asked again when the status changes: that is when something was published.
      void since
      return api().keys.record({ identity: id })
    }, [id, since]),
  )
  if (value === undefined || value.atxs.length === 0) return null
  return (
    <section className="card" aria-labelledby="record-title">
      <div className="card-h">
        <h2 id="record-title">Publication record</h2>
        <span className="s dim">{value.atxs.length} ATXs, kept in every backup</span>
      </div>
      <Atxs record={value} />
    </section>
  )
}
