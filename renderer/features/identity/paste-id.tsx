import { useId, useState, type FormEvent, type ReactElement } from 'react'
import type { MatchAnswer } from '../../../shared/domain/inventory.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { MatchNote } from '../../components/match-note.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { nextOf } from '../../state/match.ts'

/** What an id, in hex or base64, or a path is; a file or folder can be dropped on the window instead. */
export function PasteId(): ReactElement {
  const id = useId()
  const action = useAction()
  const [text, setText] = useState('')
  const [matched, setMatched] = useState<{ readonly of: string; readonly answer: MatchAnswer }>()
  const look = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const of = text.trim()
    if (of === '') return
    const answer = await action.run(() => api().scan.match({ text: of }))
    setMatched(answer?.ok === true ? { of, answer: answer.value } : undefined)
  }
  return (
    <section className="card pad paste" aria-label="What is this?">
      <form className="row" onSubmit={(event) => void look(event)}>
        <label htmlFor={id}>Paste an id</label>
        <span className="input mono grow">
          <input
            id={id}
            value={text}
            maxLength={4096}
            autoComplete="off"
            spellCheck={false}
            placeholder="hex or base64; or drop a file or folder on the window"
            onChange={(event) => setText(event.target.value)}
          />
        </span>
        <button type="submit" className="btn" disabled={text.trim() === '' || action.isBusy}>
          What is it?
        </button>
      </form>
      <FaultNote fault={action.fault} close={action.clear} />
      {matched !== undefined && (
        <div role="status">
          <MatchNote subject={matched.of} answer={matched.answer} next={nextOf(matched.answer, undefined)} />
        </div>
      )}
    </section>
  )
}
