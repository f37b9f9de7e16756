import { useMemo, type ReactElement } from 'react'
import { readyTold, type ReadyTold } from '../../../shared/domain/ready-told.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Ago, usePassed } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useReady } from '../../state/machine.ts'
import { shownAlarms } from '../../state/need.ts'
import { useSnapshot } from '../../state/store.ts'

function Check({ check, isTold }: ReadyTold['open'][number]): ReactElement {
  return (
    <li>
      {check.text} {check.fix !== undefined && <span className="mid">{check.fix}</span>}
      {isTold && <span className="mid"> An alarm above tells of it.</span>}
    </li>
  )
}

const LOOKS = {
  bad: { banner: 'banner', shape: 'alert', tone: 'bad' },
  info: { banner: 'banner info', shape: 'info', tone: 'accent' },
  ok: { banner: 'banner info', shape: 'disc-tick', tone: 'ok' },
} as const

/**
 * Whether everything is ready for the next gap; nothing before the first look at it, nor of a gap that has closed. It is
 * calm about what the alarms above tell already.
 */
export function ReadyCard(): ReactElement | null {
  const { value: report } = useReady()
  const action = useAction()
  const isOver = usePassed(report?.gapClosesAt)
  const known = useSnapshot((snapshot) => snapshot.alarms)
  const alarms = useMemo(() => shownAlarms(known ?? []), [known])
  if (report === undefined || isOver) return null
  const { tone, sentence, open } = readyTold(report, alarms)
  const look = LOOKS[tone]
  return (
    <>
      <section className={look.banner} aria-label="Ready for the gap">
        <Glyph shape={look.shape} tone={look.tone} />
        <div className="grow">
          <b>{sentence}</b>{' '}
          <span className="s mid">
            looked at <Ago at={report.at} />
          </span>
          {open.length > 0 && (
            <details className="s">
              <summary>What is not ready or not known ({open.length})</summary>
              <ul>
                {open.map((one) => (
                  <Check key={`${one.check.key} ${one.check.identity ?? ''}`} {...one} />
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
