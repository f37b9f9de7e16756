import { useState, type ReactElement } from 'react'
import { hexToBytes, shortId } from '../../shared/domain/ids.ts'
import { copyText } from './copy.ts'

/** Standard base64 of the 32 bytes, as JSON and postdata_metadata.json have it. */
export const base64Of = (id: string): string => btoa(String.fromCharCode(...hexToBytes(id)))

function Form({ name, text }: { readonly name: string; readonly text: string }): ReactElement {
  const [copied, setCopied] = useState<boolean>()
  return (
    <span className="id-form">
      <span className="s dim">{name}</span>
      <span className="mono grow">{text}</span>
      <button type="button" className="btn sm" aria-label={`Copy as ${name}`} onClick={() => setCopied(copyText(text))}>
        {copied === undefined ? 'Copy' : copied ? 'Copied' : 'Select it by hand'}
      </button>
    </span>
  )
}

/** A short id that opens to the whole of it, in hex and base64, each to copy. */
export function IdText({ id }: { readonly id: string }): ReactElement {
  const [isOpen, setOpen] = useState(false)
  return (
    <span className={isOpen ? 'id-open' : ''}>
      <button
        type="button"
        className="link mono"
        aria-expanded={isOpen}
        title="Show the whole id"
        onClick={() => setOpen((before) => !before)}
      >
        {shortId(id)}
      </button>
      {isOpen && (
        <span className="id-forms">
          <Form name="hex" text={id} />
          <Form name="base64" text={base64Of(id)} />
        </span>
      )}
    </span>
  )
}
