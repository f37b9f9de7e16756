import { useCallback, useMemo, type ReactElement } from 'react'
import { shortId } from '../../../shared/domain/ids.ts'
import { Tick } from '../../components/tick.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { changeAdd, type AddDraft } from '../../state/init.ts'
import { inventoryOf, useScan } from '../../state/scan.ts'
import { useSnapshot } from '../../state/store.ts'
import { idOf } from './draft.ts'

const WAYS = [
  { way: 'new', word: 'A new key', text: 'Made here when you begin. It goes into a backup before the first byte is written.' },
  { way: 'existing', word: 'A key that is here', text: 'A key that lies in your node or is held here, and has no PoS data yet.' },
  { way: 'public', word: 'Only a public key', text: 'Data for another machine. The private key never comes near this one.' },
] as const

interface Candidate {
  readonly id: string
  readonly name: string
  readonly where: string
}

/** Keys that are here and have no PoS data. */
function useCandidates(): readonly Candidate[] {
  const { value: held } = useLoad(useCallback(() => api().keys.held(), []))
  const inventory = inventoryOf(useScan().value)
  const identities = useSnapshot((snapshot) => snapshot.identities)
  return useMemo(() => {
    const withData = new Set((identities ?? []).filter((one) => (one.sizeBytes ?? 0) > 0).map((one) => one.id))
    const found = new Map<string, Candidate>()
    for (const one of identities ?? [])
      if (!withData.has(one.id) && one.status.kind === 'incomplete') found.set(one.id, { id: one.id, name: one.name, where: 'in the node' })
    for (const one of held ?? [])
      if (!withData.has(one.identity)) found.set(one.identity, { id: one.identity, name: one.name, where: 'held here' })
    for (const one of inventory?.identities ?? [])
      if (one.key === 'here' && one.data === 'missing' && !withData.has(one.id) && !found.has(one.id))
        found.set(one.id, { id: one.id, name: one.nickname ?? shortId(one.id), where: one.copies[0]?.path ?? 'on this machine' })
    return [...found.values()]
  }, [held, identities, inventory])
}

function NameField({ draft, label, hint }: { readonly draft: AddDraft; readonly label: string; readonly hint: string }): ReactElement {
  return (
    <div className="field">
      <label htmlFor="add-name">{label}</label>
      <span className="input">
        <input
          id="add-name"
          maxLength={60}
          value={draft.name}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => changeAdd({ name: event.target.value })}
        />
      </span>
      <p className="s">{hint}</p>
    </div>
  )
}

function IdField({ draft, label }: { readonly draft: AddDraft; readonly label: string }): ReactElement {
  const isWrong = draft.id.trim() !== '' && idOf(draft.id) === undefined
  return (
    <div className="field">
      <label htmlFor="add-id">{label}</label>
      <span className={isWrong ? 'input mono wrong' : 'input mono'}>
        <input
          id="add-id"
          maxLength={80}
          value={draft.id}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={isWrong}
          aria-describedby="add-id-hint"
          onChange={(event) => changeAdd({ id: event.target.value })}
        />
      </span>
      <p className={isWrong ? 's c-bad' : 's'} id="add-id-hint">
        {isWrong ? 'This is no identity: 64 hex characters, or 44 in base64.' : '64 hex characters, or 44 in base64'}
      </p>
    </div>
  )
}

function ExistingKeys({ draft }: { readonly draft: AddDraft }): ReactElement {
  const candidates = useCandidates()
  const chosen = idOf(draft.id)
  return (
    <>
      {candidates.length === 0 ? (
        <p className="mid">No key without PoS data is known here. Paste the id of one that lies in your node.</p>
      ) : (
        <fieldset className="plain col">
          <legend className="label">Keys without PoS data</legend>
          {candidates.map((one) => (
            <Tick key={one.id} type="radio" name="existing" isOn={chosen === one.id} turn={() => changeAdd({ id: one.id, name: one.name })}>
              <b>{one.name}</b> <span className="mono dim">{shortId(one.id)}</span> <span className="s dim">{one.where}</span>
            </Tick>
          ))}
        </fieldset>
      )}
      <IdField draft={draft} label="Its id" />
    </>
  )
}

/** First step: whose key the new data is bound to. */
export function KeyStep({ draft }: { readonly draft: AddDraft }): ReactElement {
  return (
    <section className="card pad col g16" aria-labelledby="add-key">
      <h2 id="add-key">Key</h2>
      <fieldset className="plain col">
        <legend className="sr">Key of the new identity</legend>
        {WAYS.map(({ way, word, text }) => (
          <Tick key={way} type="radio" name="way" isOn={draft.way === way} turn={() => changeAdd({ way })}>
            <b>{word}</b>
            <span className="mid block">{text}</span>
          </Tick>
        ))}
      </fieldset>
      <hr />
      {draft.way === 'new' && <NameField draft={draft} label="Name" hint="Only for you; the network never sees it." />}
      {draft.way === 'existing' && <ExistingKeys draft={draft} />}
      {draft.way === 'public' && (
        <>
          <IdField draft={draft} label="Public key" />
          <NameField draft={draft} label="Name, if you like" hint="Only for you; the network never sees it." />
        </>
      )}
    </section>
  )
}
