import { Fragment, useState, type ReactElement } from 'react'
import type { BackupEntry, BackupState } from '../../../shared/domain/backup.ts'
import { bytes, plural } from '../../../shared/domain/words.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { Badge } from '../../components/badge.tsx'
import { lookOfBackup, lookOfDrill } from '../../components/backup-look.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { useNow } from '../../components/use-now.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'
import { agoWords, inWords } from './words.ts'

interface Props {
  readonly state: BackupState
  readonly drill: (entry: BackupEntry) => void
}

function lastTitle(entry: BackupEntry): string {
  const drill = entry.drills[0]?.is
  if (drill === 'passed') return 'Last backup can be opened'
  return drill === 'failed' ? 'Last backup does not open' : 'Last backup waits for its drill'
}

/** The newest backup: made, drilled, where, and how it opens without us. */
function LastBackup({ state, drill }: Props): ReactElement {
  const now = useNow()
  const { summary } = state
  const last = state.entries.toSorted((a, b) => b.madeAt - a.madeAt)[0]
  const look = last?.drills[0]?.is === 'passed' ? lookOfDrill(last.drills[0]) : lookOfBackup(summary.is)
  if (last === undefined) {
    return (
      <section className="card pad" aria-label="Last backup">
        <div className="row">
          <Glyph shape={look.shape} tone={look.tone} label={look.word} />
          <h2>{summary.sentence}</h2>
        </div>
        <p className="mid">A lost key makes its PoS data worthless, and nobody can make the key again.</p>
      </section>
    )
  }
  const drilled = last.drills[0]
  return (
    <section className="card pad" aria-label="Last backup">
      <div className="row last-title">
        <Glyph shape={look.shape} tone={look.tone} label={look.word} />
        <h2 className="grow">{lastTitle(last)}</h2>
        <button type="button" className="btn sm" onClick={() => drill(last)}>
          Drill now…
        </button>
      </div>
      <dl>
        <dt>Made</dt>
        <dd>
          <Moment at={last.madeAt} /> <span className="dim">{agoWords(last.madeAt, now)}</span>
        </dd>
        <dt>Drill</dt>
        <dd>
          {drilled === undefined ? (
            'not yet'
          ) : (
            <>
              {lookOfDrill(drilled).word} <Moment at={drilled.at} /> <span className="dim">{agoWords(drilled.at, now)}</span>
            </>
          )}
        </dd>
        {summary.nextDrillAt !== undefined && (
          <>
            <dt>Next drill</dt>
            <dd>
              due <Moment at={summary.nextDrillAt} /> <span className="dim">{inWords(summary.nextDrillAt, now)}</span>
            </dd>
          </>
        )}
        <dt>Where</dt>
        <dd>
          {last.placeLabel}, {bytes(last.bytes)}
          {last.isThere ? '' : `, last seen ${agoWords(last.lastSeenAt, now)}`}
        </dd>
        <dt>Opens without us</dt>
        <dd className="mono">age -d, then unzip</dd>
      </dl>
      {drilled !== undefined && drilled.is !== 'passed' && <p className="mid last-why">{closed(drilled.sentence)}</p>}
    </section>
  )
}

const FEW = 3

/** Identities whose key is in no good backup, by name. */
function Newer({ state }: { readonly state: BackupState }): ReactElement | null {
  const identities = useSnapshot((snapshot) => snapshot.identities)
  const { missing } = state.summary
  if (missing.length === 0) return null
  const names = missing.slice(0, FEW).map((id) => identities?.find((one) => one.id === id)?.name ?? shortId(id))
  const rest = missing.length - names.length
  const who = rest > 0 ? `${names.join(', ')} and ${rest} more are` : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`
  return (
    <section className="banner warn newer" aria-label="Not in a backup">
      <Glyph shape="triangle" tone="warn" label="warning" />
      <p>
        <b>{who} in no good backup.</b>{' '}
        <span className="mid">
          {missing.length === 1
            ? 'Its key is lost with its disk. A new backup covers it.'
            : 'Their keys are lost with their disk. A new backup covers them.'}
        </span>
      </p>
    </section>
  )
}

function EntryMore({ entry, drill }: { readonly entry: BackupEntry; readonly drill: (entry: BackupEntry) => void }): ReactElement {
  const action = useAction()
  const last = entry.drills[0]
  return (
    <div className="entry-more">
      <span className="mono path s">{entry.file}</span>
      <span className="s mid">
        {bytes(entry.bytes)}, opened by {entry.openedBy === 'both' ? 'passphrase or recipient' : entry.openedBy}
        {last === undefined ? '.' : `. ${closed(last.sentence)}`}
      </span>
      <FaultNote fault={action.fault} close={action.clear} />
      <span className="row">
        <button type="button" className="btn sm" onClick={() => drill(entry)}>
          Drill now…
        </button>
        <button type="button" className="btn sm" onClick={() => go({ room: 'backups', part: 'restore', file: entry.file })}>
          Restore…
        </button>
        <button
          type="button"
          className="btn sm quiet"
          disabled={action.isBusy}
          title="Takes it off this list; its file stays"
          onClick={() => void action.run(() => api().backup.forget({ id: entry.id }))}
        >
          Take off the list
        </button>
      </span>
    </div>
  )
}

function History({ state, drill }: Props): ReactElement | null {
  const now = useNow()
  const [open, setOpen] = useState<string>()
  if (state.entries.length === 0) return null
  return (
    <section className="card" aria-labelledby="history-title">
      <div className="card-h">
        <h2 id="history-title">History</h2>
        <span className="s dim">{plural(state.entries.length, 'backup')}</span>
      </div>
      <table>
        <thead>
          <tr>
            <th>Made</th>
            <th>Place</th>
            <th className="r">Keys</th>
            <th>Drill</th>
          </tr>
        </thead>
        <tbody>
          {state.entries
            .toSorted((a, b) => b.madeAt - a.madeAt)
            .map((entry) => (
              <Fragment key={entry.id}>
                <tr>
                  <td className="nw">
                    <button
                      type="button"
                      className="link"
                      aria-expanded={open === entry.id}
                      onClick={() => setOpen((before) => (before === entry.id ? undefined : entry.id))}
                    >
                      <Moment at={entry.madeAt} />
                    </button>
                  </td>
                  <td>
                    {entry.placeLabel}
                    {!entry.isThere && <div className="s dim">last seen {agoWords(entry.lastSeenAt, now)}</div>}
                  </td>
                  <td className="r">{entry.identities.length}</td>
                  <td>
                    <Badge look={lookOfDrill(entry.drills[0])} />
                  </td>
                </tr>
                {open === entry.id && (
                  <tr>
                    <td colSpan={4}>
                      <EntryMore entry={entry} drill={drill} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
        </tbody>
      </table>
    </section>
  )
}

/** How the backups stand, beside the making of the next one. */
export function StatusColumn(props: Props): ReactElement {
  return (
    <>
      <LastBackup {...props} />
      <Newer state={props.state} />
      <History {...props} />
      <section className="card pad row g16" aria-label="Restore">
        <p className="grow mid">A restore first shows what would come back, refuses a key that lives elsewhere and never overwrites.</p>
        <button type="button" className="btn" onClick={() => go({ room: 'backups', part: 'restore' })}>
          Restore…
        </button>
      </section>
    </>
  )
}
