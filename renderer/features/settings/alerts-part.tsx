import { useState, type ReactElement } from 'react'
import { FaultNote } from '../../components/fault-note.tsx'
import { Moment, usePassed } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { readAt } from './draft.ts'
import { ChoiceField, NumberField, Part, SwitchField, TextField, useForm } from './form.tsx'

function TestButton({ isSaved }: { readonly isSaved: boolean }): ReactElement {
  const action = useAction()
  const [said, setSaid] = useState<string>()
  const test = async (): Promise<void> => {
    const answer = await action.run(() => api().alerts.test())
    if (answer?.ok === true) setSaid(`Desktop: ${answer.value.desktop}. Web hook: ${answer.value.webhook}.`)
  }
  return (
    <Part title="Try it" hint={isSaved ? 'one message through every way' : 'save first: the saved ways are tried'}>
      <div className="set">
        <span className="grow" role="status">
          {said ?? 'Proofs fall into Sunday night; know today that the message arrives.'}
        </span>
        <button type="button" className="btn" disabled={action.isBusy || !isSaved} onClick={() => void test()}>
          Send a test message
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </Part>
  )
}

const HOUR_MS = 3_600_000

/** Silence for a while. What will be late, and worse, is told all the same. */
function Pause(): ReactElement {
  const action = useAction()
  const [until, setUntil] = useState<number | null>(null)
  const isOver = usePassed(until ?? undefined)
  const isPaused = until !== null && !isOver
  const pause = async (untilMs: number | null): Promise<void> => {
    const answer = await action.run(() => api().alerts.pause({ untilMs }))
    if (answer?.ok === true) setUntil(untilMs)
  }
  return (
    <Part title="Pause alarms" hint="“will be late” and worse are told all the same">
      <div className="set">
        <span className="grow" role="status">
          {isPaused ? (
            <>
              Paused until <Moment at={until} />.
            </>
          ) : (
            'For work on the machine: no messages about services that you stop yourself.'
          )}
        </span>
        {isPaused ? (
          <button type="button" className="btn" disabled={action.isBusy} onClick={() => void pause(null)}>
            End the pause
          </button>
        ) : (
          ([1, 4, 12] as const).map((hours) => (
            <button
              key={hours}
              type="button"
              className="btn"
              disabled={action.isBusy}
              onClick={() => void pause(Date.now() + hours * HOUR_MS)}
            >
              {hours} h
            </button>
          ))
        )}
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </Part>
  )
}

/** How the user is told: desktop, one web hook, a heartbeat, quiet hours. */
export function AlertsPart({ isSaved }: { readonly isSaved: boolean }): ReactElement {
  const form = useForm()
  const has = (at: string): boolean => typeof readAt(form.draft, at) === 'object' && readAt(form.draft, at) !== null
  const toggle = (at: string, value: unknown) => (on: boolean) => form.set(at, on ? value : null)
  return (
    <>
      <Part title="Messages">
        <SwitchField
          label="Desktop notifications"
          hint="The first of a kind at once, further ones replace it"
          isOn={readAt(form.draft, 'alerts.desktop') !== false}
          turn={(on) => form.set('alerts.desktop', on)}
        />
        <SwitchField
          label="Web hook"
          hint="One outgoing HTTPS address; no ids"
          isOn={has('alerts.webhook')}
          turn={toggle('alerts.webhook', { url: 'https://', form: 'ntfy', withNames: false })}
        />
        {has('alerts.webhook') && (
          <>
            <TextField at="alerts.webhook.url" label="Address" />
            <ChoiceField
              at="alerts.webhook.form"
              label="Form"
              options={[
                ['ntfy', 'ntfy'],
                ['json', 'JSON'],
              ]}
              fallback="json"
            />
            <SwitchField
              label="Send names of identities"
              hint="Off: they do not leave this machine"
              isOn={readAt(form.draft, 'alerts.webhook.withNames') === true}
              turn={(on) => form.set('alerts.webhook.withNames', on)}
            />
          </>
        )}
        <SwitchField
          label="Heartbeat"
          hint="Asked while all is well; its silence tells you that this machine is down"
          isOn={has('alerts.heartbeat')}
          turn={toggle('alerts.heartbeat', { url: 'https://', everyMinutes: 60 })}
        />
        {has('alerts.heartbeat') && (
          <>
            <TextField at="alerts.heartbeat.url" label="Address" />
            <NumberField at="alerts.heartbeat.everyMinutes" label="Every, minutes" min={1} />
          </>
        )}
        <SwitchField
          label="Quiet hours"
          hint="“Will be late” and worse are told all the same"
          isOn={has('alerts.quietHours')}
          turn={toggle('alerts.quietHours', { from: '23:00', to: '07:00' })}
        />
        {has('alerts.quietHours') && (
          <>
            <TextField at="alerts.quietHours.from" label="From" />
            <TextField at="alerts.quietHours.to" label="To" />
          </>
        )}
      </Part>
      <Pause />
      <TestButton isSaved={isSaved} />
    </>
  )
}
