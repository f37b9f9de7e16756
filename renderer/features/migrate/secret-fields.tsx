import { useId, useState, type ReactElement } from 'react'

/** `new`: seals a file, so it is typed twice. `open`: opens one. */
export type SecretUse = 'none' | 'new' | 'open'

interface Props {
  readonly use: 'new' | 'open'
  /** `undefined` as long as it cannot be used. It is kept by nobody but the plan that is open. */
  readonly change: (passphrase: string | undefined) => void
}

/** The passphrase of a sealed identity. */
export function SecretFields({ use, change }: Props): ReactElement {
  const id = useId()
  const [typed, setTyped] = useState({ first: '', again: '' })
  const set = (part: Partial<typeof typed>): void => {
    const next = { ...typed, ...part }
    setTyped(next)
    change(next.first !== '' && (use === 'open' || next.first === next.again) ? next.first : undefined)
  }
  const box = (name: 'first' | 'again', label: string): ReactElement => (
    <div className="field grow">
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <span className="input">
        <input
          id={`${id}-${name}`}
          type="password"
          autoComplete="off"
          value={typed[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      </span>
    </div>
  )
  return (
    <section className="secret-fields" aria-label={use === 'new' ? 'What seals it' : 'What opens it'}>
      <div className="row g12">
        {box('first', 'Passphrase')}
        {use === 'new' && box('again', 'Typed again')}
      </div>
      <p className="s dim">
        {use === 'new'
          ? 'Whoever has the file and this passphrase has the key. Take another way for each of them.'
          : 'It opens the sealed file.'}
      </p>
    </section>
  )
}
