import { createContext, useContext, useId, type ReactElement, type ReactNode } from 'react'
import type { SetupProblem } from '../../../shared/ipc/contract.ts'
import { ok } from '../../../shared/domain/fault.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { textAt, type Draft } from './draft.ts'

export interface Form {
  readonly draft: Draft
  readonly problems: readonly SetupProblem[]
  readonly set: (at: string, value: unknown) => void
}

export const FormContext = createContext<Form | undefined>(undefined)

export function useForm(): Form {
  const form = useContext(FormContext)
  if (form === undefined) throw new Error('a field outside a form')
  return form
}

interface ProblemsProps {
  readonly at: string
  readonly id: string
  /** Also those of the places below. */
  readonly isDeep?: boolean | undefined
}

/** What is wrong at one place, for fields and for groups of them. */
export function Problems({ at, id, isDeep }: ProblemsProps): ReactElement | null {
  const mine = useForm().problems.filter((problem) => problem.at === at || (isDeep === true && problem.at.startsWith(`${at}.`)))
  if (mine.length === 0) return null
  return (
    <span id={id} className="field-problems s">
      {mine.map((problem) => (
        <span key={problem.message} className={problem.severity === 'error' ? 'c-bad' : 'c-warn'}>
          <Glyph shape={problem.severity === 'error' ? 'alert' : 'triangle'} tone={problem.severity === 'error' ? 'bad' : 'warn'} />
          {problem.message}
        </span>
      ))}
    </span>
  )
}

interface FieldProps {
  readonly at: string
  readonly label: string
  readonly hint?: string
}

interface FrameProps extends FieldProps {
  readonly id: string
  readonly isDeep?: boolean
  readonly children: ReactNode
}

/** Label, hint and problems on the left, the control on the right. */
export function Frame({ at, label, hint, id, isDeep, children }: FrameProps): ReactElement {
  return (
    <div className="set">
      <div className="grow">
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && <div className="s dim">{hint}</div>}
        <Problems at={at} id={`${id}-problem`} isDeep={isDeep} />
      </div>
      {children}
    </div>
  )
}

const useWrong = (at: string): boolean => useForm().problems.some((problem) => problem.at === at && problem.severity === 'error')

interface TextProps extends FieldProps {
  readonly placeholder?: string
  readonly isOptional?: boolean
  readonly isMono?: boolean
}

export function TextField(props: TextProps): ReactElement {
  const { at, isOptional, placeholder } = props
  const form = useForm()
  const id = useId()
  const isWrong = useWrong(at)
  return (
    <Frame {...props} id={id}>
      <span className={`input field-text${props.isMono === false ? '' : ' mono'}${isWrong ? ' wrong' : ''}`}>
        <input
          id={id}
          value={textAt(form.draft, at)}
          placeholder={placeholder ?? (isOptional === true ? 'not set' : '')}
          aria-invalid={isWrong}
          aria-describedby={`${id}-problem`}
          spellCheck={false}
          onChange={(event) => form.set(at, event.target.value === '' && isOptional === true ? undefined : event.target.value)}
        />
      </span>
    </Frame>
  )
}

export function NumberField(
  props: FieldProps & { readonly isOptional?: boolean; readonly step?: number; readonly min?: number },
): ReactElement {
  const { at } = props
  const form = useForm()
  const id = useId()
  const isWrong = useWrong(at)
  return (
    <Frame {...props} id={id}>
      <span className={`input field-number${isWrong ? ' wrong' : ''}`}>
        <input
          id={id}
          type="number"
          min={props.min ?? 0}
          step={props.step ?? 1}
          value={textAt(form.draft, at)}
          aria-invalid={isWrong}
          aria-describedby={`${id}-problem`}
          onChange={(event) => form.set(at, event.target.value === '' ? undefined : Number(event.target.value))}
        />
      </span>
    </Frame>
  )
}

interface ChoiceProps extends FieldProps {
  readonly options: readonly (readonly [string, string])[]
  readonly fallback: string
}

