import type { ReactElement } from 'react'
import { Ago } from './components/time.tsx'
import { Logo } from './components/icons.tsx'
import { useAction } from './components/use-action.ts'
import { ok } from '../shared/domain/fault.ts'
import { useKeeper } from './state/store.ts'

/** The keeper went away: what that means, and a way to try again. It also asks by itself. */
export function NoKeeper({ retry }: { readonly retry: () => Promise<void> }): ReactElement {
  const problem = useKeeper((state) => state.problem)
  const heardAt = useKeeper((state) => (state.snapshot === undefined ? undefined : state.heardAt))
  const action = useAction()
  return (
    <main id="main" className="alone">
      <Logo size={40} />
      <h1>The keeper does not answer</h1>
      <p className="mid">
        The part of Smeshkeeper that watches the processes is not running or not reachable. Node and services go on by themselves; proofs
        are not lost, but nobody watches them now.
      </p>
      {heardAt !== undefined && (
        <p className="dim">
          Last heard <Ago at={heardAt} />.
        </p>
      )}
      <button type="button" className="btn primary" disabled={action.isBusy} onClick={() => void action.run(async () => ok(await retry()))}>
        Try again
      </button>
      {problem !== undefined && (
        <details className="s mid">
          <summary>Details</summary>
          <span className="mono">{problem}</span>
        </details>
      )}
    </main>
  )
}
