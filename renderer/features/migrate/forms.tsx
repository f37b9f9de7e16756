import { useState, type ReactElement, type ReactNode } from 'react'
import type { ParsedPlanRequest } from '../../../shared/ipc/operations-contract.ts'
import { useRoute } from '../../state/route.ts'
import { Crumb } from './crumb.tsx'
import { PathField, Pick, useIdentityOptions, useManagerOptions, useNodeOptions, WordField } from './fields.tsx'

export interface FormProps {
  readonly plan: (request: ParsedPlanRequest) => void
}

interface ShellProps extends FormProps {
  readonly room: string
  readonly title: string
  readonly lead: string
  /** `undefined` while something is missing. */
  readonly request: ParsedPlanRequest | undefined
  readonly children: ReactNode
}

/** What has to be known before a plan can be made. */
export function Shell({ room, title, lead, request, plan, children }: ShellProps): ReactElement {
  return (
    <>
      <header className="head">
        <div>
          <Crumb here={room} />
          <h1>{title}</h1>
          <p className="mid">{lead}</p>
        </div>
      </header>
      <form
        className="plan-scroll plan-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (request !== undefined) plan(request)
        }}
      >
        <section className="card pad col" aria-label={room}>
          {children}
        </section>
        <footer className="row between step-foot">
          <span className="s dim">Making the plan only looks. Nothing is changed before you have read it.</span>
          <button type="submit" className="btn primary" disabled={request === undefined}>
            Make the plan
          </button>
        </footer>
      </form>
    </>
  )
}

const NO_IDENTITY = 'No identity with a key is known here. Search this machine first.'

interface WayProps<T extends string> {
  readonly label: string
  readonly ways: readonly { readonly value: T; readonly word: string }[]
  readonly way: T
  readonly set: (way: T) => void
}

function Ways<T extends string>({ label, ways, way, set }: WayProps<T>): ReactElement {
  return (
    <div className="seg" role="group" aria-label={label}>
      {ways.map(({ value, word }) => (
        <button key={value} type="button" className={value === way ? 'on' : ''} aria-pressed={value === way} onClick={() => set(value)}>
          {word}
        </button>
      ))}
    </div>
  )
}

const CONVERT_WAYS = [
  { value: 'convert', word: 'To one node with services' },
  { value: 'unconvert', word: 'Back to supervised' },
] as const

/** One node that proves by itself, to a node with services of its own; and back. */
export function ConvertForm({ plan }: FormProps): ReactElement {
  const [way, setWay] = useState<'convert' | 'unconvert'>('convert')
  const [folder, setFolder] = useState('')
  const [listener, setListener] = useState('')
  const [identity, setIdentity] = useState('')
  const nodes = useNodeOptions(way === 'convert' ? 'supervised' : 'any')
  const identities = useIdentityOptions()
  const request: ParsedPlanRequest | undefined =
    folder === ''
      ? undefined
      : way === 'convert'
        ? { kind: 'convert', folder, ...(listener.trim() === '' ? {} : { postListener: listener.trim() }) }
        : identity === ''
          ? undefined
          : { kind: 'unconvert', folder, identity }
  return (
    <Shell
      room="Convert a supervised node"
      title={way === 'convert' ? 'Which node is converted?' : 'Which node is converted back?'}
      lead="A supervised node starts its one PoST service itself. Converted, the service is one of its own and more can join."
      request={request}
      plan={plan}
    >
      <Ways label="Direction" ways={CONVERT_WAYS} way={way} set={setWay} />
      <Pick
        label="Found by the search"
        options={nodes}
        chosen={[folder]}
        turn={setFolder}
        none={way === 'convert' ? 'No supervised node was found. Give its data folder.' : 'No node was found. Give its data folder.'}
      />
      <PathField label="Data folder" kind="folder" value={folder} set={setFolder} />
      {way === 'convert' ? (
        <WordField
          label="Listener for PoST services"
          hint="Empty: the one of the node’s config, or 127.0.0.1:9094"
          value={listener}
          set={setListener}
        />
      ) : (
        <Pick label="Its one identity" options={identities} chosen={[identity]} turn={setIdentity} none={NO_IDENTITY} />
      )}
    </Shell>
  )
}

/** One or more identities to a node folder of their own. */
export function SplitForm({ plan }: FormProps): ReactElement {
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [to, setTo] = useState('')
  const identities = useIdentityOptions()
  const turn = (id: string): void => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])
  const isReady = chosen.length > 0 && to.trim() !== ''
  return (
    <Shell
      room="Split an identity out"
      title="Which identities get a node of their own?"
      lead="Their keys and their current rows move to another data folder. The others stay as they are."
      request={isReady ? { kind: 'split', identities: [...chosen], to: to.trim() } : undefined}
      plan={plan}
    >
      <Pick label="Identities" options={identities} chosen={chosen} turn={turn} isMany none={NO_IDENTITY} />
      <PathField
        label="Data folder of the other node"
        hint="An empty or new folder, or one of a node"
        kind="folder"
        value={to}
        set={setTo}
      />
    </Shell>
  )
}

/** An identity out of service. */
export function RetireForm({ plan }: FormProps): ReactElement {
  const [identity, setIdentity] = useState('')
  return (
    <Shell
      room="Retire an identity"
      title="Which identity is retired?"
      lead="Its service ends and its key moves to the quarantine. PoS data stays until you remove it by its typed id."
      request={identity === '' ? undefined : { kind: 'retire', identity }}
      plan={plan}
    >
      <Pick label="Identity" options={useIdentityOptions()} chosen={[identity]} turn={setIdentity} none={NO_IDENTITY} />
    </Shell>
  )
}

