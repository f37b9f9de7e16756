import { useState, type ReactElement } from 'react'
import { shortId } from '../../../shared/domain/ids.ts'
import type { Arrival } from '../../../shared/domain/initialization.ts'
import { bytes, speed } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Bar } from '../../components/bar.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import type { Look } from '../../components/glyph.tsx'
import { closed } from '../../components/sentence.ts'
import { Ago, Moment } from '../../components/time.tsx'
import { useAction } from '../../components/use-action.ts'
import { api } from '../../state/api.ts'

const LOOKS: Readonly<Record<Arrival['is'], Look>> = {
  arriving: { shape: 'pie', tone: 'accent', word: 'arriving' },
  whole: { shape: 'disc-tick', tone: 'ok', word: 'whole' },
  stalled: { shape: 'triangle', tone: 'warn', word: 'stalled' },
  bad: { shape: 'cross', tone: 'bad', word: 'bad' },
  unreadable: { shape: 'question', tone: 'dim', word: 'unreadable' },
}

/** One folder that fills from elsewhere. */
function ArrivalRow({ arrival, told }: { readonly arrival: Arrival; readonly told: (text: string) => void }): ReactElement {
  const action = useAction()
  const { folder, totalBytes } = arrival
  const share = totalBytes === undefined || totalBytes === 0 ? undefined : (arrival.doneBytes / totalBytes) * 100
  const look = LOOKS[arrival.is]
  const add = async (): Promise<void> => {
    const answer = await action.run(() => api().init.addArrived({ folder }))
    if (answer?.ok === true) told(answer.value.text)
  }
  return (
    <li className="job" aria-label={folder}>
      <div className="row g12">
        <span className="grow">
          <b className="path">{folder}</b>
          <span className="s dim block">
            {arrival.identity === undefined ? 'of nobody known yet' : `of ${shortId(arrival.identity)}`}, looked at{' '}
            <Ago at={arrival.seenAt} />
          </span>
        </span>
        <Badge look={{ ...look, share: Math.floor(share ?? 0) }} />
      </div>
      {arrival.is === 'arriving' && (
        <>
          <Bar
            label={`${folder} arrived`}
            percent={share}
            text={`${bytes(arrival.doneBytes)}${totalBytes === undefined ? '' : ` of ${bytes(totalBytes)}`}`}
          />
          <div className="row between s mid">
            <span>
              {bytes(arrival.doneBytes)}
              {totalBytes === undefined ? ' so far' : ` of ${bytes(totalBytes)}`}
            </span>
            {arrival.bytesPerSecond !== undefined && <span>{speed(arrival.bytesPerSecond)}</span>}
            {arrival.etaAt !== undefined && (
              <span>
                done <Moment at={arrival.etaAt} />
              </span>
            )}
          </div>
        </>
      )}
      <p className="mid">{closed(arrival.sentence)}</p>
      {arrival.problems.length > 0 && (
        <ul className="s c-bad" aria-label={`What is wrong with ${folder}`}>
          {arrival.problems.map((problem) => (
            <li key={problem}>{closed(problem)}</li>
          ))}
        </ul>
      )}
      <span className="row job-actions">
        {arrival.is === 'whole' && (
          <button type="button" className="btn sm primary" disabled={action.isBusy} onClick={() => void add()}>
            Make a service of it<span className="sr">: {folder}</span>
          </button>
        )}
        <button
          type="button"
          className="btn sm quiet"
          disabled={action.isBusy}
          onClick={() => void action.run(() => api().init.forgetArrival({ folder }))}
        >
          Stop watching<span className="sr"> {folder}</span>
        </button>
      </span>
      <FaultNote fault={action.fault} close={action.clear} />
    </li>
  )
}

/** PoS data made elsewhere: checked while it is still being copied here. */
export function Arrivals({ arrivals }: { readonly arrivals: readonly Arrival[] }): ReactElement {
  const action = useAction()
  const [told, setTold] = useState<string>()
  const watch = async (): Promise<void> => {
    const chosen = await api().window.chooseFile({ title: 'Choose the folder into which PoS data is copied', kind: 'folder' })
    if (!chosen.ok || chosen.value.path === undefined) return
    const folder = chosen.value.path
    await action.run(() => api().init.watchArrival({ folder }))
  }
  return (
    <section className="card pad col" aria-labelledby="add-arrivals">
      <div className="row between">
        <h2 id="add-arrivals">Made elsewhere</h2>
        <button type="button" className="btn sm" disabled={action.isBusy} onClick={() => void watch()}>
          Watch a folder…
        </button>
      </div>
      {told !== undefined && (
        <p className="mid" role="status">
          {told}
        </p>
      )}
      {arrivals.length === 0 ? (
        <p className="s dim">
          PoS data from another machine or a rented GPU is checked here while it is still being copied. Choose its folder; it may be empty
          yet.
        </p>
      ) : (
        <ul className="col">
          {arrivals.map((one) => (
            <ArrivalRow key={one.folder} arrival={one} told={setTold} />
          ))}
        </ul>
      )}
      <FaultNote fault={action.fault} close={action.clear} />
    </section>
  )
}
