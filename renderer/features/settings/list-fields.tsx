import { useId, useState, type ReactElement } from 'react'
import { readAt } from './draft.ts'
import { ChoiceRow, Frame, NumberField, PathField, SwitchField, TextField, useForm } from './form.tsx'

interface ListProps {
  readonly at: string
  readonly label: string
  readonly hint?: string
  /** How the value is written in the box, and read back. */
  readonly format: (value: unknown) => string
  readonly parse: (text: string) => unknown
  readonly rows?: number
}

/** A list or table as text. What is typed stays as it is while it means the same as the draft. */
function TextBox({ at, label, hint, format, parse, rows }: ListProps): ReactElement {
  const form = useForm()
  const id = useId()
  const value = readAt(form.draft, at)
  const [typed, setTyped] = useState(() => format(value))
  const shown = JSON.stringify(parse(typed)) === JSON.stringify(value) ? typed : format(value)
  const isWrong = form.problems.some((one) => (one.at === at || one.at.startsWith(`${at}.`)) && one.severity === 'error')
  return (
    <Frame at={at} label={label} id={id} isDeep {...(hint === undefined ? {} : { hint })}>
      <span className={`input mono field-text${isWrong ? ' wrong' : ''}${rows === undefined ? '' : ' tall'}`}>
        <textarea
          id={id}
          rows={rows ?? 1}
          value={shown}
          aria-invalid={isWrong}
          aria-describedby={`${id}-problem`}
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value)
            form.set(at, parse(event.target.value))
          }}
        />
      </span>
    </Frame>
  )
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
const listText = (value: unknown, join: string): string => (Array.isArray(value) ? value.map(String).join(join) : '')

/** Arguments that are passed on as they are, one a line. */
export function ArgumentsField({ at }: { readonly at: string }): ReactElement {
  return (
    <TextBox
      at={at}
      label="More arguments"
      hint="One a line, passed on as they are"
      rows={3}
      format={(value) => listText(value, '\n')}
      parse={lines}
    />
  )
}

/** Logger names with their levels, `name=level` a line. */
export function LogLevelsField({ at }: { readonly at: string }): ReactElement {
  return (
    <TextBox
      at={at}
      label="Log levels"
      hint="One a line, for example nipostBuilder=debug"
      rows={3}
      format={(value) =>
        typeof value === 'object' && value !== null
          ? Object.entries(value)
              .map(([name, level]) => `${name}=${String(level)}`)
              .join('\n')
          : ''
      }
      parse={(text) =>
        Object.fromEntries(
          lines(text).map((line) => {
            const cut = line.indexOf('=')
            return cut < 0 ? [line, ''] : [line.slice(0, cut), line.slice(cut + 1)]
          }),
        )
      }
    />
  )
}

const cores = (text: string): unknown[] =>
  text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

/** A number of threads, or the cores themselves: post-service wants exactly one of them. */
export function ThreadsField({ at }: { readonly at: string }): ReactElement {
  const form = useForm()
  const isPinned = readAt(form.draft, `${at}.pinnedCores`) !== undefined
  const choose = (pinned: boolean): void => {
    if (pinned === isPinned) return
    form.set(`${at}.threads`, pinned ? undefined : 4)
    form.set(`${at}.pinnedCores`, pinned ? [0] : undefined)
  }
  return (
    <>
      <ChoiceRow
        label="Processor"
        hint="A number of threads, or fixed cores"
        options={[
          [false, 'threads'],
          [true, 'pinned cores'],
        ]}
        value={isPinned}
        choose={choose}
      />
      {isPinned ? (
        <TextBox
          at={`${at}.pinnedCores`}
          label="Pinned cores"
          hint="Their numbers, for example 0, 1, 2"
          format={(value) => listText(value, ', ')}
          parse={cores}
        />
      ) : (
        <NumberField at={`${at}.threads`} label="Threads" hint="Of this machine's processor" isOptional />
      )}
    </>
  )
}

/** Certificates for a listener that asks for them. */
export function TlsFields({ at }: { readonly at: string }): ReactElement {
  const form = useForm()
  const value = readAt(form.draft, at)
  const isOn = typeof value === 'object' && value !== null
  return (
    <>
      <SwitchField
        label="TLS"
        hint="For a post listener that asks for a certificate"
        isOn={isOn}
        turn={(on) => form.set(at, on ? { caCert: '', cert: '', key: '' } : null)}
      />
      {isOn && (
        <>
          <PathField at={`${at}.caCert`} label="CA certificate" kind="file" />
          <PathField at={`${at}.cert`} label="Certificate" kind="file" />
          <PathField at={`${at}.key`} label="Private key of TLS" kind="file" hint="Its path only; it is never read into the window" />
          <TextField at={`${at}.domain`} label="Name in the certificate" isOptional />
        </>
      )}
    </>
  )
}
