import { useNow } from '../../components/use-now.ts'
import type { ReactElement } from 'react'
import { bytes, figure, percent, speed } from '../../../shared/domain/words.ts'
import type { IdentitySnapshot } from '../../../shared/ipc/snapshot.ts'
import { Empty } from '../../components/empty.tsx'
import { EvidenceTable, freshness } from '../../components/evidence.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Glyph, lookOf } from '../../components/glyph.tsx'
import { IdText } from '../../components/id-text.tsx'
import { Ago, Left, Moment } from '../../components/time.tsx'
import { useTimes, type Times } from '../../components/times.ts'
import { Tile } from '../../components/tile.tsx'
import { useAction } from '../../components/use-action.ts'
import { spareMs } from '../../state/need.ts'
import { back, go } from '../../state/route.ts'
import { actionsOf, actOnService, type ServiceAction } from '../../state/service-actions.ts'
import { useIdentity } from '../../state/store.ts'
import { useStale } from '../../state/use-stale.ts'
import { HoldCard, RecordCard } from './hold.tsx'
import { PosDataCard } from './pos-data.tsx'
import { ProofsTable } from './proofs-table.tsx'
import { RehearsalCard } from './rehearsal.tsx'
import { duration } from '../../../shared/domain/words.ts'

const WORDS: Readonly<Record<ServiceAction, string>> = { start: 'Start service', stop: 'Stop service…', restart: 'Restart…' }

function Actions({ identity }: { readonly identity: IdentitySnapshot }): ReactElement {
  const action = useAction()
  return (
    <>
      <div className="row">
        {actionsOf(identity).map((what) => (
          <button
            key={what}
            type="button"
            className="btn"
            disabled={action.isBusy}
            onClick={() => void action.run(() => actOnService(what, identity.id))}
          >
            {WORDS[what]}
          </button>
        ))}
        {identity.service?.log !== undefined && (
          <button
            type="button"
            className="btn quiet"
            onClick={() => go({ room: 'logs', ...(identity.service?.log === undefined ? {} : { log: identity.service.log }) })}
          >
            Log
          </button>
        )}
      </div>
      {action.fault !== undefined && (
        <div className="toast">
          <FaultNote fault={action.fault} close={action.clear} />
        </div>
      )}
    </>
  )
}

/** Progress of the pass and the two deadlines. */
function Proof({ identity }: { readonly identity: IdentitySnapshot }): ReactElement {
  const { status } = identity
  const look = lookOf(status)
  const spare = spareMs(status)
  const now = useNow()
  const times = useTimes()
  const reading = status.kind === 'proving' && status.phase === 'reading' ? status : undefined
  return (
    <section className="card">
      <div className="card-h">
        <Glyph shape={look.shape} tone={look.tone} share={look.share ?? 0} />
        <h2>{status.epoch === undefined ? look.word : `Epoch ${status.epoch}: ${look.word}`}</h2>
        <span className="s dim">
          since <Moment at={status.since} />
        </span>
      </div>
      <div className="pad facts">
        {reading?.percent !== undefined && (
          <div
            className="bar"
            role="progressbar"
            aria-label="Share of this pass"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.floor(reading.percent)}
            aria-valuetext={status.sentence}
          >
            <i style={{ width: `${reading.percent}%` }} />
          </div>
        )}
        <dl>
          {reading?.percent !== undefined && (
            <>
              <dt>Pass {reading.pass ?? 1}</dt>
              <dd>
                {percent(reading.percent)}
                {reading.positionBytes !== undefined && reading.totalBytes !== undefined
                  ? `, ${bytes(reading.positionBytes)} of ${bytes(reading.totalBytes)}`
                  : ''}
                {reading.bytesPerSecond === undefined ? '' : ` at ${speed(reading.bytesPerSecond)}`}
              </dd>
            </>
          )}
          {status.finish !== undefined && (
            <>
              <dt>Done</dt>
              <dd>{times.span(status.finish.p5, status.finish.p95, now)}, nine times in ten</dd>
            </>
          )}
          {status.gapEnd !== undefined && (
            <>
              <dt>Gap end</dt>
              <dd>
                <Moment at={status.gapEnd} />
                {status.gapEnd > now && (
                  <>
                    , in <Left at={status.gapEnd} />
                  </>
                )}
                {spare === undefined ? '' : spare >= 0 ? `, ${duration(spare)} to spare` : `, ${duration(-spare)} late`}
              </dd>
            </>
          )}
          {status.publishEnd !== undefined && (
            <>
              <dt>Publish end</dt>
              <dd>
                <Moment at={status.publishEnd} /> <span className="dim">after the gap end late, not lost</span>
              </dd>
            </>
          )}
          {status.cause !== undefined && (
            <>
              <dt>Cause</dt>
              <dd>{status.cause}</dd>
            </>
          )}
          {identity.lastPublishedEpoch !== undefined && (
            <>
              <dt>Last published</dt>
              <dd>epoch {identity.lastPublishedEpoch}, confirmed by the node</dd>
            </>
          )}
        </dl>
      </div>
    </section>
  )
}

