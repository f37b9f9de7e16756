import { useCallback, useEffect, useState, type ReactElement } from 'react'
import type { FileCell, VerifyRun } from '../../../shared/domain/initialization.ts'
import { bytes, plural, THIN } from '../../../shared/domain/words.ts'
import { Bar } from '../../components/bar.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Seg } from '../../components/seg.tsx'
import { Ago } from '../../components/time.tsx'
import { useAction, type Action } from '../../components/use-action.ts'
import { useLoad } from '../../components/use-load.ts'
import { api } from '../../state/api.ts'
import { useVerify } from '../../state/machine.ts'
import { CELL_WORDS, isBad } from './cells.ts'
import { FileMap } from './file-map.tsx'
import { lookOfRun } from './verify-looks.ts'

const SHARES = [
  { value: 0.01, word: `0.01${THIN}%` },
  { value: 0.1, word: `0.1${THIN}%` },
  { value: 1, word: `1${THIN}%` },
] as const
const SHOWN_BAD = 8
const OPEN: ReadonlySet<VerifyRun['is']> = new Set(['queued', 'waiting', 'running', 'paused'])

function RunLine({ run, action }: { readonly run: VerifyRun; readonly action: Action }): ReactElement {
  const look = lookOfRun(run)
  const { identity } = run
  const isOpen = OPEN.has(run.is)
  return (
    <div className="col verify-run">
      <div className="row">
        <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
        <p className="grow" role="status">
          {run.sentence}
        </p>
      </div>
      {isOpen && (
        <Bar label="Share of the files checked" percent={(run.filesDone / Math.max(1, run.fileCount)) * 100} text={run.sentence} />
      )}
      {(isOpen || run.is === 'failed') && (
        <div className="row">
          {run.is === 'paused' || run.is === 'failed' ? (
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.resume({ identity }))}
            >
              Go on
            </button>
          ) : (
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.pause({ identity }))}
            >
              Pause
            </button>
          )}
          {isOpen && (
            <button
              type="button"
              className="btn sm quiet"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.cancel({ identity }))}
            >
              Cancel the check
            </button>
          )}
        </div>
      )}
    </div>
  )
}

interface BadProps {
  readonly identity: string
  readonly files: readonly FileCell[]
  readonly action: Action
}

/** What makes a proof fail, file by file, and the way out of it. */
function BadFiles({ identity, files, action }: BadProps): ReactElement | null {
  const [isAll, setAll] = useState(false)
  const bad = files.filter(isBad)
  if (bad.length === 0) return null
  return (
    <div className="col">
      <p>
        <b>{plural(bad.length, 'file')} cannot be proved from.</b>{' '}
        <span className="mid">A proof that meets one fails or is refused. Make each anew: the bad one is kept beside it.</span>
      </p>
      <ul className="bad-files">
        {bad.slice(0, isAll ? undefined : SHOWN_BAD).map((file) => (
          <li key={file.index} className="row">
            <Glyph shape="cross" tone="bad" />
            <span className="grow">
              <b>File {file.index}</b> <span className="mid">{file.text ?? CELL_WORDS[file.is]}</span>
            </span>
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy}
              onClick={() => void action.run(() => api().verify.rewriteFile({ identity, file: file.index }))}
            >
              Make it anew…<span className="sr"> File {file.index}</span>
            </button>
          </li>
        ))}
      </ul>
      {bad.length > SHOWN_BAD && !isAll && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          Show all {bad.length}
        </button>
      )}
    </div>
  )
}

/** The files of its PoS data, what a check of a sample said of each, and the check itself. */
export function PosDataCard({ identity }: { readonly identity: string }): ReactElement {
  const { value: state } = useVerify()
  const run = state?.runs.find((one) => one.identity === identity)
  const map = useLoad(useCallback(() => api().verify.map({ identity }), [identity]))
  const { reload, value } = map
  const action = useAction()
  const [share, setShare] = useState<number>(0.1)
  // A check that went on, or a file that was made anew: the map knows more.
  useEffect(() => {
    if (state !== undefined) reload()
  }, [state, reload])
  const isOpen = run !== undefined && OPEN.has(run.is)
  return (
    <section className="card" aria-labelledby="pos-data-title">
      <div className="card-h">
        <h2 id="pos-data-title">PoS data</h2>
        {value !== undefined && value.files.length > 0 && (
          <span className="s dim">
            {plural(value.files.length, 'file')} of {bytes(value.fileBytes)}
            {value.lastWholeAt !== undefined && (
              <>
                , whole <Ago at={value.lastWholeAt} />
              </>
            )}
          </span>
        )}
      </div>
      <div className="pad facts">
        <FaultNote fault={action.fault} close={action.clear} />
        {map.fault !== undefined && <p className="mid">{map.fault.detail}</p>}
        {value !== undefined && value.files.length > 0 && <FileMap files={value.files} />}
        {value !== undefined && <BadFiles identity={identity} files={value.files} action={action} />}
        {run !== undefined && <RunLine run={run} action={action} />}
        {!isOpen && (
          <div className="row verify-ask">
            <button
              type="button"
              className="btn sm"
              disabled={action.isBusy || map.fault !== undefined}
              onClick={() => void action.run(() => api().verify.begin({ identity, fractionPercent: share }))}
            >
              {run === undefined ? 'Check the data' : 'Check again'}
            </button>
            <Seg label="Share of the labels that is compared" options={SHARES} value={share} set={setShare} />
            <span className="s dim grow">of the labels of each file, computed anew between gaps</span>
          </div>
        )}
      </div>
    </section>
  )
}
