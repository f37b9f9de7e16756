import type { ReactElement } from 'react'
import type { OperationsState, OperationView } from '../../../shared/domain/operation.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, type IconName } from '../../components/icons.tsx'
import { Moment } from '../../components/time.tsx'
import { openOf } from '../../state/operations.ts'
import { go } from '../../state/route.ts'
import { Leftovers } from './leftovers.tsx'
import { headlineOf, KINDS, lookOfState } from './words.ts'

interface Deed {
  readonly part: string
  readonly icon: IconName
  readonly title: string
  readonly text: string
  readonly verb: string
}

/** What can be done here, the most wanted first. */
const DEEDS: readonly Deed[] = [
  {
    part: 'merge',
    icon: 'node',
    title: 'Bring nodes together',
    text: 'Several nodes become one node with a service for each identity.',
    verb: 'Bring together…',
  },
  {
    part: 'convert',
    icon: 'migrate',
    title: 'Convert a supervised node',
    text: 'Smapp or a bare node with one identity becomes a node with services of their own, and back.',
    verb: 'Convert…',
  },
  {
    part: 'split',
    icon: 'up',
    title: 'Split an identity out',
    text: 'One or more identities leave with their current rows to another node’s folder.',
    verb: 'Split out…',
  },
  {
    part: 'move-data',
    icon: 'disk',
    title: 'Move PoS data',
    text: 'To another folder or disk: copied once, checked, and the source kept until the next accepted proof.',
    verb: 'Move…',
  },
  {
    part: 'take-over',
    icon: 'hand',
    title: 'Take over',
    text: 'What systemd, docker, PSM or Smapp starts is started by Smeshkeeper, and the reverse.',
    verb: 'Take over…',
  },
  {
    part: 'retire',
    icon: 'leaf',
    title: 'Retire an identity',
    text: 'Its service ends and its key goes to the quarantine. Nothing is deleted.',
    verb: 'Retire…',
  },
  {
    part: 'export-identity',
    icon: 'right',
    title: 'To another machine',
    text: 'One sealed file takes the key and the rows along, and this machine is disarmed.',
    verb: 'Export…',
  },
  {
    part: 'import-identity',
    icon: 'tray',
    title: 'From another machine',
    text: 'Opens such a file here and checks the PoS data as it arrives.',
    verb: 'Import…',
  },
  {
    part: 'coinbase',
    icon: 'settings',
    title: 'Another coinbase',
    text: 'The rewards of all identities of the node go to another account, from a safe window on.',
    verb: 'Change…',
  },
  {
    part: 'quarantine',
    icon: 'key',
    title: 'Quarantine',
    text: 'Keys that were taken out of nodes: why, when, from where, and back when that is safe.',
    verb: 'Look…',
  },
]

function DeedCard({ deed, isOff }: { readonly deed: Deed; readonly isOff: boolean }): ReactElement {
  return (
    <section className="card pad deed" aria-label={deed.title}>
      <div className="row">
        <Icon name={deed.icon} />
        <h2>{deed.title}</h2>
      </div>
      <p className="mid">{deed.text}</p>
      <button type="button" className="btn sm" disabled={isOff} onClick={() => go({ room: 'migrate', part: deed.part })}>
        {deed.verb}
      </button>
    </section>
  )
}

const show = (operation: OperationView): void => go({ room: 'migrate', part: 'operation', file: operation.id })

/** What was begun before: newest first, with its undo. */
function Past({ operations }: { readonly operations: readonly OperationView[] }): ReactElement | null {
  if (operations.length === 0) return null
  return (
    <section className="card" aria-labelledby="past-title">
      <div className="card-h">
        <h2 id="past-title">Done here</h2>
        <span className="s dim">{plural(operations.length, 'operation')}</span>
      </div>
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th>When</th>
            <th className="wide">Undo</th>
            <th>State</th>
            <th className="r">
              <span className="sr">Open or undo</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {operations.map((one) => (
            <tr key={one.id}>
              <td>
                <b>{one.title}</b>
              </td>
              <td className="nw mid">
                <Moment at={one.endedAt ?? one.beganAt} />
              </td>
              <td className="wide mid">{one.state === 'done' ? one.undo.why : ''}</td>
              <td>
                <Badge look={lookOfState(one.state)} />
              </td>
              <td className="r nw">
                <button type="button" className="btn sm" onClick={() => show(one)}>
                  {one.state === 'done' && one.undo.is !== 'no' ? 'Report, undo…' : 'Report'}
                  <span className="sr"> of {one.title}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** The one that is not at its end: first, with the only filled button. */
function Open({ operation }: { readonly operation: OperationView }): ReactElement {
  const look = lookOfState(operation.state)
  const isMerge = operation.kind === 'merge'
  return (
    <section className={operation.state === 'unfinished' ? 'banner warn' : 'banner info'} aria-label="Not at its end">
      <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
      <div className="grow">
        <b>{headlineOf(operation)}.</b>{' '}
        <span className="mid">{operation.title}. Nothing else can be begun before it is finished or rolled back.</span>
      </div>
      <button
        type="button"
        className="btn primary"
        onClick={() => (isMerge && operation.state !== 'unfinished' ? go({ room: 'migrate', part: 'merge' }) : show(operation))}
      >
        {operation.state === 'unfinished' ? 'Finish or roll back' : 'Show it'}
      </button>
    </section>
  )
}

function titleOf(open: OperationView | undefined, past: number): string {
  if (open?.state === 'unfinished') return `${KINDS[open.kind].noun} is unfinished: finish it or roll it back first`
  if (open !== undefined) return headlineOf(open)
  return past === 0 ? 'Migrate: planned, written down, undoable' : `Nothing is under way; ${plural(past, 'operation')} ended here`
}

/** What can be done, what is open, what was done. */
export function StartPage({ state }: { readonly state: OperationsState }): ReactElement {
  const open = openOf(state)
  const past = state.operations.filter((one) => one.id !== open?.id)
  return (
    <>
      <header className="head">
        <div>
          <h1>{titleOf(open, past.length)}</h1>
          <p className="mid">Each of these makes a plan first that you read. Only then is anything changed, and it can be undone.</p>
        </div>
      </header>
      {state.problems.length > 0 && (
        <div className="banner warn" role="status">
          <Glyph shape="triangle" tone="warn" label="warning" />
          <ul className="grow">
            {state.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      {open !== undefined && <Open operation={open} />}
      <div className="plan-scroll">
        {/* Above: the mark in the rail leads here. */}
        <Leftovers state={state} />
        <div className="deeds">
          {DEEDS.map((deed) => (
            <DeedCard key={deed.part} deed={deed} isOff={open !== undefined && deed.part !== 'quarantine'} />
          ))}
        </div>
        <Past operations={past} />
      </div>
    </>
  )
}
