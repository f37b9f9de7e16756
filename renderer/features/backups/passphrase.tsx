import { useEffect, useId, useRef, useState, type ReactElement } from 'react'
import { plural } from '../../../shared/domain/words.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icons.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { strengthOf } from './words.ts'

/** What was suggested, and which of its words the user types again. */
interface Suggested {
  readonly bits: number
  readonly words: readonly string[]
  readonly asked: number
}

/** A passphrase as it is being chosen. It lives in the component that asks for it, and only until the call. */
export interface Chosen {
  readonly passphrase: string
  readonly again: string
  readonly suggested?: Suggested
}
export const NOTHING_CHOSEN: Chosen = { passphrase: '', again: '' }

/** Whether it was typed twice, or one word of the suggested one. */
export const isRepeated = ({ passphrase, again, suggested }: Chosen): boolean =>
  passphrase !== '' && again === (suggested === undefined ? passphrase : suggested.words[suggested.asked])

function suggestedFrom(passphrase: string, bits: number): Suggested {
  const words = passphrase.split(/[-\s]+/)
  return { bits, words, asked: Math.floor(Math.random() * words.length) }
}

/** Bits of what is typed; `undefined` until the meter is loaded. */
function useBits({ passphrase, suggested }: Chosen): number | undefined {
  const [known, setKnown] = useState<{ readonly of: string; readonly bits: number }>()
  const isMeasured = passphrase !== '' && suggested === undefined
  useEffect(() => {
    if (!isMeasured) return undefined
    let isCurrent = true
    const measure = async (): Promise<void> => {
      const { bitsOf } = await import('./strength.ts')
      if (isCurrent) setKnown({ of: passphrase, bits: bitsOf(passphrase) })
    }
    void measure()
    return () => {
      isCurrent = false
      setKnown(undefined)
    }
  }, [isMeasured, passphrase])
  if (suggested !== undefined) return suggested.bits
  return isMeasured && known?.of === passphrase ? known.bits : undefined
}

function Strength({ chosen }: { readonly chosen: Chosen }): ReactElement {
  const bits = useBits(chosen)
  if (bits === undefined) {
    return <p className="s dim">Nobody can open the backup without it, and nobody can bring it back. Write it on paper.</p>
  }
  const { tone, sentence } = strengthOf(bits)
  const words = chosen.suggested === undefined ? '' : `${plural(chosen.suggested.words.length, 'word')}. `
  return (
    <p className={`s c-${tone} strength`} role="status">
      <Glyph shape={tone === 'ok' ? 'disc-tick' : tone === 'warn' ? 'triangle' : 'alert'} tone={tone} />
      {words}
      {sentence}
    </p>
  )
}

interface Props {
  readonly chosen: Chosen
  readonly choose: (chosen: Chosen) => void
}

/** A new passphrase: suggested or one's own, shown on demand, typed again. */
export function PassphraseFields({ chosen, choose }: Props): ReactElement {
  const id = useId()
  const [isShown, setShown] = useState(false)
  const action = useAction()
  const repeat = useRef<HTMLInputElement>(null)
  const { suggested } = chosen
  const suggest = async (): Promise<void> => {
    const answer = await action.run(() => api().backup.suggest())
    if (answer?.ok !== true) return
    choose({ passphrase: answer.value.passphrase, again: '', suggested: suggestedFrom(answer.value.passphrase, answer.value.bits) })
    setShown(true)
    repeat.current?.focus()
  }
  const isWrong = chosen.again !== '' && !isRepeated(chosen)
  return (
    <>
      <div className="pass">
        <div className="field grow">
          <label htmlFor={`${id}-first`}>Passphrase</label>
          <div className="input mono">
            <input
              id={`${id}-first`}
              type={isShown ? 'text' : 'password'}
              autoComplete="off"
              spellCheck={false}
              maxLength={1024}
              value={chosen.passphrase}
              onChange={(event) => choose({ passphrase: event.target.value, again: '' })}
            />
            <button
              type="button"
              className="theme"
              aria-label="Show the passphrase"
              aria-pressed={isShown}
              onClick={() => setShown((before) => !before)}
            >
              <Icon name="eye" />
            </button>
          </div>
        </div>
        <div className="field">
          <label htmlFor={`${id}-again`}>{suggested === undefined ? 'Typed again' : `Word ${suggested.asked + 1}, typed again`}</label>
          <div className={isWrong ? 'input mono wrong' : 'input mono'}>
            <input
              id={`${id}-again`}
              ref={repeat}
              type={isShown ? 'text' : 'password'}
              autoComplete="off"
              spellCheck={false}
              maxLength={1024}
              value={chosen.again}
              aria-invalid={isWrong}
              onChange={(event) => choose({ ...chosen, again: event.target.value })}
            />
            {isRepeated(chosen) && <Glyph shape="disc-tick" tone="ok" label="the same" />}
          </div>
        </div>
      </div>
      <div className="row between">
        <Strength chosen={chosen} />
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void suggest()}>
          Suggest one
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </>
  )
}
