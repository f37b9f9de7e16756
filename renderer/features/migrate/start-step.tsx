import { useState, type ReactElement, type ReactNode } from 'react'
import type { OperationView } from '../../../shared/domain/operation.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Glyph, type Look } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { Crumb } from './crumb.tsx'
import { WhyNote } from './why-note.tsx'
import { KINDS } from './words.ts'

type Check = { readonly is: 'pass' | 'fail' | 'waiting'; readonly text: string }

const LOOKS: Readonly<Record<Check['is'], Look>> = {
  pass: { shape: 'disc-tick', tone: 'ok', word: 'so' },
  waiting: { shape: 'ring-dots', tone: 'dim', word: 'not yet' },
  fail: { shape: 'cross', tone: 'bad', word: 'not so' },
}

interface Props {
  readonly operation: OperationView
  readonly way?: ReactNode
  /** All checks pass. */
  readonly done: () => void
  /** The user starts the node another time. */
  readonly later: () => void
}

function titleOf(name: string, checks: readonly Check[] | undefined): string {
  if (checks === undefined) return `All is in place: start ${name} when you say so`
  const open = checks.filter((check) => check.is !== 'pass').length
  return open === 0 ? `${name} runs with all that it should` : `${name} was started: ${plural(open, 'check')} to go`
}

/** The confirmed last step: the node starts, and what it says is compared with what it should say. */
export function StartStep({ operation, way, done, later }: Props): ReactElement {
  const action = useAction()
  const [isSure, setSure] = useState(false)
  const [checks, setChecks] = useState<readonly Check[]>()
  const name = operation.after[0]?.name ?? 'the node'
  const count = operation.expects?.length ?? 0
  /** Once a node was started nothing exact is left to lose. */
  const mustTick = operation.undo.is === 'exact'
  const isVerified = checks?.every((check) => check.is === 'pass') === true
  const start = async (): Promise<void> => {
    const answer = await action.run(() => api().operations.start({ id: operation.id }))
    if (answer?.ok === true) setChecks(answer.value.checks)
  }
  return (
    <>
      <header className="head plan-head">
        <div>
          <Crumb here={KINDS[operation.kind].room} />
          <h1>{titleOf(name, checks)}</h1>
        </div>
        {way}
      </header>
      <div className="plan-scroll">
        <WhyNote fault={action.fault}>
          <button type="button" className="btn sm" onClick={() => go({ room: 'logs' })}>
            Show the log
          </button>
        </WhyNote>
        <section className="card pad start-card" aria-label="Start and verify">
          {checks === undefined ? (
            <>
              <p>
                {name} starts with {plural(count, 'key')} and is looked at until it lists {count === 1 ? 'it' : 'them all'}. A start can
                take minutes while it waits for its PoETs.
              </p>
              <p className="mid">{operation.undo.why}</p>
              {mustTick && (
                <Tick isOn={isSure} isDisabled={action.isBusy} turn={() => setSure((before) => !before)}>
                  I know that the exact undo ends when {name} starts; after that an undo splits the identities out again with their newer
                  rows.
                </Tick>
              )}
            </>
          ) : (
            <ul className="start-checks">
              {checks.map((check) => (
                <li key={check.text} className="row">
                  <Glyph shape={LOOKS[check.is].shape} tone={LOOKS[check.is].tone} label={LOOKS[check.is].word} />
                  <span>{check.text}</span>
                </li>
              ))}
            </ul>
          )}
          {action.isBusy && <Skeleton rows={2} step={`Waiting for ${name}: process, keys, database, smesher ids`} />}
        </section>
        <footer className="row between step-foot start-foot">
          <button type="button" className="btn quiet" disabled={action.isBusy} onClick={later}>
            {isVerified ? 'Back' : checks === undefined ? 'Start it later' : 'Look at it later'}
          </button>
          {isVerified ? (
            <button type="button" className="btn primary" onClick={done}>
              To the report
            </button>
          ) : (
            <button
              type="button"
              className="btn primary"
              disabled={action.isBusy || (checks === undefined && mustTick && !isSure)}
              onClick={() => void start()}
            >
              {checks !== undefined ? 'Look again' : mustTick ? `Start ${name}` : `Start and verify ${name}`}
            </button>
          )}
        </footer>
      </div>
    </>
  )
}
