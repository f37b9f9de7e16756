import './history.css'
import { useState, type ReactElement } from 'react'
import { useSnapshot } from '../../state/store.ts'
import { EntriesTable } from './entries-table.tsx'
import { AllProofs } from './all-proofs.tsx'

const KINDS = [
  ['all', 'Everything'],
  ['node-event', 'Node'],
  ['process', 'Processes'],
  ['status', 'Status'],
  ['alarm', 'Alarms'],
  ['notification', 'Messages'],
] as const

/** What happened: entries and proofs, by identity and kind, newest first. */
export function HistoryPage(): ReactElement {
  const [tab, setTab] = useState<'entries' | 'proofs'>('entries')
  const [identity, setIdentity] = useState('')
  const [kind, setKind] = useState('all')
  const identities = useSnapshot((snapshot) => snapshot.identities) ?? []
  const only = identity === '' ? undefined : identity
  return (
    <>
      <header className="head">
        <div>
          <h1>History</h1>
        </div>
        <div className="history-tools">
          <span className="seg" role="group" aria-label="What to show">
            {(['entries', 'proofs'] as const).map((one) => (
              <button key={one} type="button" className={tab === one ? 'on' : ''} aria-pressed={tab === one} onClick={() => setTab(one)}>
                {one === 'entries' ? 'Events' : 'Proofs'}
              </button>
            ))}
          </span>
          {tab === 'entries' && (
            <label className="input">
              <span className="dim">Kind</span>
              <select value={kind} onChange={(event) => setKind(event.target.value)}>
                {KINDS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          )}
          <label className="input">
            <span className="dim">Identity</span>
            <select value={identity} onChange={(event) => setIdentity(event.target.value)}>
              <option value="">All</option>
              {identities.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      {tab === 'entries' ? <EntriesTable key={identity} identity={only} kind={kind} /> : <AllProofs key={identity} identity={only} />}
    </>
  )
}
