import { useEffect, useId, useRef, useState, type ReactElement } from 'react'
import type { Leftover, OperationsState } from '../../../shared/domain/operation.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { IdText } from '../../components/id-text.tsx'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { leftoversChanged, useLeftovers } from '../../state/leftovers.ts'
import { WhyNote } from './why-note.tsx'

const TYPED = 8
const KINDS: Readonly<Record<Leftover['kind'], string>> = { 'moved-source': 'moved', 'retired-data': 'retired' }

interface FormProps {
  readonly leftover: Leftover
  readonly close: () => void
  readonly done: (text: string) => void
}

/** What cannot be undone takes more than a press: the end of the id, then the question of main. */
function RemoveForm({ leftover, close, done }: FormProps): ReactElement {
  const field = useId()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  // The button that was pressed is gone.
  useEffect(() => input.current?.focus(), [])
  const action = useAction()
  const { operation, identity, name, bytes: size } = leftover
  const isTyped = typed.trim().length === TYPED
  const remove = async (): Promise<void> => {
    const removed = await action.run(() => api().operations.removeLeftover({ operation, typed: typed.trim() }))
    if (removed?.ok !== true) return
    done(removed.value.text)
    leftoversChanged()
  }
  return (
    <form
      className="left-form"
      aria-label={`Remove the data of ${name}`}
      onSubmit={(event) => {
        event.preventDefault()
        if (isTyped && !action.isBusy) void remove()
      }}
    >
      <div className="field">
        <label htmlFor={field}>The last {TYPED} characters of its id</label>
        <span className="input mono">
          <input
            id={field}
            ref={input}
            value={typed}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
          />
        </span>
        <p className="s mid">
          This is the identity <IdText id={identity} />. {bytes(size)} go for good; keys and what was never copied stay.
        </p>
      </div>
      <div className="row">
        <button type="button" className="btn" disabled={action.isBusy} onClick={close}>
          Keep it
        </button>
        <button type="submit" className="btn danger" disabled={!isTyped || action.isBusy}>
          {action.isBusy ? 'Removing…' : 'Remove it…'}
        </button>
      </div>
      <WhyNote fault={action.fault} />
    </form>
  )
}

function Item({ leftover, done }: { readonly leftover: Leftover; readonly done: (text: string) => void }): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const { kind, name, folder, bytes: size, since, may, why } = leftover
  return (
    <li className="left" aria-label={`${name}, ${folder}`}>
      <div className="row">
        {may ? <Glyph shape="disc-tick" tone="ok" label="may be removed" /> : <Glyph shape="ring" tone="dim" label="stays" />}
        <p className="grow">
          <b>{name}</b>{' '}
          <span className="mid">
            {KINDS[kind]} <Moment at={since} />
          </span>{' '}
          <span className="mono path">{folder}</span>
        </p>
        {size > 0 && <span className="nw">{bytes(size)}</span>}
        {may && !isOpen && (
          <button type="button" className="btn sm" onClick={() => setOpen(true)}>
            Remove…<span className="sr"> the data of {name}</span>
          </button>
        )}
      </div>
      <p className="s mid left-why">{closed(why)}</p>
      {may && isOpen && <RemoveForm leftover={leftover} close={() => setOpen(false)} done={done} />}
    </li>
  )
}

/** PoS data that moves and retirements left where it was. Nothing of it goes by itself. */
export function Leftovers({ state }: { readonly state: OperationsState }): ReactElement | null {
  const { value = [], fault, reload } = useLeftovers(state)
  const [done, setDone] = useState<string>()
  const free = value.reduce((sum, one) => sum + (one.may ? one.bytes : 0), 0)
  if (value.length === 0 && done === undefined) return <FaultNote fault={fault} retry={reload} />
  return (
    <section className="card" aria-labelledby="leftovers-title">
      <div className="card-h">
        <h2 id="leftovers-title">Left behind</h2>
        <span className="s dim">{free > 0 ? `${bytes(free)} may be removed` : 'nothing of it may be removed yet'}</span>
      </div>
      <FaultNote fault={fault} retry={reload} />
      <p className="s left-done" role="status">
        {done}
      </p>
      <ul>
        {value.map((one) => (
          <Item key={one.operation} leftover={one} done={setDone} />
        ))}
      </ul>
    </section>
  )
}
