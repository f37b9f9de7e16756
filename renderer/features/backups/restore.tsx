import { useId, useState, type ReactElement } from 'react'
import type { BackupState, RestorePlan, RestoreReport } from '../../../shared/domain/backup.ts'
import { ok } from '../../../shared/domain/fault.ts'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Moment } from '../../components/time.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { JobProgress } from './read-back.tsx'
import { RestoreTable } from './restore-table.tsx'
import { SecretForm } from './secret-form.tsx'

interface PickProps {
  readonly state: BackupState
  readonly file: string | undefined
  readonly setFile: (file: string) => void
}

/** Which backup: one of the list, or any file. */
function PickFile({ state, file, setFile }: PickProps): ReactElement {
  const id = useId()
  const action = useAction()
  const known = state.entries.filter((entry) => entry.isThere)
  const choose = async (): Promise<void> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title: 'Choose a backup', kind: 'file' })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok === true && chosen.value !== undefined) setFile(chosen.value)
  }
  return (
    <div className="ticks" role="radiogroup" aria-label="Which backup">
      {known.map((entry) => (
        <Tick key={entry.id} type="radio" name={id} isOn={file === entry.file} turn={() => setFile(entry.file)}>
          <b>{entry.placeLabel}</b>, <Moment at={entry.madeAt} /> <span className="mono path s dim">{entry.file}</span>
        </Tick>
      ))}
      {file !== undefined && known.every((entry) => entry.file !== file) && (
        <Tick type="radio" name={id} isOn turn={() => setFile(file)}>
          <span className="mono path">{file}</span>
        </Tick>
      )}
      <div className="row">
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void choose()}>
          Choose a file…
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </div>
  )
}

function Report({ report, plan }: { readonly report: RestoreReport; readonly plan: RestorePlan }): ReactElement {
  const nameOf = (id: string): string => plan.items.find((item) => item.id === id)?.name ?? id
  const { done, refused } = report
  const title = done.length === 0 ? 'Nothing was placed' : `${done.length} of ${done.length + refused.length} came back`
  return (
    <section className="card pad report" aria-labelledby="report-title">
      <h2 id="report-title">{title}</h2>
      <span className="sr" role="status">
        {title}
      </span>
      <ul>
        {done.map(({ id, sentence }) => (
          <li key={id}>
            <Glyph shape="disc-tick" tone="ok" label="came back" />
            <span>
              <b>{nameOf(id)}</b> {sentence}
            </span>
          </li>
        ))}
        {refused.map(({ id, sentence }) => (
          <li key={id}>
            <Glyph shape="cross" tone="bad" label="refused" />
            <span>
              <b>{nameOf(id)}</b> {sentence}
            </span>
          </li>
        ))}
      </ul>
      <div className="row">
        <button type="button" className="btn primary" onClick={() => go({ room: 'identities' })}>
          To the identities
        </button>
        <button type="button" className="btn" onClick={() => go({ room: 'backups' })}>
          To the backups
        </button>
      </div>
    </section>
  )
}

interface Props {
  readonly state: BackupState
  readonly file: string | undefined
}

/** Which backup and what opens it, then what would come back, then what came back. */
export function Restore({ state, file: given }: Props): ReactElement {
  const action = useAction()
  const [file, setFile] = useState(given)
  const [plan, setPlan] = useState<RestorePlan>()
  const [report, setReport] = useState<RestoreReport>()
  const running = state.running?.job === 'open' || state.running?.job === 'restore' ? state.running : undefined
  const isRecipients = state.entries.find((entry) => entry.file === file)?.openedBy === 'recipients'
  const open = async (secret: Secret): Promise<void> => {
    if (file === undefined) return
    const answer = await action.run(() => api().backup.open({ file, secret }))
    if (answer?.ok === true) setPlan(answer.value)
  }
  const restore = async (items: readonly string[]): Promise<void> => {
    if (plan === undefined) return
    const answer = await action.run(() => api().backup.restore({ token: plan.token, items: [...items] }))
    if (answer?.ok === true) setReport(answer.value)
  }
  return (
    <>
      <FaultNote fault={action.fault} close={action.clear} />
      {running !== undefined && (
        <section className="card pad" aria-label="At work">
          <JobProgress progress={running} cancel={() => void api().backup.cancel()} />
        </section>
      )}
      {plan === undefined ? (
        <section className="card pad restore-open" aria-label="Open a backup">
          <h2>Which backup, and what opens it</h2>
          <PickFile state={state} file={file} setFile={setFile} />
          {file === undefined ? (
            <p className="s dim">Any archive of Smeshkeeper opens here, also one from another machine.</p>
          ) : (
            <SecretForm
              key={file}
              verb="Open and compare"
              isBusy={action.isBusy || running !== undefined}
              canUseRemembered={state.settings.isRemembered}
              firstWay={isRecipients ? 'file' : 'typed'}
              submit={(secret) => void open(secret)}
            />
          )}
        </section>
      ) : report === undefined ? (
        <RestoreTable
          plan={plan}
          isBusy={action.isBusy || running !== undefined}
          restore={(items) => void restore(items)}
          another={() => setPlan(undefined)}
        />
      ) : (
        <Report report={report} plan={plan} />
      )}
    </>
  )
}
