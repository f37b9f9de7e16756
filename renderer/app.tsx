import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react'
import { KeysHelp } from './components/keys-help.tsx'
import { Rail, type RailItem } from './components/rail.tsx'
import { Skeleton } from './components/skeleton.tsx'
import { TimesContext, timesOf } from './components/times.ts'
import { NowPage } from './features/now/now-page.tsx'
import { BackupFact } from './backup-fact.tsx'
import { DropTarget } from './drop.tsx'
import { MigrateMark } from './migrate-mark.tsx'
import { NoKeeper } from './no-keeper.tsx'
import { NodeStrip } from './node-strip.tsx'
import { SetupBanner } from './setup-banner.tsx'
import { PracticeBar } from './practice-frame.tsx'
import { Takeover } from './takeover.tsx'
import { api } from './state/api.ts'
import { go, ROOMS, showRoom, useRoute, type Room } from './state/route.ts'
import { connect, useKeeper, useSnapshot, type Connection } from './state/store.ts'
import { toggleTheme } from './state/theme.ts'
import { useKeys } from './use-keys.ts'

// What Now does not need comes later, so that the first frame is early.
const IdentitiesPage = lazy(async () => ({ default: (await import('./features/identity/identities-page.tsx')).IdentitiesPage }))
const BackupsPage = lazy(async () => ({ default: (await import('./features/backups/backups-page.tsx')).BackupsPage }))
const ImportsPage = lazy(async () => ({ default: (await import('./features/imports/imports-page.tsx')).ImportsPage }))
const MigratePage = lazy(async () => ({ default: (await import('./features/migrate/migrate-page.tsx')).MigratePage }))
const MachinePage = lazy(async () => ({ default: (await import('./features/machine/machine-page.tsx')).MachinePage }))
const PlanPage = lazy(async () => ({ default: (await import('./features/plan/plan-page.tsx')).PlanPage }))
const AddPage = lazy(async () => ({ default: (await import('./features/add/add-page.tsx')).AddPage }))
const LogsPage = lazy(async () => ({ default: (await import('./features/logs/logs-page.tsx')).LogsPage }))
const HistoryPage = lazy(async () => ({ default: (await import('./features/history/history-page.tsx')).HistoryPage }))
const SettingsPage = lazy(async () => ({ default: (await import('./features/settings/settings-page.tsx')).SettingsPage }))
const WelcomePage = lazy(async () => ({ default: (await import('./features/welcome/welcome-page.tsx')).WelcomePage }))

const ITEMS: readonly RailItem[] = [
  { room: 'now', label: 'Now', icon: 'now', key: 'n' },
  { room: 'identities', label: 'Identities', icon: 'identities', key: 'i' },
  { room: 'migrate', label: 'Migrate', icon: 'migrate', key: 'm', mark: <MigrateMark /> },
  { room: 'machine', label: 'Machine', icon: 'machine', key: 'c' },
  { room: 'history', label: 'History', icon: 'history', key: 'h' },
  { room: 'settings', label: 'Settings', icon: 'settings', key: 's' },
]

/** Rooms that make sense before there is a set-up. */
const BEFORE_SETUP: ReadonlySet<Room> = new Set(['settings', 'backups', 'imports', 'migrate', 'machine', 'plan', 'add'])
/** Rooms without a place of their own in the rail stand under another. */
const UNDER: Readonly<Partial<Record<Room, Room>>> = { backups: 'identities', imports: 'identities', plan: 'machine', add: 'identities' }

function Page({ room }: { readonly room: Room }): ReactElement {
  const { identity, log, part, file } = useRoute()
  switch (room) {
    case 'now':
      return <NowPage />
    case 'identities':
      return <IdentitiesPage identity={identity} />
    case 'backups':
      return <BackupsPage key={`${part ?? ''} ${file ?? ''}`} part={part} file={file} />
    case 'imports':
      return <ImportsPage />
    case 'migrate':
      return <MigratePage key={`${part ?? ''} ${file ?? ''}`} part={part} file={file} />
    case 'machine':
      return <MachinePage disk={part} />
    case 'plan':
      return <PlanPage part={part} />
    case 'add':
      return <AddPage part={part} />
    case 'logs':
      return <LogsPage log={log} />
    case 'history':
      return <HistoryPage />
    case 'settings':
      return <SettingsPage part={part} />
    default:
      return room satisfies never
  }
}

function useConnection(): Connection['retry'] {
  const connection = useRef<Connection>(undefined)
  useEffect(() => {
    const made = connect(api())
    connection.current = made
    const off = api().window.onShowRoom(showRoom)
    return () => {
      off()
      made.stop()
    }
  }, [])
  return useCallback(async () => connection.current?.retry(), [])
}

/** The frame: rail, page, node strip; or one page alone at first run and without a keeper. */
export function App(): ReactElement {
  const retry = useConnection()
  const phase = useKeeper((state) => state.phase)
  const mode = useSnapshot((snapshot) => snapshot.mode)
  const count = useSnapshot((snapshot) => snapshot.identities.length)
  const epochMs = useSnapshot(({ ribbon }) => (ribbon === undefined ? 0 : ribbon.epochEnd - ribbon.epochStart)) ?? 0
  const { room } = useRoute()
  const [isHelp, setHelp] = useState(false)
  const showHelp = useCallback(() => setHelp(true), [])
  useKeys(showHelp)
  const items = useMemo(() => ITEMS.map((item) => (item.room === 'identities' && count !== undefined ? { ...item, count } : item)), [count])
  if (phase === 'no-keeper') return <NoKeeper retry={retry} />
  const isFirstRun = mode === 'none' && !BEFORE_SETUP.has(room)
  return (
    <div className={mode === 'practice' ? 'shell practice' : 'shell'}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      {mode === 'practice' && <PracticeBar />}
      <Takeover>
        {isFirstRun ? (
          <Suspense fallback={<main id="main" />}>
            <WelcomePage />
          </Suspense>
        ) : (
          <div className="app">
            <Rail
              items={items}
              here={UNDER[room] ?? room}
              open={(to) => go({ room: ROOMS.find((one) => one === to) ?? 'now' })}
              toggleTheme={toggleTheme}
              foot={<BackupFact />}
            />
            <main className="page" id="main" tabIndex={-1}>
              {mode === undefined ? (
                <Skeleton rows={7} step="Asking the keeper what it knows" />
              ) : (
                <TimesContext value={timesOf(epochMs)}>
                  <SetupBanner />
                  <Suspense fallback={<Skeleton step="Opening" />}>
                    <Page room={room} />
                  </Suspense>
                </TimesContext>
              )}
            </main>
            <NodeStrip />
          </div>
        )}
      </Takeover>
      <DropTarget />
      {isHelp && <KeysHelp close={() => setHelp(false)} />}
    </div>
  )
}
