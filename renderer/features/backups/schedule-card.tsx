import { useId, useState, type ReactElement } from 'react'
import type { BackupSettings, BackupState } from '../../../shared/domain/backup.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { readRecipients, scheduleWords } from './words.ts'

/** What is being changed. `passphrase`: typed now, kept in the keyring by the call, and then gone from here. */
interface Draft {
  readonly folder: string | null
  readonly everyDays: string
  readonly keep: string
  readonly recipients: string
  readonly extraFiles: readonly string[]
  readonly withHistory: boolean
  readonly passphrase: string
  readonly forget: boolean
}

const draftOf = (settings: BackupSettings): Draft => ({
  folder: settings.folder,
  everyDays: String(settings.everyDays),
  keep: String(settings.keep),
  recipients: settings.recipients.join('\n'),
  extraFiles: settings.extraFiles,
  withHistory: settings.withHistory,
  passphrase: '',
  forget: false,
})

const wholeIn = (text: string, most: number): number | undefined => {
  const value = Number(text)
  return Number.isInteger(value) && value >= 1 && value <= most ? value : undefined
}

/** Why it cannot be saved yet. */
function problemOf(draft: Draft, isRemembered: boolean): string | undefined {
  if (wholeIn(draft.everyDays, 365) === undefined) return 'Days are a whole number from 1 to 365.'
  if (wholeIn(draft.keep, 1000) === undefined) return 'How many are kept is a whole number from 1 to 1000.'
  const { good, bad } = readRecipients(draft.recipients)
  if (bad.length > 0) return `${bad[0] ?? ''} is no age recipient; one begins with age1.`
  const hasSecret = good.length > 0 || draft.passphrase !== '' || (isRemembered && !draft.forget)
  return draft.folder === null || hasSecret
    ? undefined
    : 'A backup that is made by itself needs an age recipient or a passphrase in the keyring.'
}

interface FormProps {
  readonly state: BackupState
  readonly close: () => void
}

function Remembered({
  state,
  draft,
  set,
}: {
  readonly state: BackupState
  readonly draft: Draft
  readonly set: (part: Partial<Draft>) => void
}): ReactElement {
  const id = useId()
  if (state.keyring.is === 'none') return <p className="s dim">{state.keyring.sentence}</p>
  return (
    <div className="field">
      <label htmlFor={id}>Passphrase for the keyring</label>
      <div className="input mono">
        <input
          id={id}
          type="password"
          autoComplete="off"
          spellCheck={false}
          maxLength={1024}
          placeholder={state.settings.isRemembered ? 'as it is' : 'none'}
          value={draft.passphrase}
          disabled={draft.forget}
          onChange={(event) => set({ passphrase: event.target.value })}
        />
      </div>
      <p className="s">{state.keyring.sentence}</p>
      {state.settings.isRemembered && (
        <Tick isOn={draft.forget} turn={() => set({ forget: !draft.forget, passphrase: '' })}>
          Forget the remembered one
        </Tick>
      )}
    </div>
  )
}

function NumberInput(props: { readonly label: string; readonly value: string; readonly set: (value: string) => void }): ReactElement {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <div className="input">
        <input id={id} type="number" min={1} value={props.value} onChange={(event) => props.set(event.target.value)} />
      </div>
    </div>
  )
}

function ScheduleForm({ state, close }: FormProps): ReactElement {
  const id = useId()
  const action = useAction()
  const [draft, setDraft] = useState(() => draftOf(state.settings))
  const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }))
  const problem = problemOf(draft, state.settings.isRemembered)
  const choose = async (kind: 'file' | 'folder', title: string): Promise<string | undefined> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title, kind })
      return answer.ok ? ok(answer.value.path) : answer
    })
    return chosen?.ok === true ? chosen.value : undefined
  }
  const chooseFolder = async (): Promise<void> => {
    const folder = await choose('folder', 'Choose the folder for backups')
    if (folder !== undefined) set({ folder })
  }
  const addFile = async (): Promise<void> => {
    const file = await choose('file', 'Choose a file to back up')
    if (file !== undefined) setDraft((before) => ({ ...before, extraFiles: [...new Set([...before.extraFiles, file])] }))
  }
  const save = async (): Promise<void> => {
    const { folder, passphrase, forget, extraFiles, withHistory } = draft
    const everyDays = wholeIn(draft.everyDays, 365)
    const keep = wholeIn(draft.keep, 1000)
    if (everyDays === undefined || keep === undefined || problem !== undefined) return
    set({ passphrase: '' })
    const kept = {
      folder,
      everyDays,
      keep,
      recipients: [...readRecipients(draft.recipients).good],
      extraFiles: [...extraFiles],
      withHistory,
    }
    const secret = forget ? { passphrase: null } : passphrase === '' ? {} : { passphrase }
    const saved = await action.run(() => api().backup.configure({ ...kept, ...secret }))
    if (saved?.ok === true) close()
  }
  return (
    <form
      className="secret"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <div className="row">
        <span className="mono path grow">{draft.folder ?? 'no folder: none is made by itself'}</span>
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void chooseFolder()}>
          Choose the folder…
        </button>
        {draft.folder !== null && (
          <button type="button" className="btn sm quiet" onClick={() => set({ folder: null })}>
            None
          </button>
        )}
      </div>
      <div className="numbers">
        <NumberInput label="Every so many days" value={draft.everyDays} set={(everyDays) => set({ everyDays })} />
        <NumberInput label="How many are kept" value={draft.keep} set={(keep) => set({ keep })} />
      </div>
      <div className="field">
        <label htmlFor={id}>age recipients</label>
        <div className="input mono tall">
          <textarea
            id={id}
            rows={2}
            value={draft.recipients}
            placeholder="age1…, one a line"
            spellCheck={false}
            onChange={(event) => set({ recipients: event.target.value })}
          />
        </div>
      </div>
      <Remembered state={state} draft={draft} set={set} />
      <div className="ticks">
        {draft.extraFiles.map((file) => (
          <Tick key={file} isOn turn={() => set({ extraFiles: draft.extraFiles.filter((one) => one !== file) })}>
            <span className="mono path">{file}</span>
          </Tick>
        ))}
        <Tick isOn={draft.withHistory} turn={() => set({ withHistory: !draft.withHistory })}>
          History of proofs <span className="s dim">a second archive beside each</span>
        </Tick>
        <div className="row">
          <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void addFile()}>
            Add a file…
          </button>
        </div>
      </div>
      {problem !== undefined && <p className="s c-warn">{problem}</p>}
      <FaultNote fault={action.fault} close={action.clear} />
      <div className="row">
        <button type="submit" className="btn primary" disabled={problem !== undefined || action.isBusy}>
          Save
        </button>
        <button type="button" className="btn" onClick={close}>
          Leave as it is
        </button>
      </div>
    </form>
  )
}

/** Backups that are made by themselves. */
export function ScheduleCard({ state }: { readonly state: BackupState }): ReactElement {
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="card" aria-labelledby="schedule-title">
      <div className="card-h">
        <h2 id="schedule-title">By itself</h2>
        {!isOpen && (
          <button type="button" className="link s" onClick={() => setOpen(true)}>
            Change…
          </button>
        )}
      </div>
      <div className="pad">
        {isOpen ? <ScheduleForm state={state} close={() => setOpen(false)} /> : <p className="mid">{scheduleWords(state.settings)}</p>}
      </div>
    </section>
  )
}
