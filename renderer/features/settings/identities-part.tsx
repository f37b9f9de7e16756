import { useState, type ReactElement } from 'react'
import { parseIdentityId, identityIdFromBase64, shortId } from '../../../shared/domain/ids.ts'
import { Empty } from '../../components/empty.tsx'
import { IDENTITY_COLOURS, Tile } from '../../components/tile.tsx'
import { listAt, newService, readAt, textAt } from './draft.ts'
import { Part, TextField, useForm } from './form.tsx'

function Colour({ at, id }: { readonly at: string; readonly id: string }): ReactElement {
  const form = useForm()
  const value = readAt(form.draft, at)
  const chosen = typeof value === 'number' ? value : Number.parseInt(id.slice(0, 4), 16) % 12
  return (
    <div className="set" role="group" aria-label="Colour">
      <span className="grow label">Colour</span>
      <span className="colours">
        {IDENTITY_COLOURS.map((colour, i) => (
          <button
            key={colour}
            type="button"
            aria-label={`Colour ${i + 1}`}
            aria-pressed={chosen === i}
            style={{ background: colour }}
            onClick={() => form.set(at, i)}
          />
        ))}
      </span>
    </div>
  )
}

function AddIdentity(): ReactElement {
  const form = useForm()
  const [text, setText] = useState('')
  const id = parseIdentityId(text.trim()) ?? identityIdFromBase64(text.trim())
  const known = listAt(form.draft, 'identities').some((one) => readAt(one, 'id') === id)
  const add = (): void => {
    if (id === undefined || known) return
    form.set('identities', [...listAt(form.draft, 'identities'), { id }])
    setText('')
  }
  const trouble =
    text.trim() === ''
      ? undefined
      : id === undefined
        ? 'An identity is 64 hexadecimal characters, or 44 of base64.'
        : known
          ? 'It is in the list already.'
          : undefined
  return (
    <Part title="Add an identity" hint="its public key; the key file stays where it is">
      <div className="set">
        <label className="grow add-id">
          <span className="sr">Identity id</span>
          <span className={trouble === undefined ? 'input mono' : 'input mono wrong'}>
            <input
              value={text}
              placeholder="64 hexadecimal characters, or base64"
              spellCheck={false}
              aria-invalid={trouble !== undefined}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => event.key === 'Enter' && add()}
            />
          </span>
          {trouble !== undefined && <span className="s c-bad">{trouble}</span>}
        </label>
        <button type="button" className="btn" disabled={id === undefined || known} onClick={add}>
          Add
        </button>
      </div>
    </Part>
  )
}

/** The identities of the node, each with its name. */
export function IdentitiesPart(): ReactElement {
  const form = useForm()
  const identities = listAt(form.draft, 'identities')
  const services = listAt(form.draft, 'services')
  const remove = (index: number): void => {
    form.set(
      'identities',
      identities.filter((_, i) => i !== index),
    )
  }
  return (
    <>
      <AddIdentity />
      {identities.length === 0 && <Empty why="No identity is in the set-up yet." />}
      {identities.map((one, i) => {
        const id = textAt(one, 'id')
        const hasService = services.some((service) => readAt(service, 'identity') === id)
        return (
          <section key={id} className="card" aria-label={`Identity ${shortId(id)}`}>
            <div className="card-h">
              <Tile id={id} colour={Number(readAt(one, 'colour') ?? (Number.parseInt(id.slice(0, 4), 16) || 0))} />
              <h2>{textAt(one, 'nickname') || shortId(id)}</h2>
              <span className="mono dim cut id-text">{id}</span>
              {!hasService && (
                <button type="button" className="btn sm" onClick={() => form.set('services', [...services, newService(form.draft, id)])}>
                  Add a service
                </button>
              )}
              <button
                type="button"
                className="btn sm quiet"
                disabled={hasService}
                title={hasService ? 'Remove its service first' : ''}
                onClick={() => remove(i)}
              >
                Remove from the set-up
              </button>
            </div>
            <div className="sets">
              <TextField at={`identities.${i}.nickname`} label="Name" isOptional isMono={false} />
              <TextField at={`identities.${i}.keyFile`} label="Key file" hint="Name in the folder identities of the node" isOptional />
              <Colour at={`identities.${i}.colour`} id={id} />
            </div>
          </section>
        )
      })}
    </>
  )
}
