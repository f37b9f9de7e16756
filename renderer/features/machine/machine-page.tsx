import './machine.css'
import type { ReactElement } from 'react'
import type { Advice, MachineReport } from '../../../shared/domain/machine.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useMachine } from '../../state/machine.ts'
import { go } from '../../state/route.ts'
import { DisksCard } from './disks-card.tsx'
import { ClockCard, MemoryCard, PowCard } from './fact-cards.tsx'
import { AdviceCard, ChecksCard } from './list-cards.tsx'
import { OpenClCard } from './opencl-card.tsx'

const isAtWork = (report: MachineReport): boolean =>
  report.isLooking || report.profiler !== undefined || report.disks.some(({ test }) => test.is === 'running' || test.is === 'waiting')

const adviceOf = ({ advice, opencl }: MachineReport): readonly Advice[] => {
  const own = opencl.is === 'seen' || opencl.is === 'failed' ? opencl.advice : []
  return [...advice, ...own.filter((one) => !advice.some((other) => other.key === one.key))]
}

function Room({ report, disk }: { readonly report: MachineReport; readonly disk: string | undefined }): ReactElement {
  const action = useAction()
  const isBusy = action.isBusy || isAtWork(report)
  const measure = (id: string, what: 'read' | 'write'): void =>
    void action.run(() => api().machine.measure({ disks: [id], what, acceptsNow: true }))
  const measureAll = (which: { readonly disks?: string[] }): void =>
    void action.run(() => api().machine.measure({ ...which, what: 'read', acceptsNow: true }))
  const follow = (one: Advice): void => {
    if (one.action === 'measure') measureAll(one.about === undefined ? {} : { disks: [one.about] })
    else if (one.action === 'look-again') void action.run(() => api().machine.look())
    else go({ room: one.action === 'plan-move' ? 'plan' : 'settings' })
  }
  const checkReady = async (): Promise<void> => {
    const answer = await action.run(() => api().ready.check())
    if (answer?.ok === true) go({ room: 'now' })
  }
  return (
    <>
      <header className="head machine-head">
        <h1>{report.headline}</h1>
        <div className="row">
          <span className="s dim" role="status">
            {report.isLooking ? 'Looking…' : report.measuredAt === undefined ? 'not measured yet' : <Ago at={report.measuredAt} />}
          </span>
          <button type="button" className="btn" disabled={isBusy} onClick={() => void action.run(() => api().machine.look())}>
            Look again
          </button>
          {isAtWork(report) ? (
            <button type="button" className="btn" onClick={() => void action.run(() => api().machine.cancel())}>
              Cancel
            </button>
          ) : (
            <button type="button" className="btn" disabled={isBusy} onClick={() => measureAll({})}>
              Measure the disks
            </button>
          )}
        </div>
      </header>
      <FaultNote fault={action.fault} close={action.clear} />
      <DisksCard disks={report.disks} unitBytes={report.unitBytes} first={disk} acts={{ isBusy, measure }}>
        <div className="row machine-foot">
          <span className="grow s dim">Does every proof end in time, and is all else ready?</span>
          <button type="button" className="btn sm" onClick={() => go({ room: 'plan' })}>
            Will it fit?
          </button>
          <button type="button" className="btn sm" disabled={isBusy} onClick={() => void checkReady()}>
            Ready for the gap?
          </button>
        </div>
      </DisksCard>
      <div className="machine-three">
        <MemoryCard memory={report.memory} />
        <PowCard report={report} isBusy={isBusy} benchmark={() => void action.run(() => api().machine.benchmark())} />
        <ClockCard clock={report.clock} />
      </div>
      <div className="two machine-two">
        <OpenClCard report={report} />
        <AdviceCard advice={adviceOf(report)} isBusy={isBusy} act={follow} />
      </div>
      <ChecksCard report={report} />
    </>
  )
}

/** What this computer can prove in time; `disk` is the one to open first. */
export function MachinePage({ disk }: { readonly disk: string | undefined }): ReactElement {
  const { value, fault, reload } = useMachine()
  if (value !== undefined) return <Room report={value} disk={disk} />
  return (
    <>
      <header className="head">
        <h1>Machine</h1>
      </header>
      <FaultNote fault={fault} retry={reload} />
      {fault === undefined && <Skeleton rows={6} step="Asking what is known of this computer" />}
    </>
  )
}
