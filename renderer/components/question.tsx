import { useEffect, useRef, type ReactElement, type ReactNode } from 'react'

interface Props {
  readonly title: string
  /** The verb that does it. */
  readonly yes: string
  /** The way out; `undefined` when there is nothing left to leave. */
  readonly no?: string | undefined
  readonly isDisabled?: boolean
  readonly isDanger?: boolean
  /** Does it; the dialog closes when `close` is called. */
  readonly act: () => void
  readonly close: () => void
  readonly children: ReactNode
}

/** A question that stands over the page: what would happen, and the way out. */
export function Question({ title, yes, no = 'Cancel', isDisabled, isDanger, act, close, children }: Props): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="card node-panel" aria-label={title} onClose={close}>
      <form
        className="col"
        onSubmit={(event) => {
          event.preventDefault()
          if (isDisabled !== true) act()
        }}
      >
        <h2>{title}</h2>
        {children}
        <div className="row">
          <button type="submit" className={isDanger === true ? 'btn danger' : 'btn primary'} disabled={isDisabled}>
            {yes}
          </button>
          <button type="button" className="btn" onClick={close}>
            {no}
          </button>
        </div>
      </form>
    </dialog>
  )
}
