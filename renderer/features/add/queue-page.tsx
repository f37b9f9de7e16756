import type { ReactElement } from 'react'
import type { InitJob, InitState } from '../../../shared/domain/initialization.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { doneShare, jobColour, lookOfJob, sharePercent, whereWords } from '../../components/init-words.ts'
import { Badge } from '../../components/badge.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { Tile } from '../../components/tile.tsx'
import { Moment } from '../../components/time.tsx'
import { openJobs, startAdd } from '../../state/init.ts'
import { go } from '../../state/route.ts'
import type { Live } from '../../state/use-live.ts'
import { Arrivals } from './arrivals.tsx'
import { QueueCards } from './queue.tsx'

const another = (): void => {
  startAdd()
  go({ room: 'add' })
}

function titleOf(jobs: readonly InitJob[]): string {
  const failed = jobs.find((job) => job.stage.is === 'failed')
  if (failed !== undefined) return `${failed.name} stopped and needs you`
  const writing = jobs.filter((job) => job.stage.is === 'writing')
  const [one] = writing
  if (one !== undefined && writing.length === 1) return `${one.name} is ${sharePercent(doneShare(one))} written`
  if (writing.length > 1) return `${plural(writing.length, 'identity', 'identities')} are being written`
  return jobs.length === 0 ? 'Nothing is being written' : `${plural(jobs.length, 'job')} in the queue, none is writing now`
}

function Done({ jobs }: { readonly jobs: readonly InitJob[] }): ReactElement | null {
  if (jobs.length === 0) return null
  return (
    <section className="card" aria-labelledby="add-done">
      <div className="card-h">
        <h2 id="add-done">Done</h2>
      </div>
      <ul className="queue">
        {jobs.map((job) => (
          <li key={job.id} className="row g12">
            <Tile id={job.identity} colour={jobColour(job.identity)} />
            <span className="grow">
              <b>{job.name}</b> <span className="mid">{whereWords(job)}</span>
              {job.stage.is === 'done' && (
                <span className="s dim block">
                  <Moment at={job.stage.at} />
                </span>
              )}
            </span>
            <Badge look={lookOfJob(job)} />
            <button type="button" className="btn sm" onClick={() => go({ room: 'identities', identity: job.identity })}>
              Open<span className="sr"> {job.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** All that is being made here, what waits, and what arrives from elsewhere. */
export function QueuePage({ init }: { readonly init: Live<InitState> }): ReactElement {
  const { value: state, fault, reload } = init
  const jobs = openJobs(state)
  const done = (state?.jobs ?? []).filter((job) => job.stage.is === 'done')
  return (
    <>
      <header className="head">
        <div>
          <div className="crumb">
            <button type="button" className="link" onClick={() => go({ room: 'identities' })}>
              Identities
            </button>{' '}
            / New PoS data
          </div>
          <h1>{state === undefined ? 'New PoS data' : titleOf(jobs)}</h1>
        </div>
        {(jobs.length > 0 || done.length > 0) && (
          <button type="button" className="btn" onClick={another}>
            Add another
          </button>
        )}
      </header>
      <FaultNote fault={fault} retry={reload} />
      {state === undefined && fault === undefined && <Skeleton rows={4} step="Asking what is being written" />}
      {state !== undefined && jobs.length === 0 && done.length === 0 && (
        <Empty why="No new PoS data is being made here, and none waits." action={{ label: 'Add an identity', run: another }} />
      )}
      <div className="add-two">
        <div className="col">
          <QueueCards state={state} isWhole />
          <Done jobs={done} />
        </div>
        <div className="col">{state !== undefined && <Arrivals arrivals={state.arrivals} />}</div>
      </div>
    </>
  )
}
