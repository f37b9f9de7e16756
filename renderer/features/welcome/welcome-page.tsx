import './welcome.css'
import { useEffect, useState, type ReactElement } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import { plural } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Icon, Logo } from '../../components/icons.tsx'
import { searchedWords, SearchFailed, Searching } from '../../components/search-state.tsx'
import { useAction, type Action } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { inventoryOf } from '../../state/scan.ts'
import { useSnapshot } from '../../state/store.ts'
import { toggleTheme } from '../../state/theme.ts'
import { comparedKeys } from './findings.ts'
import { Found } from './found.tsx'
import { Option } from './option.tsx'
import { useFirstScan, type FirstScan } from './use-first-scan.ts'

/** Three small identities and epochs of two minutes: a proof and an ATX within five. */
const PRACTICE = { identities: 3, epochSeconds: 120 } as const
const STEPS = ['Making keys and small PoS data', 'Starting the simulated node', 'Starting the services'] as const
const STEP_MS = 4000

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

/** What was searched, and how to search more. */
function Lead({ scan }: { readonly scan: FirstScan }): ReactElement {
  const { state } = scan
  const inventory = inventoryOf(state)
  return (
    <p className="mid lead">
      {state === undefined || state.is === 'never' || (state.is === 'running' && inventory === undefined)
        ? 'Looking for nodes, keys and PoS data on this machine. Nothing is started, moved or changed. '
        : inventory === undefined
          ? 'Choose a way to begin. Nothing is started, moved or changed before you say so. '
          : `${searchedWords(inventory)} `}
      {state?.is !== 'running' && state !== undefined && (
        <>
          <button type="button" className="link" onClick={() => void scan.addFolder()}>
            Search another folder…
          </button>{' '}
          <button type="button" className="link" onClick={() => void scan.again()}>
            Search again
          </button>
        </>
      )}
    </p>
  )
}

/** What was found, brought in: the keys into a backup before anything else. */
function BringIn({ inventory, isDisabled }: { readonly inventory: Inventory | undefined; readonly isDisabled: boolean }): ReactElement {
  const backup = useSnapshot((snapshot) => snapshot.backup)
  const keys = inventory === undefined ? 0 : comparedKeys(inventory).keys
  const hasBackup = backup !== undefined && backup.is !== 'none' && backup.is !== 'broken' && backup.is !== 'incomplete'
  const isFound = inventory !== undefined && (inventory.setups.length > 0 || inventory.nodes.length > 0 || inventory.processes.length > 0)
  const isBackupFirst = keys > 0 && !hasBackup
  const bring = { label: 'Bring it in…', act: () => go({ room: 'imports' }), isDisabled: isDisabled || !isFound }
  const back = { label: 'Start with the backup', act: () => go({ room: 'backups' }), isDisabled }
  return (
    <Option
      icon="tray"
      title="Bring it in"
      text="Back up the keys first, then watch what runs here as it is. Whoever starts it now keeps starting it."
      points={[
        keys === 0 ? 'No key was found yet' : `${plural(keys, 'key')} to back up`,
        'Nothing is moved, nothing is restarted',
        'You read what would be watched first',
      ]}
      badge={isFound || keys > 0 ? 'fits what we found' : undefined}
      isFit={isFound || keys > 0}
      press={isBackupFirst ? back : bring}
      second={isBackupFirst && isFound ? bring : undefined}
    />
  )
}

function Footer({ inventory }: { readonly inventory: Inventory | undefined }): ReactElement {
  const compared = inventory === undefined ? undefined : comparedKeys(inventory)
  const words =
    compared === undefined
      ? 'so every key is compared first.'
      : `so every key is compared first: ${plural(compared.keys, 'key')}, ${compared.twice === 0 ? 'none twice' : `${compared.twice} twice`}.`
  return (
    <div className="fr-foot s dim">
      <span>Smeshkeeper never deletes a key and sends nothing anywhere.</span>
      <span>One identity live in two places is banned for ever, {words}</span>
    </div>
  )
}

/** First run: what do you have? */
export function WelcomePage(): ReactElement {
  const problem = useSnapshot((snapshot) => snapshot.setupProblem)
  const action = useAction()
  const scan = useFirstScan()
  const inventory = inventoryOf(scan.state)
  const isFound = inventory !== undefined && (inventory.nodes.length > 0 || inventory.identities.length > 0)
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
          <Lead scan={scan} />
        </div>
        {problem !== undefined && (
          <div className="banner warn" role="alert">
            <span className="grow">{problem}</span>
          </div>
        )}
        <FaultNote fault={action.fault} close={action.clear} />
        <FaultNote fault={scan.action.fault} close={scan.action.clear} />
        {scan.state?.is === 'running' && <Searching progress={scan.state.progress} cancel={scan.cancel} />}
        {scan.state?.is === 'failed' && <SearchFailed state={scan.state} />}
        {inventory !== undefined && <Found inventory={inventory} />}
        {isPractice && <PracticeSteps />}
        <div className="three">
          <BringIn inventory={inventory} isDisabled={isPractice} />
          <Option
            icon="leaf"
            title="Start fresh"
            text="Say by hand where your node, its services and their folders are, or give a setup.json that Smeshkeeper wrote before."
            points={['Node run here, or attached', 'One service for each identity', 'Checked as a whole before it is saved']}
            isFit={scan.state?.is === 'done' && !isFound}
            press={{ label: 'Set it up by hand', act: () => go({ room: 'settings', part: 'node' }), isDisabled: isPractice }}
            second={{ label: 'Import a set-up…', act: () => void importFile(action), isDisabled: isPractice || action.isBusy }}
          />
          <Option
            icon="practice"
            title="Practice"
            text="A simulated network with epochs of two minutes: watch proofs succeed, fail and come late. Nothing real is touched."
            points={['Own folder, a few MiB', 'Same screens, same alarms', 'Leave at any time']}
            press={{ label: 'Practice', act: () => void practise(), isDisabled: isPractice }}
          />
        </div>
        <Footer inventory={inventory} />
      </div>
    </main>
  )
}
