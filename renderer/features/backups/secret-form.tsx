import { useId, useState, type ReactElement, type ReactNode } from 'react'
import { ok } from '../../../shared/domain/fault.ts'
import type { Secret } from '../../../shared/ipc/keys-contract.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Tick } from '../../components/tick.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'

const WAYS = { typed: 'Type the passphrase', remembered: 'Use the remembered one', file: 'Use an age identity file' } as const
type Way = keyof typeof WAYS

interface Props {
  readonly verb: string
  readonly isBusy: boolean
  /** A passphrase is in the keyring and may be used this time. */
  readonly canUseRemembered: boolean
  readonly firstWay?: Way
  readonly submit: (secret: Secret) => void
  /** Beside the button. */
  readonly children?: ReactNode
}

/** Asks for what opens a backup. The passphrase is cleared as soon as it is handed over. */
export function SecretForm({ verb, isBusy, canUseRemembered, firstWay, submit, children }: Props): ReactElement {
  const id = useId()
  const action = useAction()
  const [way, setWay] = useState<Way>(firstWay ?? 'typed')
  const [passphrase, setPassphrase] = useState('')
  const [identityFile, setIdentityFile] = useState<string>()
  const ways: readonly Way[] = canUseRemembered ? ['typed', 'remembered', 'file'] : ['typed', 'file']
  const isReady = way === 'typed' ? passphrase !== '' : way === 'file' ? identityFile !== undefined : true
  const choose = async (): Promise<void> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title: 'Choose an age identity file', kind: 'file' })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok === true && chosen.value !== undefined) setIdentityFile(chosen.value)
  }
  const hand = (): void => {
    if (!isReady || isBusy) return
    setPassphrase('')
    if (way === 'typed') submit({ passphrase, useRemembered: false })
    else if (way === 'file' && identityFile !== undefined) submit({ identityFile, useRemembered: false })
    else submit({ useRemembered: true })
  }
  return (
    <form
      className="secret"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault()
        hand()
      }}
    >
      <div className="ticks" role="radiogroup" aria-label="What opens it">
        {ways.map((one) => (
          <Tick key={one} type="radio" name={`${id}-way`} isOn={way === one} turn={() => setWay(one)}>
            {WAYS[one]}
          </Tick>
        ))}
      </div>
      {way === 'typed' && (
        <div className="field">
          <label htmlFor={`${id}-pass`}>Passphrase</label>
          <div className="input mono">
            <input
              id={`${id}-pass`}
              type="password"
              autoComplete="off"
              spellCheck={false}
              maxLength={1024}
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
            />
          </div>
        </div>
      )}
      {way === 'file' && (
        <div className="row">
          <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void choose()}>
            Choose the identity file…
          </button>
          <span className="mono path s">{identityFile ?? 'none chosen'}</span>
        </div>
      )}
      <FaultNote fault={action.fault} close={action.clear} />
      <div className="row">
        <button type="submit" className="btn primary" disabled={!isReady || isBusy}>
          {verb}
        </button>
        {children}
      </div>
    </form>
  )
}
