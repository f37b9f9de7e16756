import type { ReactElement } from 'react'
import type { ReadyCheck } from '../../../shared/domain/readiness.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Ago, usePassed } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useReady } from '../../state/machine.ts'

function Check({ check }: { readonly check: ReadyCheck }): ReactElement {
  return (
    <li>
      {check.text} {check.fix !== undefined && <span className="mid">{check.fix}</span>}
    </li>
  )
}

/** Whether everything is ready for the next gap; nothing before the first look at it, nor of a gap that has closed. */
export function ReadyCard(): ReactElement | null {
  const { value: report } = useReady()
  const action = useAction()
  const isOver = usePassed(report?.gapClosesAt)
  if (report === undefined || isOver) return null
  const open = report.checks.filter((check) => check.is !== 'pass')
  const isBad = open.some((check) => check.is === 'fail')
  return (
    <>
      <section className={isBad ? 'banner' : 'banner info'} aria-label="Ready for the gap">
        <Glyph shape={isBad ? 'alert' : open.length > 0 ? 'info' : 'disc-tick'} tone={isBad ? 'bad' : open.length > 0 ? 'accent' : 'ok'} />
        <div className="grow">
          <b>{report.sentence}</b>{' '}
          <span className="s mid">
            looked at <Ago at={report.at} />
          </span>
          {open.length > 0 && (
            <details className="s">
              <summary>What is not ready or not known ({open.length})</summary>
              <ul>
                {open.map((check) => (
                  <Check key={`${check.key} ${check.identity ?? ''}`} check={check} />
                ))}
              </ul>
            </details>
          )}
        </div>
        <button
          type="button"
          className="btn sm"
          disabled={report.isChecking || action.isBusy}
          onClick={() => void action.run(() => api().ready.check())}
        >
          {report.isChecking || action.isBusy ? 'Checking…' : 'Check now'}
        </button>
      </section>
      <FaultNote fault={action.fault} close={action.clear} />
    </>
  )
}
