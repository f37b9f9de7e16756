import './welcome.css'
import { useEffect, useState, type ReactElement } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Icon, Logo, type IconName } from '../../components/icons.tsx'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'
import { toggleTheme } from '../../state/theme.ts'

/** Three small identities and epochs of two minutes: a proof and an ATX within five. */
const PRACTICE = { identities: 3, epochSeconds: 120 } as const
const STEPS = ['Making keys and small PoS data', 'Starting the simulated node', 'Starting the services'] as const
const STEP_MS = 4000

interface OptionProps {
  readonly icon: IconName
  readonly title: string
  readonly text: string
  readonly points: readonly string[]
  readonly label: string
  readonly isFirst?: boolean
  readonly isDisabled: boolean
  readonly act: () => void
}

function Option(props: OptionProps): ReactElement {
  return (
    <section className={props.isFirst === true ? 'card opt on' : 'card opt'} aria-label={props.title}>
      <div className="row">
        <Icon name={props.icon} />
        <h2>{props.title}</h2>
      </div>
      <p className="mid">{props.text}</p>
      <ul className="pts">
        {props.points.map((point) => (
          <li key={point}>
            <Icon name="tick" />
            {point}
          </li>
        ))}
      </ul>
      <button type="button" className={props.isFirst === true ? 'btn primary' : 'btn'} disabled={props.isDisabled} onClick={props.act}>
        {props.label}
      </button>
    </section>
  )
}

/** What practice is doing until its first snapshot comes. */
function PracticeSteps(): ReactElement {
  const [waited, setWaited] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setWaited((before) => before + 1), STEP_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <section className="card pad" role="status" aria-label="Starting the practice network">
      <b>Starting the practice network</b>
      <p className="mid">{STEPS.join(', then ')}. This takes some seconds.</p>
      {waited > 1 && <p className="s dim">Longer than usual; it still works on it. Nothing real is touched.</p>}
    </section>
  )
}

async function importFile(action: Action): Promise<void> {
  await action.run(async () => {
    const chosen = await api().window.chooseFile({ title: 'Choose a setup.json', kind: 'file' })
    if (!chosen.ok || chosen.value.path === undefined) return chosen.ok ? ok(undefined) : chosen
    return api().setup.importFile({ path: chosen.value.path })
  })
}

/** First run: what do you have? */
export function WelcomePage(): ReactElement {
  const problem = useSnapshot((snapshot) => snapshot.setupProblem)
  const action = useAction()
  const [isPractice, setPractice] = useState(false)
  const practise = async (): Promise<void> => {
    setPractice(true)
    const begun = await action.run(() => api().practice.begin(PRACTICE))
    if (begun?.ok !== true) setPractice(false)
  }
  return (
    <main id="main" className="fr-scroll" tabIndex={-1}>
      <div className="fr">
        <header className="row between">
          <div className="row g12">
            <Logo size={28} />
            <b>Smeshkeeper</b>
          </div>
          <button type="button" className="theme" aria-label="Switch between light and dark" onClick={toggleTheme}>
            <Icon name="theme" />
          </button>
        </header>
        <div>
          <h1>What do you have?</h1>
          <p className="mid lead">Choose a way to begin. Nothing is started, moved or changed before you say so.</p>
        </div>
        {problem !== undefined && (
          <div className="banner warn" role="alert">
            <span className="grow">{problem}</span>
          </div>
        )}
        <FaultNote fault={action.fault} close={action.clear} />
        {isPractice && <PracticeSteps />}
        <div className="three">
          <Option
            icon="hand"
            title="A node and PoS data"
            text="Say where your node, its services and their folders are. A node that someone else runs is only watched."
            points={['Node run here, or attached', 'One service for each identity', 'Everything is checked before it is saved']}
            label="Set it up by hand"
            isFirst
            isDisabled={isPractice}
            act={() => go({ room: 'settings', part: 'node' })}
          />
          <Option
            icon="file"
            title="A set-up file"
            text="A setup.json that Smeshkeeper wrote before, here or on another machine."
            points={['Read and checked as a whole', 'Never two services for one identity', 'The file itself stays as it is']}
            label="Import a set-up…"
            isDisabled={isPractice || action.isBusy}
            act={() => void importFile(action)}
          />
          <Option
            icon="practice"
            title="Practice"
            text="A simulated network with epochs of two minutes: watch proofs succeed, fail and come late. Nothing real is touched."
            points={['Own folder, a few MiB', 'Same screens, same alarms', 'Leave at any time']}
            label="Practice"
            isDisabled={isPractice}
            act={() => void practise()}
          />
        </div>
        <div className="fr-foot s dim">
          <span>Smeshkeeper never deletes a key and sends nothing anywhere.</span>
          <span>One identity live in two places is banned for ever, so every key has one service only.</span>
        </div>
      </div>
    </main>
  )
}
