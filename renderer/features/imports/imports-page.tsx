import './imports.css'
import type { ReactElement } from 'react'
import { plural } from '../../../shared/domain/words.ts'
import type { ImportProposal } from '../../../shared/ipc/keys-contract.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { useAction, type Action } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { inventoryOf, useScan } from '../../state/scan.ts'
import { useSnapshot } from '../../state/store.ts'

/** What would be watched, in the keeper's sentences, and the one button. */
function Proposal({ proposal, action }: { readonly proposal: ImportProposal; readonly action: Action }): ReactElement {
  const apply = async (): Promise<void> => {
    const applied = await action.run(() => api().imports.apply({ id: proposal.id }))
    if (applied?.ok === true) go({ room: 'now' })
  }
  return (
    <section className="card proposal" aria-label={proposal.label}>
      <div className="card-h">
        <h2>{proposal.label}</h2>
      </div>
      <ul className="pad">
        {proposal.sentences.map((sentence) => (
          <li key={sentence}>
            <Glyph shape="info" tone="accent" />
            <span>{sentence}</span>
          </li>
        ))}
        {proposal.problems.map((problem) => (
          <li key={problem}>
            <Glyph shape="triangle" tone="warn" label="not carried" />
            <span>{problem}</span>
          </li>
        ))}
      </ul>
      <div className="pad row proposal-end">
        {proposal.setup === null ? (
          <>
            <span className="grow s mid">Something is missing that its files do not tell, so it cannot be brought in as it is.</span>
            <button type="button" className="btn" onClick={() => go({ room: 'settings', part: 'node' })}>
              Set it up by hand
            </button>
          </>
        ) : (
          <>
            <span className="grow s dim">Only the set-up of Smeshkeeper is written. Nothing is moved, stopped or restarted.</span>
            <button type="button" className="btn primary" disabled={action.isBusy} onClick={() => void apply()}>
              Bring it in
            </button>
          </>
        )}
      </div>
    </section>
  )
}

/** Keys come first: a word as long as none of them is in a backup. */
function BackupFirst(): ReactElement | null {
  const backup = useSnapshot((snapshot) => snapshot.backup)
  if (backup === undefined || (backup.is !== 'none' && backup.is !== 'incomplete' && backup.is !== 'broken')) return null
  return (
    <div className="banner warn" role="status">
      <Glyph shape="triangle" tone="warn" label="warning" />
      <span className="grow">
        <b>{closed(backup.sentence)}</b>{' '}
        <span className="mid">A lost key makes its PoS data worthless, so back up before anything else.</span>
      </span>
      <button type="button" className="btn sm" onClick={() => go({ room: 'backups' })}>
        Back up
      </button>
    </div>
  )
}

const propose = () => api().imports.propose()

function Proposals({ action }: { readonly action: Action }): ReactElement {
  const { value, fault, reload } = useLoad(propose)
  if (fault?.code === 'scan/never') {
    const search = (): void => void action.run(() => api().scan.begin({ folders: [] }))
    return <Empty why="Nothing was searched yet." action={{ label: 'Search this machine', run: search }} />
  }
  if (fault !== undefined) return <FaultNote fault={fault} retry={reload} />
  if (value === undefined) return <Skeleton rows={3} step="Reading what was found" />
  if (value.length === 0) {
    const byHand = { label: 'Set it up by hand', run: () => go({ room: 'settings', part: 'node' }) }
    return <Empty why="No set-up was found that could be brought in." action={byHand} />
  }
  return (
    <div className="proposals">
      {value.map((proposal) => (
        <Proposal key={proposal.id} proposal={proposal} action={action} />
      ))}
    </div>
  )
}

/** Found set-ups, as they would be brought in. */
export function ImportsPage(): ReactElement {
  const action = useAction()
  const scan = useScan()
  const inventory = inventoryOf(scan.value)
  const running = inventory?.processes.length ?? 0
  return (
    <>
      <header className="head">
        <div>
          <div className="crumb">
            <button type="button" className="link" onClick={() => go({ room: 'identities' })}>
              Identities
            </button>{' '}
            / Bring in
          </div>
          <h1>Bring in what is here: it goes on as it does now</h1>
          <p className="mid">
            {running === 0
              ? 'No program of the network runs here now.'
              : `${plural(running, 'program')} of the network ${running === 1 ? 'runs' : 'run'} here now.`}{' '}
            Whoever starts them keeps starting them; Smeshkeeper watches.
          </p>
        </div>
      </header>
      <BackupFirst />
      <FaultNote fault={action.fault} close={action.clear} />
      {scan.value?.is === 'running' ? (
        <Skeleton rows={3} step="Searching this machine" />
      ) : (
        <Proposals key={inventory?.finishedAt ?? 0} action={action} />
      )}
    </>
  )
}
