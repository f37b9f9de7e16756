import { useState, type ReactElement } from 'react'
import { bytes, plural } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Question } from '../../components/question.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { startAdd } from '../../state/init.ts'
import { go } from '../../state/route.ts'
import type { PlannedChanges } from './changes.ts'

interface Props {
  readonly changes: PlannedChanges
  readonly close: () => void
  /** Told when the set-up has what was drafted. */
  readonly used: () => void
}

/** What is done elsewhere: moves of data are operations, a new identity is made on its own page. */
function Elsewhere({ changes }: { readonly changes: PlannedChanges }): ReactElement | null {
  const { moves, add, addDisk } = changes
  if (moves.length === 0 && add === undefined && addDisk === undefined) return null
  return (
    <div className="col g4">
      <h3>For you to begin</h3>
      <ul className="plan-todo">
        {addDisk !== undefined && <li>Connect a disk that reads as fast; it shows in Machine when it is here.</li>}
        {moves.map(({ identity, to, why }) => (
          <li key={identity.id} className="row between">
            <span>
              Move {identity.name}, {bytes(identity.totalBytes)}, to {to.label}.{why !== undefined && <span className="c-bad"> {why}</span>}
            </span>
            {why === undefined && (
              <button type="button" className="btn sm" onClick={() => go({ room: 'migrate', part: 'move-data', identity: identity.id })}>
                Move it in Migrate…<span className="sr"> {identity.name}</span>
              </button>
            )}
          </li>
        ))}
        {add !== undefined && (
          <li className="row between">
            <span>
              Make {add.name}, {bytes(add.totalBytes)}.
            </span>
            <button
              type="button"
              className="btn sm"
              onClick={() => {
                startAdd({ lane: add.disk, numUnits: add.numUnits, nonces: add.nonces, randomx: add.randomx })
                go({ room: 'add' })
              }}
            >
              Add it…
            </button>
          </li>
        )}
      </ul>
    </div>
  )
}

/** What using the what-if would do, before it does. */
export function UseDialog({ changes, close, used }: Props): ReactElement {
  const action = useAction()
  const [isDone, setDone] = useState(false)
  const canUse = changes.lines.length > 0 && !isDone
  const act = async (): Promise<void> => {
    if (!canUse) return close()
    const answer = await action.run(() => api().plan.use(changes.use))
    if (answer?.ok !== true) return
    setDone(true)
    used()
  }
  return (
    <Question
      title={isDone ? 'It is in the set-up' : 'Use this set-up?'}
      yes={canUse ? `Put ${plural(changes.lines.length, 'change')} into the set-up` : 'Close'}
      no={canUse ? 'Cancel' : undefined}
      isDisabled={action.isBusy}
      act={() => void act()}
      close={close}
    >
      {isDone ? (
        <p role="status">Services that prove now keep theirs until they are started again.</p>
      ) : (
        changes.lines.length > 0 && (
          <div className="col g4">
            <h3>In the set-up, at once</h3>
            <ul className="plan-todo">
              {changes.lines.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
            <p className="s dim">A service that proves now keeps its own until it is started again; no proof is stopped for this.</p>
          </div>
        )
      )}
      <Elsewhere changes={changes} />
      <FaultNote fault={action.fault} close={action.clear} />
    </Question>
  )
}
