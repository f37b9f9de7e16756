import { useEffect, useRef, useState, type ReactElement } from 'react'
import type { BackupEntry, BackupState, DrillResult } from '../../../shared/domain/backup.ts'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import { lookOfDrill } from '../../components/backup-look.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { JobProgress } from './read-back.tsx'
import { SecretForm } from './secret-form.tsx'

interface Props {
  readonly entry: BackupEntry
  readonly state: BackupState
  readonly close: () => void
}

/** Proves that one backup opens: decrypts it, checks its manifest, compares its keys with those that are here. */
export function DrillDialog({ entry, state, close }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  const action = useAction()
  const [result, setResult] = useState<DrillResult>()
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  const mustType = state.summary.mustTypePassphrase
  const running = state.running?.job === 'drill' ? state.running : undefined
  const look = lookOfDrill(result)
  const drill = async (secret: Secret): Promise<void> => {
    const answer = await action.run(() => api().backup.drill({ id: entry.id, secret }))
    if (answer?.ok === true) setResult(answer.value)
  }
  const closer = (
    <button type="button" className="btn" onClick={() => dialog.current?.close()}>
      Close
    </button>
  )
  return (
    <dialog ref={dialog} className="card node-panel" aria-labelledby="drill-title" onClose={close}>
      <h2 id="drill-title">
        Can the backup of <Moment at={entry.madeAt} /> be opened?
      </h2>
      <p className="mid">
        It is decrypted in memory, its manifest is checked, and its keys are compared with those that are here. Nothing is written to a
        disk. {mustType ? 'This time the passphrase is typed: a remembered one proves only the file, not that you know it.' : ''}
      </p>
      <FaultNote fault={action.fault} close={action.clear} />
      {result !== undefined && (
        <p className="row drill-result" role="status">
          <Glyph shape={look.shape} tone={look.tone} label={look.word} />
          <span>
            <b>Drill {look.word}.</b> {closed(result.sentence)}
          </span>
        </p>
      )}
      {running !== undefined && <JobProgress progress={running} cancel={() => void api().backup.cancel()} />}
      {result === undefined ? (
        <SecretForm
          verb="Drill now"
          isBusy={action.isBusy || running !== undefined}
          canUseRemembered={state.settings.isRemembered && !mustType}
          firstWay={entry.openedBy === 'recipients' ? 'file' : 'typed'}
          submit={(secret) => void drill(secret)}
        >
          {closer}
        </SecretForm>
      ) : (
        <div className="row">{closer}</div>
      )}
    </dialog>
  )
}
