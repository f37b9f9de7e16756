import './logs.css'
import { useCallback, type ReactElement } from 'react'
import { bytes } from '../../../shared/domain/words.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Ago } from '../../components/time.tsx'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { go } from '../../state/route.ts'
import { LogView } from './log-view.tsx'

/** All logs that we know, and one of them opened. */
export function LogsPage({ log }: { readonly log: string | undefined }): ReactElement {
  const { value, fault, reload } = useLoad(useCallback(async () => api().logs.list(), []))
  const opened = log ?? value?.[0]?.name
  return (
    <>
      <header className="head">
        <div>
          <h1>Logs</h1>
        </div>
        <button type="button" className="btn sm" onClick={reload}>
          Look again
        </button>
      </header>
      <FaultNote fault={fault} retry={reload} />
      {value === undefined && fault === undefined && <Skeleton step="Listing the logs" />}
      {value !== undefined && value.length === 0 && opened === undefined && <Empty why="No program has written a log yet." />}
      {opened !== undefined && (
        <div className="logs">
          <nav className="log-files" aria-label="Logs">
            {(value ?? []).map((file) => (
              <button
                key={file.name}
                type="button"
                className="nav"
                aria-current={file.name === opened ? 'page' : undefined}
                onClick={() => go({ room: 'logs', log: file.name })}
              >
                <span className="cut">{file.label}</span>
                <span className="s dim">
                  {bytes(file.sizeBytes)}, <Ago at={file.modifiedAt} />
                </span>
              </button>
            ))}
          </nav>
          <LogView key={opened} name={opened} />
        </div>
      )}
    </>
  )
}
