import type { ReactElement } from 'react'
import type { BackupEntry, VaultProgress } from '../../../shared/domain/backup.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { Bar } from '../../components/bar.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Left } from '../../components/time.tsx'
import { go } from '../../state/route.ts'
import { keysWord, stepWord, STEPS_OF } from './words.ts'

const percentOf = ({ doneBytes, totalBytes }: VaultProgress): number | undefined =>
  totalBytes === undefined || totalBytes === 0 ? undefined : (doneBytes / totalBytes) * 100

/** How far a job is, step by step, with the way out. */
export function JobProgress({ progress, cancel }: { readonly progress: VaultProgress; readonly cancel: () => void }): ReactElement {
  const steps = STEPS_OF[progress.job]
  const at = steps.indexOf(progress.step)
  const done =
    progress.totalBytes === undefined ? bytes(progress.doneBytes) : `${bytes(progress.doneBytes)} of ${bytes(progress.totalBytes)}`
  return (
    <div className="job">
      <ol className="job-steps">
        {steps.map((step, i) => (
          <li key={step} aria-current={i === at ? 'step' : undefined} className={i === at ? 'on' : ''}>
            {i < at ? (
              <Glyph shape="disc-tick" tone="ok" label="done" />
            ) : i === at ? (
              <Glyph shape="pie" tone="accent" share={percentOf(progress) ?? 50} label="under way" />
            ) : (
              <Glyph shape="ring" tone="dim" label="to come" />
            )}
            {stepWord(step)}
          </li>
        ))}
      </ol>
      <Bar label={stepWord(progress.step)} percent={percentOf(progress)} text={`${stepWord(progress.step)}, ${done}`} />
      <div className="row between">
        <span className="s mid">
          {done}
          {progress.endsAt !== undefined && (
            <>
              , about <Left at={progress.endsAt} /> left
            </>
          )}
        </span>
        <button type="button" className="btn sm" onClick={cancel}>
          Cancel
        </button>
      </div>
    </div>
  )
}

interface Props {
  readonly progress: VaultProgress | undefined
  readonly result: BackupEntry | undefined
  readonly cancel: () => void
  readonly again: () => void
}

/** Step 3: written, read back, decrypted, compared. Until then it does not count. */
export function ReadBack({ progress, result, cancel, again }: Props): ReactElement {
  if (result === undefined) {
    return (
      <section className="card pad" aria-label="Backup under way">
        {progress === undefined ? (
          <p className="mid">Beginning. Only a file that was read back counts as a backup.</p>
        ) : (
          <JobProgress progress={progress} cancel={cancel} />
        )}
      </section>
    )
  }
  return (
    <section className="card" aria-labelledby="done-title">
      <div className="card-h">
        <Glyph shape="disc-tick" tone="ok" label="read back" />
        <h2 id="done-title">{keysWord(result.identities.length)} read back and the same as here</h2>
        <span className="sr" role="status">
          {keysWord(result.identities.length)} read back and the same as here
        </span>
      </div>
      <div className="pad facts">
        <dl>
          <dt>File</dt>
          <dd className="mono path">{result.file}</dd>
          <dt>Size</dt>
          <dd>{bytes(result.bytes)}</dd>
          <dt>Opened by</dt>
          <dd>{result.openedBy === 'both' ? 'the passphrase, or a recipient' : `the ${result.openedBy}`}</dd>
          <dt>Opens without us</dt>
          <dd className="mono">age -d, then unzip</dd>
          <dt>SHA-256</dt>
          <dd className="mono path">{result.sha256}</dd>
        </dl>
        {(result.leftOut ?? []).length > 0 && (
          <ul className="left-out" aria-label="Not in this backup">
            {(result.leftOut ?? []).map((sentence) => (
              <li key={sentence} className="s c-warn path">
                {sentence}
              </li>
            ))}
          </ul>
        )}
        {!result.isOnOtherDisk && (
          <p className="c-warn">It lies on the same disk as the keys, so it does not help if that disk dies. Copy it to another one.</p>
        )}
        <div className="row">
          <button type="button" className="btn primary" onClick={() => go({ room: 'now' })}>
            Done
          </button>
          <button type="button" className="btn" onClick={again}>
            One more, to another place
          </button>
        </div>
      </div>
    </section>
  )
}
