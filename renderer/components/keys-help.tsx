import { useEffect, useRef, type ReactElement } from 'react'

const KEYS = [
  ['g n', 'Now'],
  ['g i', 'Identities'],
  ['g m', 'Migrate'],
  ['g c', 'Machine'],
  ['g p', 'Will it fit?'],
  ['g a', 'Add an identity'],
  ['g b', 'Backups'],
  ['g l', 'Logs'],
  ['g h', 'History'],
  ['g s', 'Settings'],
  ['/', 'Search'],
  ['e', 'Evidence of the row'],
  ['↑ ↓', 'Next row, lane'],
  ['← →', 'Next segment in the ribbon'],
  ['Home, End', 'Ribbon: now, deadline'],
  ['Enter', 'Open'],
  ['Esc', 'Close'],
  ['?', 'This list'],
] as const

/** The list of keys, as a modal dialogue. */
export function KeysHelp({ close }: { readonly close: () => void }): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="card keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="btn" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  )
}
