import './settings.css'
import { useState, type ReactElement } from 'react'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import { plural } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { useSnapshot } from '../../state/store.ts'
import { AlertsPart } from './alerts-part.tsx'
import { ChoiceField, FormContext, NumberField, Part } from './form.tsx'
import { IdentitiesPart } from './identities-part.tsx'
import { NodePart } from './node-part.tsx'
import { ServicesPart } from './services-part.tsx'
import { useDraft, type DraftState } from './use-draft.ts'

const PARTS = [
  ['node', 'Node'],
  ['identities', 'Identities'],
  ['services', 'Services'],
  ['alerts', 'Alerts'],
  ['quit', 'Start and quit'],
  ['file', 'Set-up file'],
] as const
type PartName = (typeof PARTS)[number][0]

/** Quits now; what stops with it is asked first, with its price. */
function QuitNow(): ReactElement {
  const action = useAction()
  const stopAll = async (): Promise<Result<unknown>> => {
    const answer = await api().window.confirm({ question: 'stop-all' })
    if (!answer.ok || !answer.value.confirmed) return answer
    return api().app.quit({ outcome: 'stop-all' })
  }
  return (
    <Part title="Quit now">
      <div className="set">
        <div className="grow">
          <span className="label">Quit, leave everything running</span>
          <div className="s dim">Node and services go on; the next start finds them again. Nobody watches or tells until then.</div>
        </div>
        <button
          type="button"
          className="btn"
          disabled={action.isBusy}
          onClick={() => void action.run(() => api().app.quit({ outcome: 'leave-running' }))}
        >
          Quit
        </button>
      </div>
      <div className="set">
        <div className="grow">
          <span className="label">Stop everything and quit</span>
          <div className="s dim">A proof has no checkpoint: what is being made is lost. It is asked with its price.</div>
        </div>
        <button type="button" className="btn" disabled={action.isBusy} onClick={() => void action.run(stopAll)}>
          Stop everything…
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </Part>
  )
}

function QuitPart(): ReactElement {
  return (
    <>
      <Part title="When you quit">
        <ChoiceField
          at="onQuit"
          label="Quitting the window"
          hint="Stop everything costs proofs that are under way; it asks first"
          options={[
            ['ask', 'Ask'],
            ['tray', 'Keep in the tray'],
            ['leave-running', 'Leave running'],
            ['stop-all', 'Stop all'],
          ]}
          fallback="ask"
        />
      </Part>
      <QuitNow />
      <Part title="What is kept">
        <NumberField at="keep.historyDays" label="History, days" min={1} />
        <NumberField at="keep.logMiBPerProcess" label="Log of a process, MiB" min={1} />
      </Part>
    </>
  )
}

function FilePart({ state }: { readonly state: DraftState }): ReactElement {
  const problem = useSnapshot((snapshot) => snapshot.setupProblem)
  const importFile = async (): Promise<void> => {
    const done = await state.action.run(async () => {
      const chosen = await api().window.chooseFile({ title: 'Choose a setup.json', kind: 'file' })
      if (!chosen.ok) return chosen
      if (chosen.value.path === undefined) return ok(undefined)
      return api().setup.importFile({ path: chosen.value.path })
    })
    if (done?.ok === true) await state.reload()
  }
  return (
    <Part title="Set-up file" hint="everything on these pages, in one file">
      {problem !== undefined && (
        <div className="set c-warn">
          <Glyph shape="triangle" tone="warn" label="warning" />
          <span className="grow">{problem}</span>
        </div>
      )}
      <div className="set">
        <span className="grow mono id-text">{state.path}</span>
        <button type="button" className="btn" onClick={() => void importFile()}>
          Import a set-up…
        </button>
      </div>
    </Part>
  )
}

function Shown({ part, state }: { readonly part: PartName; readonly state: DraftState }): ReactElement {
  switch (part) {
    case 'node':
      return <NodePart />
    case 'identities':
      return <IdentitiesPart />
    case 'services':
      return <ServicesPart />
    case 'alerts':
      return <AlertsPart isSaved={state.changes === 0 && !state.isNew} />
    case 'quit':
      return <QuitPart />
    case 'file':
      return <FilePart state={state} />
    default:
      return part satisfies never
  }
}