/** PoS data of one identity to another folder or disk. */
export function MoveForm({ plan }: FormProps): ReactElement {
  const { identity: meant } = useRoute()
  const [identity, setIdentity] = useState(meant ?? '')
  const [to, setTo] = useState('')
  const isReady = identity !== '' && to.trim() !== ''
  return (
    <Shell
      room="Move PoS data"
      title="Whose PoS data moves, and where to?"
      lead="Only its own service stops meanwhile. The source is kept until the next accepted proof."
      request={isReady ? { kind: 'move-data', identity, to: to.trim() } : undefined}
      plan={plan}
    >
      <Pick label="Identity" options={useIdentityOptions()} chosen={[identity]} turn={setIdentity} none={NO_IDENTITY} />
      <PathField label="New folder" hint="It must be empty or new" kind="folder" value={to} set={setTo} />
    </Shell>
  )
}

const MANAGER_WAYS = [
  { value: 'take-over', word: 'Take over' },
  { value: 'hand-over', word: 'Hand over to systemd' },
] as const

/** What another program starts, started by Smeshkeeper; and the reverse. */
export function ManagerForm({ plan }: FormProps): ReactElement {
  const [way, setWay] = useState<'take-over' | 'hand-over'>('take-over')
  const [label, setLabel] = useState('')
  const [what, setWhat] = useState('')
  const managers = useManagerOptions()
  const identities = useIdentityOptions()
  const ours = [
    { value: 'node', name: 'The node', detail: 'as Smeshkeeper starts it' },
    ...identities.map((one) => ({ ...one, name: `Service of ${one.name}` })),
  ]
  const request: ParsedPlanRequest | undefined =
    way === 'take-over' ? (label === '' ? undefined : { kind: 'take-over', label }) : what === '' ? undefined : { kind: 'hand-over', what }
  return (
    <Shell
      room="Take over from another program"
      title={way === 'take-over' ? 'What does Smeshkeeper take over?' : 'What does systemd start from now on?'}
      lead={
        way === 'take-over'
          ? 'The other program is told to start it no more, and that is proved over a restart of it. Undo enables it again.'
          : 'Units of systemd are written and enabled; Smeshkeeper goes on watching.'
      }
      request={request}
      plan={plan}
    >
      <Ways label="Direction" ways={MANAGER_WAYS} way={way} set={setWay} />
      {way === 'take-over' ? (
        <Pick
          label="Found by the search"
          options={managers}
          chosen={[label]}
          turn={setLabel}
          none="Nothing of systemd, docker, PSM or Smapp was found. Search this machine first."
        />
      ) : (
        <Pick label="What" options={ours} chosen={[what]} turn={setWhat} none="Nothing of ours runs here." />
      )}
    </Shell>
  )
}

/** Wrong lines are told before the plan is asked for. */
export const readRecipients = (text: string): { readonly good: readonly string[]; readonly bad: readonly string[] } => {
  const all = [...new Set(text.split(/\s+/).filter((one) => one !== ''))]
  const isGood = (one: string): boolean => /^age1[02-9ac-hj-np-z]{20,2000}$/.test(one)
  return { good: all.filter(isGood), bad: all.filter((one) => !isGood(one)) }
}

/** A sealed file with the key and the rows; this machine is disarmed by it. */
export function ExportForm({ plan }: FormProps): ReactElement {
  const [identity, setIdentity] = useState('')
  const [folder, setFolder] = useState('')
  const [recipients, setRecipients] = useState('')
  const identities = useIdentityOptions()
  const { good, bad } = readRecipients(recipients)
  const name =
    identities
      .find((one) => one.value === identity)
      ?.name.toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-') ?? 'identity'
  const path = folder.trim()
  const separator = /^[A-Za-z]:|\\/.test(path) ? '\\' : '/'
  const file = path.endsWith('.age') ? path : `${path.replace(/[/\\]$/, '')}${separator}${name}-${identity.slice(0, 8)}.age`
  const isReady = identity !== '' && path !== '' && bad.length === 0
  return (
    <Shell
      room="To another machine"
      title="Which identity goes to another machine?"
      lead="Its key, rows and publication record go into one sealed file, and this machine is disarmed. The PoS data travels by your means."
      request={isReady ? { kind: 'export-identity', identity, file, recipients: [...good] } : undefined}
      plan={plan}
    >
      <Pick label="Identity" options={identities} chosen={[identity]} turn={setIdentity} none={NO_IDENTITY} />
      <PathField
        label="Folder for the sealed file"
        hint={isReady ? file : 'Best on a stick'}
        kind="folder"
        value={folder}
        set={setFolder}
      />
      <WordField
        label="age recipients"
        hint={bad.length > 0 ? `${bad.join(', ')} is no age recipient.` : 'Empty: a passphrase seals it; it is asked with the plan'}
        value={recipients}
        set={setRecipients}
      />
    </Shell>
  )
}

/** The other end: the sealed file opened here. */
export function ImportForm({ plan }: FormProps): ReactElement {
  const [file, setFile] = useState('')
  const [posFolder, setPosFolder] = useState('')
  const pos = posFolder.trim()
  return (
    <Shell
      room="From another machine"
      title="Which identity comes from another machine?"
      lead="The key is held until it is known that no other node publishes with it. Its PoS data is checked as it arrives."
      request={file.trim() === '' ? undefined : { kind: 'import-identity', file: file.trim(), ...(pos === '' ? {} : { posFolder: pos }) }}
      plan={plan}
    >
      <PathField label="Sealed file" hint="NAME.age, written by the other Smeshkeeper" kind="file" value={file} set={setFile} />
      <PathField label="Its PoS data" hint="Empty: it has not arrived yet" kind="folder" value={posFolder} set={setPosFolder} />
    </Shell>
  )
}