/** A few choices side by side. */
export function ChoiceField(props: ChoiceProps): ReactElement {
  const { at, label, hint, options, fallback } = props
  const form = useForm()
  const id = useId()
  const value = textAt(form.draft, at) || fallback
  return (
    <div className="set" role="group" aria-labelledby={id}>
      <div className="grow">
        <span id={id} className="label">
          {label}
        </span>
        {hint !== undefined && <div className="s dim">{hint}</div>}
        <Problems at={at} id={`${id}-problem`} />
      </div>
      <span className="seg">
        {options.map(([option, word]) => (
          <button
            key={option}
            type="button"
            className={value === option ? 'on' : ''}
            aria-pressed={value === option}
            onClick={() => form.set(at, option)}
          >
            {word}
          </button>
        ))}
      </span>
    </div>
  )
}

interface RowProps<T extends string | boolean> {
  readonly label: string
  readonly hint?: string
  readonly options: readonly (readonly [T, string])[]
  readonly value: T
  readonly choose: (value: T) => void
}

/** Choices side by side that are not one place of the draft. */
export function ChoiceRow<T extends string | boolean>({ label, hint, options, value, choose }: RowProps<T>): ReactElement {
  const id = useId()
  return (
    <div className="set" role="group" aria-labelledby={id}>
      <div className="grow">
        <span id={id} className="label">
          {label}
        </span>
        {hint !== undefined && <div className="s dim">{hint}</div>}
      </div>
      <span className="seg">
        {options.map(([option, word]) => (
          <button
            key={word}
            type="button"
            className={value === option ? 'on' : ''}
            aria-pressed={value === option}
            onClick={() => choose(option)}
          >
            {word}
          </button>
        ))}
      </span>
    </div>
  )
}

/** Many choices in a list. */
export function SelectField(props: ChoiceProps): ReactElement {
  const form = useForm()
  const id = useId()
  return (
    <Frame {...props} id={id}>
      <span className="input field-select">
        <select id={id} value={textAt(form.draft, props.at) || props.fallback} onChange={(event) => form.set(props.at, event.target.value)}>
          {props.options.map(([option, word]) => (
            <option key={option} value={option}>
              {word}
            </option>
          ))}
        </select>
      </span>
    </Frame>
  )
}

interface SwitchProps {
  readonly label: string
  readonly hint?: string
  readonly isOn: boolean
  readonly turn: (on: boolean) => void
}

export function SwitchField({ label, hint, isOn, turn }: SwitchProps): ReactElement {
  const id = useId()
  return (
    <div className="set">
      <div className="grow">
        <span id={id} className="label">
          {label}
        </span>
        {hint !== undefined && <div className="s dim">{hint}</div>}
      </div>
      <button
        type="button"
        className={isOn ? 'switch on' : 'switch'}
        role="switch"
        aria-checked={isOn}
        aria-labelledby={id}
        onClick={() => turn(!isOn)}
      />
    </div>
  )
}

/** A path with a button that lets main ask for it. */
export function PathField(props: TextProps & { readonly kind: 'file' | 'folder' }): ReactElement {
  const { at, label, kind } = props
  const form = useForm()
  const id = useId()
  const isWrong = useWrong(at)
  const action = useAction()
  const choose = async (): Promise<void> => {
    const chosen = await action.run(async () => {
      const answer = await api().window.chooseFile({ title: label, kind })
      return answer.ok ? ok(answer.value.path) : answer
    })
    if (chosen?.ok === true && chosen.value !== undefined) form.set(at, chosen.value)
  }
  return (
    <Frame {...props} id={id}>
      <div className="path-field">
        <span className={`input mono${isWrong ? ' wrong' : ''}`}>
          <input
            id={id}
            value={textAt(form.draft, at)}
            placeholder={props.isOptional === true ? 'not set' : ''}
            aria-invalid={isWrong}
            aria-describedby={`${id}-problem`}
            spellCheck={false}
            onChange={(event) => form.set(at, event.target.value === '' && props.isOptional === true ? undefined : event.target.value)}
          />
        </span>
        <button type="button" className="btn sm" onClick={() => void choose()} aria-label={`Choose ${label}`}>
          Choose…
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </Frame>
  )
}

/** A titled card of fields. */
export function Part({
  title,
  hint,
  children,
}: {
  readonly title: string
  readonly hint?: string
  readonly children: ReactNode
}): ReactElement {
  const id = useId()
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-h">
        <h2 id={id}>{title}</h2>
        {hint !== undefined && <span className="s dim">{hint}</span>}
      </div>
      <div className="sets">{children}</div>
    </section>
  )
}
