import { useId, useState, type ReactElement } from 'react'
import type { BackupPlace, BackupState } from '../../../shared/domain/backup.ts'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import { Badge } from '../../components/badge.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { isRepeated, NOTHING_CHOSEN, PassphraseFields, type Chosen } from './passphrase.tsx'
import { keysWord, readRecipients, VERDICTS } from './words.ts'

/** Where it goes and who can open it. The passphrase is handed over once and kept by nobody. */
export interface Destination {
  readonly folder: string
  readonly passphrase?: string
  readonly recipients: readonly string[]
  readonly remember: boolean
}

const askPlaces = (): Promise<Result<readonly BackupPlace[]>> => api().backup.places()

/** The place that is chosen at first: the one of the schedule, else a disk of its own. */
export function firstPlace(places: readonly BackupPlace[], folder: string | null): string | undefined {
  const writable = places.filter((one) => one.isWritable)
  return (writable.find((one) => one.folder === folder) ?? writable.find((one) => one.verdict === 'own-disk'))?.folder
}

interface PlacesProps {
  readonly places: readonly BackupPlace[]
  readonly chosen: string | undefined
  readonly choose: (folder: string) => void
  readonly add: (place: BackupPlace) => void
}

function Places({ places, chosen, choose, add }: PlacesProps): ReactElement {
  const action = useAction()
  const id = useId()
  const other = async (): Promise<void> => {
    const place = await action.run(async (): Promise<Result<BackupPlace | undefined>> => {
      const answer = await api().window.chooseFile({ title: 'Choose a folder for the backup', kind: 'folder' })
      if (!answer.ok) return answer
      if (answer.value.path === undefined) return ok(undefined)
      return api().backup.place({ folder: answer.value.path })
    })
    if (place?.ok === true && place.value !== undefined) add(place.value)
  }
  return (
    <>
      <div role="radiogroup" aria-label="Place">
        {places.map((place) => (
          <label key={place.folder} className="place">
            <input
              type="radio"
              name={id}
              checked={chosen === place.folder}
              disabled={!place.isWritable}
              onChange={() => choose(place.folder)}
            />
            <span className="place-name">
              <b>{place.label}</b>
              <span className="s dim cut" title={place.folder}>
                {place.detail}
              </span>
            </span>
            <span>
              <Badge look={VERDICTS[place.verdict]} />
            </span>
            <span className="r mid s">{place.sentence}</span>
          </label>
        ))}
      </div>
      <div className="pad other-place">
        <button type="button" className="link" disabled={action.isBusy} onClick={() => void other()}>
          Another folder…
        </button>
        <FaultNote fault={action.fault} close={action.clear} />
      </div>
    </>
  )
}

const WAYS = [
  ['passphrase', 'Passphrase'],
  ['recipients', 'age recipients'],
  ['both', 'Both'],
] as const
type Way = (typeof WAYS)[number][0]

interface OpenProps {
  readonly way: Way
  readonly setWay: (way: Way) => void
  readonly chosen: Chosen
  readonly choose: (chosen: Chosen) => void
  readonly recipients: string
  readonly setRecipients: (text: string) => void
  readonly isRemembered: boolean
  readonly setRemembered: (on: boolean) => void
  readonly keyring: BackupState['keyring']
}

function WhoCanOpen(props: OpenProps): ReactElement {
  const { way, keyring } = props
  const id = useId()
  const { bad } = readRecipients(props.recipients)
  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <div className="card-h">
        <h2 id={`${id}-title`} className="grow">
          Who can open it
        </h2>
        <span className="seg">
          {WAYS.map(([one, word]) => (
            <button
              key={one}
              type="button"
              className={way === one ? 'on' : ''}
              aria-pressed={way === one}
              onClick={() => props.setWay(one)}
            >
              {word}
            </button>
          ))}
        </span>
      </div>
      <div className="pad open-fields">
        {way !== 'recipients' && (
          <>
            <PassphraseFields chosen={props.chosen} choose={props.choose} />
            {keyring.is === 'there' ? (
              <Tick isOn={props.isRemembered} turn={() => props.setRemembered(!props.isRemembered)}>
                Remember it for backups that are made by themselves <span className="s dim">{keyring.sentence}</span>
              </Tick>
            ) : (
              <p className="s dim">{keyring.sentence}</p>
            )}
          </>
        )}
        {way !== 'passphrase' && (
          <div className="field">
            <label htmlFor={`${id}-recipients`}>Recipients</label>
            <div className={bad.length > 0 ? 'input mono tall wrong' : 'input mono tall'}>
              <textarea
                id={`${id}-recipients`}
                rows={2}
                value={props.recipients}
                spellCheck={false}
                placeholder="age1…"
                aria-invalid={bad.length > 0}
                aria-describedby={`${id}-hint`}
                onChange={(event) => props.setRecipients(event.target.value)}
              />
            </div>
            <p id={`${id}-hint`} className={bad.length > 0 ? 's c-bad' : 's'}>
              {bad.length > 0
                ? `${bad[0] ?? ''} is no age recipient; one begins with age1.`
                : 'One a line. Whoever holds the identity file of one of them opens the backup.'}
            </p>
          </div>
        )}
      </div>
    </section>
  )
}

