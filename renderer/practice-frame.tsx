import type { ReactElement } from 'react'
import { FaultNote } from './components/fault-note.tsx'
import { Icon } from './components/icons.tsx'
import { useAction } from './components/use-action.ts'
import { ok } from '../shared/domain/fault.ts'
import { api } from './state/api.ts'

/** The permanent label of practice: nothing here is real. */
export function PracticeBar(): ReactElement {
  const action = useAction()
  const end = async (): Promise<void> => {
    await action.run(async () => {
      const answer = await api().window.confirm({ question: 'end-practice' })
      if (!answer.ok || !answer.value.confirmed) return answer
      const ended = await api().practice.end({ forget: false })
      return ended.ok ? ok(answer.value) : ended
    })
  }
  return (
    <section className="practice-bar" aria-label="Practice">
      <Icon name="practice" />
      <b>Practice</b>
      <span className="cut">A simulated network. No real key, disk or coin is touched.</span>
      <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void end()}>
        End practice…
      </button>
      {action.fault !== undefined && (
        <div className="toast">
          <FaultNote fault={action.fault} close={action.clear} />
        </div>
      )}
    </section>
  )
}