function processWords(identity: IdentitySnapshot, now: number, { moment }: Times): string {
  const process = identity.service?.process
  if (process === undefined) return 'not known'
  switch (process.at) {
    case 'stopped':
      return 'stopped'
    case 'starting':
      return `starting${process.step === undefined ? '' : `: ${process.step}`}`
    case 'ready':
      return `up since ${moment(process.since, now)}${process.pid === undefined ? '' : `, process ${process.pid}`}${process.adopted === true ? ', adopted' : ''}`
    case 'backoff':
      return `starts again at ${moment(process.until, now)}, attempt ${process.attempt}`
    case 'stopping':
      return 'stopping'
    case 'exited':
      return `ended${process.last.cause === undefined ? '' : `: ${process.last.cause}`}`
    case 'failed':
      return `failed${process.last.cause === undefined ? '' : `: ${process.last.cause}`}`
    default:
      return process satisfies never
  }
}

function Service({ identity }: { readonly identity: IdentitySnapshot }): ReactElement {
  const { service } = identity
  const now = useNow()
  const times = useTimes()
  return (
    <section className="card">
      <div className="card-h">
        <h2>Service</h2>
        <button type="button" className="link s" onClick={() => go({ room: 'settings', part: 'services' })}>
          Change…
        </button>
      </div>
      <div className="pad facts">
        {service === undefined ? (
          <p className="mid">No service in the set-up proves this identity.</p>
        ) : (
          <dl>
            <dt>Run by</dt>
            <dd>{service.owner === 'smeshkeeper' ? 'Smeshkeeper' : `${service.owner}, only watched here`}</dd>
            <dt>Process</dt>
            <dd>{processWords(identity, now, times)}</dd>
            <dt>Operator</dt>
            <dd className="mono">{service.operator}</dd>
            <dt>PoS folder</dt>
            <dd className="mono path">{service.posFolder}</dd>
            {identity.sizeBytes !== undefined && (
              <>
                <dt>Size</dt>
                <dd>
                  {identity.numUnits === undefined ? '' : `${figure(identity.numUnits)} SU, `}
                  {bytes(identity.sizeBytes)}
                </dd>
              </>
            )}
            {identity.disk !== undefined && (
              <>
                <dt>Disk</dt>
                <dd>{identity.disk}</dd>
              </>
            )}
            {service.version !== undefined && (
              <>
                <dt>Version</dt>
                <dd>{service.version}</dd>
              </>
            )}
          </dl>
        )}
      </div>
    </section>
  )
}

/** One identity: what is so, why we say so, what it did, what can be done. */
export function IdentityDetail({ id }: { readonly id: string }): ReactElement {
  const identity = useIdentity(id)
  const isStale = useStale()
  if (identity === undefined) {
    return <Empty why="This identity is no longer in the set-up." action={{ label: 'Back', run: back }} />
  }
  return (
    <>
      <header className="head detail-head">
        <Tile id={id} colour={identity.colour} size={40} />
        <div className="grow">
          <div className="crumb">
            <button type="button" className="link" onClick={() => go({ room: 'identities' })}>
              Identities
            </button>{' '}
            / <IdText id={id} />
          </div>
          <h1>
            {identity.name}: {identity.status.sentence}
          </h1>
        </div>
        <Actions identity={identity} />
      </header>
      <HoldCard identity={identity} />
      <div className="detail">
        <div className="col">
          <section className="card">
            <div className="card-h">
              <h2>Why we say so</h2>
              <span className="s dim">{isStale ? 'the keeper is silent' : freshness(identity.evidence)}</span>
            </div>
            {identity.evidence.length === 0 ? (
              <p className="pad mid">Nobody has said anything about it yet.</p>
            ) : (
              <EvidenceTable lines={identity.evidence} />
            )}
          </section>
          {identity.service !== undefined && <PosDataCard identity={id} />}
          <ProofsTable identity={id} statusSince={identity.status.since} />
        </div>
        <div className="col">
          <Proof identity={identity} />
          <Service identity={identity} />
          {identity.service !== undefined && <RehearsalCard identity={id} />}
          <RecordCard id={id} since={identity.status.since} />
          {identity.status.kind === 'unknown' && identity.status.lastKnown !== undefined && (
            <p className="s mid">
              Last known: {identity.status.lastKnown}, <Ago at={identity.status.since} />
            </p>
          )}
        </div>
      </div>
    </>
  )
}
