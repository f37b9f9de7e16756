import { useState, type ReactElement } from 'react'
import { OWNERS } from '../../../shared/domain/process.ts'
import { shortId } from '../../../shared/domain/ids.ts'
import { Empty } from '../../components/empty.tsx'
import { Icon } from '../../components/icons.tsx'
import { BinaryField } from './binary-field.tsx'
import { listAt, newService, readAt, textAt } from './draft.ts'
import { ArgumentsField, ThreadsField, TlsFields } from './list-fields.tsx'
import { ChoiceField, NumberField, PathField, SelectField, TextField, useForm } from './form.tsx'

const OWNER_WORDS = OWNERS.map((owner) => [owner, owner === 'smeshkeeper' ? 'Smeshkeeper' : owner] as const)

function ServiceFields({ at }: { readonly at: string }): ReactElement {
  const form = useForm()
  const isOurs = (readAt(form.draft, `${at}.owner`) ?? 'smeshkeeper') === 'smeshkeeper'
  return (
    <div className="sets">
      <PathField at={`${at}.posFolder`} label="PoS folder" kind="folder" />
      <BinaryField at={`${at}.binary`} label="post-service" program="post-service" />
      <NumberField
        at={`${at}.nonces`}
        label="Nonces"
        hint="A multiple of 16. More: fewer second passes, longer proof of work"
        step={16}
        min={16}
      />
      <ThreadsField at={at} />
      <ChoiceField
        at={`${at}.randomx`}
        label="RandomX"
        hint="fast needs 2 GiB a prover, light 256 MiB and six times the time"
        options={[
          ['fast', 'fast'],
          ['light', 'light'],
        ]}
        fallback="fast"
      />
      <TextField at={`${at}.operator`} label="Operator address" hint="Where Smeshkeeper asks for progress; one for each service" />
      <TextField at={`${at}.nodeAddress`} label="Node address" hint="The node's post listener, with http://" />
      <ChoiceField
        at={`${at}.policy`}
        label="When to run"
        hint="when due: started when the node asks for a proof"
        options={[
          ['always', 'always'],
          ['when-due', 'when due'],
        ]}
        fallback="always"
      />
      <ChoiceField
        at={`${at}.wanted`}
        label="Should run"
        options={[
          ['up', 'Yes'],
          ['down', 'No'],
        ]}
        fallback="up"
      />
      <SelectField
        at={`${at}.owner`}
        label="Run by"
        hint="A foreign service is only watched"
        options={OWNER_WORDS}
        fallback="smeshkeeper"
      />
      {isOurs && <ArgumentsField at={`${at}.extraArgs`} />}
      <TlsFields at={`${at}.tls`} />
      {!isOurs && <PathField at={`${at}.logFile`} label="Log file" kind="file" isOptional />}
    </div>
  )
}

/** One service for each identity. */
export function ServicesPart(): ReactElement {
  const form = useForm()
  const services = listAt(form.draft, 'services')
  const identities = listAt(form.draft, 'identities')
  const [opened, setOpened] = useState<string>()
  const nameOf = (id: string): string => {
    const found = identities.find((one) => readAt(one, 'id') === id)
    return textAt(found, 'nickname') || shortId(id)
  }
  const free = identities.map((one) => textAt(one, 'id')).filter((id) => !services.some((service) => readAt(service, 'identity') === id))
  return (
    <>
      {free.length > 0 && (
        <section className="card pad row" aria-label="Identities without a service">
          <span className="grow">
            {free.length === 1 ? `${nameOf(free[0] ?? '')} has no service yet.` : `${free.length} identities have no service yet.`}
          </span>
          {free.slice(0, 3).map((id) => (
            <button
              key={id}
              type="button"
              className="btn sm"
              onClick={() => {
                form.set('services', [...services, newService(form.draft, id)])
                setOpened(id)
              }}
            >
              Add one for {nameOf(id)}
            </button>
          ))}
        </section>
      )}
      {services.length === 0 && free.length === 0 && <Empty why="A service proves one identity. Add an identity first." />}
      {services.map((service, i) => {
        const id = textAt(service, 'identity')
        const isOpen = opened === id || services.length === 1
        const wrong = form.problems.filter((problem) => problem.at.startsWith(`services.${i}.`)).length
        return (
          <section key={id} className="card" aria-label={`Service of ${nameOf(id)}`}>
            <div className="card-h">
              <button type="button" className="link row" aria-expanded={isOpen} onClick={() => setOpened(isOpen ? undefined : id)}>
                <Icon name={isOpen ? 'down' : 'right'} />
                <h2>{nameOf(id)}</h2>
              </button>
              <span className="mono dim cut id-text">{textAt(service, 'posFolder')}</span>
              {wrong > 0 && <span className="badge bad plain">{wrong} to look at</span>}
              <button
                type="button"
                className="btn sm quiet"
                onClick={() =>
                  form.set(
                    'services',
                    services.filter((_, n) => n !== i),
                  )
                }
              >
                Remove
              </button>
            </div>
            {isOpen && <ServiceFields at={`services.${i}`} />}
          </section>
        )
      })}
    </>
  )
}
