import { useEffect, useState, type ReactElement } from 'react'
import { textOf, type Fault, type Result } from '../shared/domain/fault.ts'
import type { MatchAnswer } from '../shared/domain/inventory.ts'
import { FaultNote } from './components/fault-note.tsx'
import { MatchNote } from './components/match-note.tsx'
import { api, pathOf } from './state/api.ts'
import { nextOf } from './state/match.ts'

/** More than these are not looked at in one drop: the answers would not be read. */
const MOST = 5

interface Matched {
  readonly path: string
  readonly answer: Result<MatchAnswer>
}

const broken = (cause: unknown): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: { code: 'internal', detail: textOf(cause), retry: 'now' },
})

async function match(path: string): Promise<Matched> {
  try {
    return { path, answer: await api().scan.match({ path }) }
  } catch (cause: unknown) {
    return { path, answer: broken(cause) }
  }
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true

interface Dropped {
  readonly paths: readonly string[]
  /** How many were dropped beyond those. */
  readonly more: number
  readonly matched?: readonly Matched[]
}

/** Listens to the whole window; what is dropped is only looked at. */
function useDrop(): { readonly isOver: boolean; readonly dropped: Dropped | undefined; readonly close: () => void } {
  const [isOver, setOver] = useState(false)
  const [dropped, setDropped] = useState<Dropped>()
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(false)
      const all = [...(event.dataTransfer?.files ?? [])].flatMap((file) => pathOf(file) ?? [])
      if (all.length === 0) return
      const seen: Dropped = { paths: all.slice(0, MOST), more: Math.max(0, all.length - MOST) }
      setDropped(seen)
      const look = async (): Promise<void> => {
        const matched = await Promise.all(seen.paths.map(match))
        setDropped((now) => (now === seen ? { ...seen, matched } : now))
      }
      void look()
    }
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setDropped(undefined)
    }
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    window.addEventListener('keydown', escape)
    return () => {
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
      window.removeEventListener('keydown', escape)
    }
  }, [])
  return { isOver, dropped, close: () => setDropped(undefined) }
}

function Answer({ matched, close }: { readonly matched: Matched; readonly close: () => void }): ReactElement {
  const { path, answer } = matched
  if (!answer.ok) {
    return (
      <div>
        <p className="s dim mono match-subject">{path}</p>
        <FaultNote fault={answer.fault} />
      </div>
    )
  }
  const next = nextOf(answer.value, path)
  const act = next === undefined ? undefined : { label: next.label, run: () => (close(), next.run()) }
  return <MatchNote subject={path} answer={answer.value} next={act} />
}

/** Any file or folder, dropped anywhere: what it is and what to do with it. */
export function DropTarget(): ReactElement | null {
  const { isOver, dropped, close } = useDrop()
  if (isOver) {
    return (
      <div className="drop-over" aria-hidden="true">
        <b>Drop it to see what it is</b>
        <span className="mid">A key, a PoS folder, a node folder, a backup. It is only looked at.</span>
      </div>
    )
  }
  if (dropped === undefined) return null
  return (
    <section className="toast drop-panel" aria-label="What you dropped" role="status">
      {dropped.matched === undefined ? (
        <p className="mid">Looking at {dropped.paths.join(', ')}</p>
      ) : (
        dropped.matched.map((one) => <Answer key={one.path} matched={one} close={close} />)
      )}
      {dropped.more > 0 && <p className="s dim">{dropped.more} more were not looked at. Drop them again, a few at a time.</p>}
      <div className="row">
        <button type="button" className="btn sm" onClick={close}>
          Close
        </button>
      </div>
    </section>
  )
}