interface Props {
  readonly state: BackupState
  readonly keys: number
  readonly folder: string | undefined
  readonly setFolder: (folder: string) => void
  readonly back: () => void
  readonly write: (destination: Destination) => void
}

/** Why it cannot begin yet. */
function missingOf(folder: string | undefined, way: Way, chosen: Chosen, recipients: string): string | undefined {
  if (folder === undefined) return 'Choose a place.'
  const { good, bad } = readRecipients(recipients)
  if (way !== 'passphrase' && (good.length === 0 || bad.length > 0)) return 'Give at least one age recipient.'
  if (way === 'recipients') return undefined
  if (chosen.passphrase === '') return 'Give a passphrase, or let one be suggested.'
  if (isRepeated(chosen)) return undefined
  return chosen.suggested === undefined ? 'Type the passphrase again.' : `Type word ${chosen.suggested.asked + 1} again.`
}

/** Step 2: where to, and who can open it. */
export function PlaceStep({ state, keys, folder, setFolder, back, write }: Props): ReactElement {
  const { value, fault, reload } = useLoad(askPlaces)
  const [added, setAdded] = useState<readonly BackupPlace[]>([])
  const [way, setWay] = useState<Way>('passphrase')
  const [chosen, choose] = useState<Chosen>(NOTHING_CHOSEN)
  const [recipients, setRecipients] = useState(state.settings.recipients.join('\n'))
  const [isRemembered, setRemembered] = useState(false)
  const places = [...(value ?? []), ...added.filter((one) => value?.every((known) => known.folder !== one.folder) ?? true)]
  const target = folder ?? firstPlace(places, state.settings.folder)
  const missing = missingOf(target, way, chosen, recipients)
  const begin = (): void => {
    if (target === undefined || missing !== undefined) return
    choose(NOTHING_CHOSEN)
    write({
      folder: target,
      ...(way === 'recipients' ? {} : { passphrase: chosen.passphrase }),
      recipients: way === 'passphrase' ? [] : readRecipients(recipients).good,
      remember: isRemembered && way !== 'recipients' && state.keyring.is === 'there',
    })
  }
  return (
    <>
      <section className="card" aria-label="Where to">
        <div className="card-h">
          <h2>Place</h2>
          <span className="s dim">best on a disk that holds nothing else of yours</span>
        </div>
        <FaultNote fault={fault} retry={reload} />
        {value === undefined && fault === undefined ? (
          <Skeleton rows={3} step="Looking at the mounted volumes" />
        ) : (
          <Places
            places={places}
            chosen={target}
            choose={setFolder}
            add={(place) => {
              setAdded((before) => [...before.filter((one) => one.folder !== place.folder), place])
              if (place.isWritable) setFolder(place.folder)
            }}
          />
        )}
      </section>
      <WhoCanOpen {...{ way, setWay, chosen, choose, recipients, setRecipients, isRemembered, setRemembered }} keyring={state.keyring} />
      <footer className="row between step-foot">
        <span className="dim s" id="write-hint">
          {missing ?? `It is then read back, decrypted, and ${keys === 1 ? 'its key is' : `all ${keysWord(keys)} are`} compared.`}
        </span>
        <span className="row">
          <button type="button" className="btn" onClick={back}>
            Back
          </button>
          <button type="button" className="btn primary" disabled={missing !== undefined} aria-describedby="write-hint" onClick={begin}>
            Write and read back
          </button>
        </span>
      </footer>
    </>
  )
}
