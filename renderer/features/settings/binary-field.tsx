import { useState, type ReactElement } from 'react'
import type { BinaryReport } from '../../../shared/ipc/contract.ts'
import { ok, type Result } from '../../../shared/domain/fault.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { useSnapshot } from '../../state/store.ts'
import { TextField, useForm } from './form.tsx'
import { textAt } from './draft.ts'

function Report({ report }: { readonly report: BinaryReport }): ReactElement {
  return (
    <div className="binary s">
      <span>
        <b>{report.program}</b> {report.version ?? 'version unknown'}, {report.architecture}
        {report.runsHere ? '' : <b className="c-bad"> does not run on this machine</b>}
      </span>
      <span className="mono dim cut" title={report.sha256}>
        SHA-256 {report.sha256}
      </span>
      {report.remark !== undefined && <span className="c-warn">{report.remark}</span>}
    </div>
  )
}

/** A program that is not started because it is another one than at its first use; the user may want it all the same. */
function Changed({ path }: { readonly path: string }): ReactElement | null {
  const problem = useSnapshot((snapshot) => snapshot.setupProblem)
  const action = useAction()
  if (path === '' || problem === undefined || !problem.includes(`${path} has changed since`)) return null
  return (
    <div className="binary s">
      <span className="c-warn">{problem}</span>
      <div className="row">
        <button
          type="button"
          className="btn sm"
          disabled={action.isBusy}
          onClick={() => void action.run(() => api().binaries.accept({ path }))}
        >
          Accept the changed program
        </button>
      </div>
      <FaultNote fault={action.fault} close={action.clear} />
    </div>
  )
}

interface Props {
  readonly at: string
  readonly label: string
  readonly program: 'go-spacemesh' | 'post-service'
}

/** A program: chosen as a file or folder, or unpacked from a release archive; always inspected. */
export function BinaryField({ at, label, program }: Props): ReactElement {
  const form = useForm()
  const action = useAction()
  const [reports, setReports] = useState<readonly BinaryReport[]>([])
  const take = async (ask: () => Promise<Result<readonly BinaryReport[] | undefined>>): Promise<void> => {
    const answer = await action.run(ask)
    if (answer?.ok !== true || answer.value === undefined) return
    setReports(answer.value)
    const fit = answer.value.find((report) => report.program === program && report.runsHere)
    if (fit !== undefined) form.set(at, fit.path)
  }
  const choose = (kind: 'file' | 'folder' | 'archive') => async (): Promise<Result<readonly BinaryReport[] | undefined>> => {
    const chosen = await api().window.chooseFile({ title: label, kind })
    if (!chosen.ok) return chosen
    const { path } = chosen.value
    if (path === undefined) return ok(undefined)
    return kind === 'archive' ? api().binaries.importArchive({ path }) : api().binaries.inspect({ path })
  }
  const inspect = async (): Promise<Result<readonly BinaryReport[] | undefined>> => api().binaries.inspect({ path: textAt(form.draft, at) })
  const isMissing = reports.length > 0 && !reports.some((report) => report.program === program)
  return (
    <div className="binary-field">
      <TextField at={at} label={label} hint="Its SHA-256 is pinned at first use." />
      <div className="row binary-actions">
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void take(choose('file'))}>
          Choose file…
        </button>
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void take(choose('folder'))}>
          Choose folder…
        </button>
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void take(choose('archive'))}>
          Import archive…
        </button>
        <button type="button" className="btn sm quiet" disabled={action.isBusy} onClick={() => void take(inspect)}>
          Look at it
        </button>
      </div>
      {reports.map((report) => (
        <Report key={report.path} report={report} />
      ))}
      {isMissing && <p className="s c-warn">There is no {program} in it.</p>}
      <Changed path={textAt(form.draft, at)} />
      <FaultNote fault={action.fault} close={action.clear} />
    </div>
  )
}