const PLACE_OF: readonly (readonly [string, PartName])[] = [
  ['identities', 'identities'],
  ['services', 'services'],
  ['alerts', 'alerts'],
  ['onQuit', 'quit'],
  ['keep', 'quit'],
]
const partOf = (at: string): PartName => PLACE_OF.find(([start]) => at.startsWith(start))?.[1] ?? 'node'

/** What waits to be saved, what is wrong with it, and the two ways out. */
function PendingBar({ state, show }: { readonly state: DraftState; readonly show: (part: PartName) => void }): ReactElement | null {
  const proving = useSnapshot((snapshot) => snapshot.identities.filter((one) => one.status.kind === 'proving').length) ?? 0
  const { problems } = state.form
  const errors = problems.filter((problem) => problem.severity === 'error')
  const warnings = problems.length - errors.length
  const first = errors[0]
  if (state.changes === 0 && !state.isNew) return null
  return (
    <div className="pend" role="status">
      <div className="grow">
        <b>{state.isNew ? 'New set-up.' : `${plural(state.changes, 'change')} wait${state.changes === 1 ? 's' : ''}.`}</b>{' '}
        {first === undefined ? (
          <span className="mid">
            {warnings === 0 ? 'It can be saved.' : `It can be saved; ${plural(warnings, 'warning')} beside the fields.`}
          </span>
        ) : (
          <span className="c-bad">
            {plural(errors.length, 'thing')} to correct first.{' '}
            <button type="button" className="link" onClick={() => show(partOf(first.at))}>
              {first.at}: {first.message}
            </button>
          </span>
        )}
        {state.needsRestart && <div className="s dim">What a running program was started with takes effect at its next restart.</div>}
        {proving > 0 && (
          <div className="s dim">{plural(proving, 'identity is', 'identities are')} proving. Nothing that proves is stopped by saving.</div>
        )}
      </div>
      <button type="button" className="btn" disabled={state.changes === 0} onClick={state.discard}>
        Discard
      </button>
      <button type="button" className="btn primary" disabled={!state.canSave || state.action.isBusy} onClick={() => void state.save()}>
        Save
      </button>
    </div>
  )
}

/** The set-up by hand. */
export function SettingsPage({ part }: { readonly part: string | undefined }): ReactElement {
  const state = useDraft()
  const [shown, setShown] = useState<PartName>(PARTS.find(([name]) => name === part)?.[0] ?? 'node')
  const isFirstRun = useSnapshot((snapshot) => snapshot.mode === 'none')
  return (
    <>
      <header className="head">
        <div>
          <h1>Settings</h1>
        </div>
        {isFirstRun === true && (
          <button type="button" className="btn sm" onClick={() => go({ room: 'now' })}>
            Back to the beginning
          </button>
        )}
      </header>
      <FaultNote fault={state.action.fault} retry={() => void state.reload()} close={state.action.clear} />
      {!state.isLoaded && state.action.fault === undefined && <Skeleton step="Reading the set-up" />}
      {state.isLoaded && (
        <FormContext value={state.form}>
          <div className="settings">
            <nav className="sub" aria-label="Settings">
              {PARTS.map(([name, label]) => {
                const wrong = state.form.problems.filter((problem) => problem.severity === 'error' && partOf(problem.at) === name).length
                return (
                  <button
                    key={name}
                    type="button"
                    className="nav"
                    aria-current={shown === name ? 'page' : undefined}
                    onClick={() => setShown(name)}
                  >
                    {label}
                    {wrong > 0 && (
                      <span className="count c-bad" aria-label={`${wrong} to correct`}>
                        {wrong}
                      </span>
                    )}
                  </button>
                )
              })}
            </nav>
            <div className="col settings-part">
              <Shown part={shown} state={state} />
            </div>
          </div>
          <PendingBar state={state} show={setShown} />
        </FormContext>
      )}
    </>
  )
}
