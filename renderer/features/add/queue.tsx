import { useState, type ReactElement } from 'react'
import type { InitJob, InitState } from '../../../shared/domain/initialization.ts'
import { bytes, plural, speed } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Bar } from '../../components/bar.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { doneShare, jobColour, lookOfJob, sharePercent, stageWords, whereWords } from '../../components/init-words.ts'
import { Tile } from '../../components/tile.tsx'
import { Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'
import { openJobs } from '../../state/init.ts'
import { go } from '../../state/route.ts'
import { Discard } from './discard.tsx'
import { SpeedLine } from './speed-line.tsx'

/** Whether it can be told to pause, or to go on. */
const canPause = ({ stage }: InitJob): boolean =>
  stage.is === 'writing' || stage.is === 'queued' || (stage.is === 'paused' && stage.because !== 'user')
const canResume = ({ stage }: InitJob): boolean => (stage.is === 'paused' && stage.because === 'user') || stage.is === 'failed'
/** Not while it writes: pause it first. Not when its key is on the way into the node. */
const canDiscard = ({ stage }: InitJob): boolean => stage.is === 'queued' || stage.is === 'paused' || stage.is === 'failed'

/** Pause or resume, and discard. */
export function JobActions({ job }: { readonly job: InitJob }): ReactElement {
  const action = useAction()
  const [isAsking, setAsking] = useState(false)
  const tell = (verb: 'pause' | 'resume'): void => void action.run(() => api().init[verb]({ id: job.id }))
  return (
    <>
      <span className="row job-actions">
        {canPause(job) && (
          <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => tell('pause')}>
            Pause<span className="sr"> {job.name}</span>
          </button>
        )}
        {canResume(job) && (
          <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => tell('resume')}>
            {job.stage.is === 'failed' ? 'Try again' : 'Resume'}
            <span className="sr"> {job.name}</span>
          </button>
        )}
        {canDiscard(job) && (
          <button type="button" className="btn sm quiet" onClick={() => setAsking(true)}>
            Discard…<span className="sr"> {job.name}</span>
          </button>
        )}
      </span>
      {isAsking && <Discard job={job} close={() => setAsking(false)} />}
      <FaultNote fault={action.fault} close={action.clear} />
    </>
  )
}

function partWords(job: InitJob): string {
  const names = job.parts.map((part) => part.providerName).join(' and ')
  const files = `file ${Math.min(job.filesDone + 1, job.fileCount)} of ${job.fileCount}`
  return names === '' ? plural(job.fileCount, 'file') : `${names}, ${files}`
}

/** One that is at work, paused or failed: how far, how fast, until when. */
export function JobCard({ job }: { readonly job: InitJob }): ReactElement {
  const share = doneShare(job)
  const look = lookOfJob(job)
  const isWriting = job.stage.is === 'writing'
  return (
    <div className="job" role="group" aria-label={job.name}>
      <div className="row g12">
        <Tile id={job.identity} colour={jobColour(job.identity)} size={28} />
        <span className="grow">
          <b>{job.name}</b> <span className="mid">{whereWords(job)}</span>
          <span className="s dim block">
            {partWords(job)}, since <Moment at={job.createdAt} />
          </span>
        </span>
        <Badge look={look} />
      </div>
      <Bar label={`${job.name} written`} percent={share} text={`${sharePercent(share)} of ${bytes(job.totalBytes)}`} />
      <div className="row between add-wrap">
        <span>
          <b>{sharePercent(share)}</b> <span className="dim">of {bytes(job.totalBytes)}</span>
        </span>
        {isWriting && <span>{job.bytesPerSecond === undefined ? 'speed not known yet' : speed(job.bytesPerSecond)}</span>}
        {job.etaAt !== undefined && job.stage.is !== 'failed' && (
          <span>
            done{' '}
            <b>
              <Moment at={job.etaAt} />
            </b>
          </span>
        )}
      </div>
      {!isWriting && (
        <p className={job.stage.is === 'failed' ? 'c-bad' : 'mid'}>
          {stageWords(job.stage)}
          {job.stage.is === 'failed' && <span className="mid"> {job.stage.fix}</span>}
        </p>
      )}
      <SpeedLine samples={job.samples} />
      <JobActions job={job} />
    </div>
  )
}

/** Those that wait, in their order; arrows move one. */
function Next({ jobs }: { readonly jobs: readonly InitJob[] }): ReactElement | null {
  const action = useAction()
  if (jobs.length === 0) return null
  const move = (from: number, by: number): void => {
    const ids = jobs.map((job) => job.id)
    const [moved] = ids.splice(from, 1)
    if (moved !== undefined) ids.splice(from + by, 0, moved)
    void action.run(() => api().init.reorder({ ids }))
  }
  return (
    <section className="card" aria-labelledby="add-next">
      <div className="card-h">
        <h2 id="add-next">Next</h2>
        <span className="s dim">{plural(jobs.length, 'waits', 'wait')}</span>
      </div>
      <ol className="queue">
        {jobs.map((job, i) => (
          <li key={job.id} className="row g12">
            <Tile id={job.identity} colour={jobColour(job.identity)} />
            <span className="grow">
              <b>{job.name}</b> <span className="mid">{whereWords(job)}</span>
              {job.etaAt !== undefined && (
                <span className="s dim block">
                  done <Moment at={job.etaAt} />
                </span>
              )}
            </span>
            <span className="row g4">
              <button
                type="button"
                className="btn sm"
                aria-label={`Move ${job.name} up`}
                disabled={i === 0 || action.isBusy}
                onClick={() => move(i, -1)}
              >
                ↑
              </button>
              <button
                type="button"
                className="btn sm"
                aria-label={`Move ${job.name} down`}
                disabled={i === jobs.length - 1 || action.isBusy}
                onClick={() => move(i, 1)}
              >
                ↓
              </button>
            </span>
            <JobActions job={job} />
          </li>
        ))}
      </ol>
      <FaultNote fault={action.fault} close={action.clear} />
    </section>
  )
}

/** What is being made now and what waits; nothing while nothing is. */
export function QueueCards({
  state,
  isWhole = false,
}: {
  readonly state: InitState | undefined
  readonly isWhole?: boolean
}): ReactElement | null {
  const jobs = openJobs(state)
  const working = jobs.filter((job) => job.stage.is !== 'queued')
  const waiting = jobs.filter((job) => job.stage.is === 'queued')
  if (jobs.length === 0) return null
  return (
    <>
      {working.length > 0 && (
        <section className="card pad col" aria-labelledby="add-now">
          <div className="row between">
            <h2 id="add-now">{working.some((job) => job.stage.is === 'writing') ? 'Now writing' : 'Begun'}</h2>
            {isWhole ? (
              <span className="s dim">
                {working.length} of {jobs.length} in the queue
              </span>
            ) : (
              <button type="button" className="link" onClick={() => go({ room: 'add', part: 'queue' })}>
                {working.length} of {jobs.length} in the queue
              </button>
            )}
          </div>
          {working.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </section>
      )}
      <Next jobs={waiting} />
    </>
  )
}
