import type { ReactElement } from 'react'
import type { InitJob } from '../../../shared/domain/initialization.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Glyph } from '../../components/glyph.tsx'
import { doneShare, lookOfJob, sharePercent, stageWords, whereWords } from '../../components/init-words.ts'
import { closed } from '../../components/sentence.ts'
import { Moment } from '../../components/time.tsx'
import { openJobs, useInit } from '../../state/init.ts'
import { go } from '../../state/route.ts'

function Words({ job }: { readonly job: InitJob }): ReactElement {
  if (job.stage.is !== 'writing') return <span className="mid">{closed(stageWords(job.stage))}</span>
  return (
    <span className="mid">
      {sharePercent(doneShare(job))} of {whereWords(job)} written
      {job.etaAt !== undefined && (
        <>
          , done <Moment at={job.etaAt} />
        </>
      )}
      .
    </span>
  )
}

/** New PoS data that is being made, in a line that leads to its queue; nothing while there is none. */
export function QueueNote(): ReactElement | null {
  const { value } = useInit()
  const jobs = openJobs(value)
  const job = jobs.find(({ stage }) => stage.is === 'failed') ?? jobs[0]
  if (job === undefined) return null
  const look = lookOfJob(job)
  return (
    <section className={job.stage.is === 'failed' ? 'banner' : 'banner info'} aria-label="New PoS data">
      <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} label={look.word} />
      <div className="grow">
        <b>{job.name}:</b> <Words job={job} />
        {jobs.length > 1 && <span className="s dim"> {plural(jobs.length - 1, 'more', 'more')} in the queue</span>}
      </div>
      <button type="button" className="btn sm" onClick={() => go({ room: 'add', part: 'queue' })}>
        Show the queue
      </button>
    </section>
  )
}
