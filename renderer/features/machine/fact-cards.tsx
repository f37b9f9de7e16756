import type { ReactElement } from 'react'
import { NODE_LIMIT_MS } from '../../../shared/domain/clock-verdict.ts'
import type { ClockReport, MachineReport } from '../../../shared/domain/machine.ts'
import { bytes, duration, figure, percent, plural, speed, THIN } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Bar } from '../../components/bar.tsx'
import { Ago } from '../../components/time.tsx'
import { useNow } from '../../components/use-now.ts'
import { lookOfVerdict, offsetWords } from './words.ts'

/** More provers than this are one block each no longer. */
const MOST_BLOCKS = 16
/** Sizes with their settings; the rest is shorter. */
const MOST_KINDS = 3

/** What the system, the node and the provers take, and what is left. */
export function MemoryCard({ memory }: { readonly memory: MachineReport['memory'] }): ReactElement {
  const provers = memory.proversPlanned * memory.perProverBytes
  const reserve = Math.max(0, memory.totalBytes - memory.systemAndNodeBytes - provers)
  return (
    <section className="card" aria-labelledby="memory-title">
      <div className="card-h">
        <h2 id="memory-title">Memory</h2>
        <span className="s dim">{bytes(memory.totalBytes)}</span>
      </div>
      <div className="pad">
        <div className="machine-memory" aria-hidden="true">
          <i className="used" style={{ flex: memory.systemAndNodeBytes }} />
          {Array.from({ length: Math.min(memory.proversPlanned, MOST_BLOCKS) }, (_, at) => (
            <i key={at} style={{ flex: provers / Math.min(memory.proversPlanned, MOST_BLOCKS) }} />
          ))}
          <i className="free" style={{ flex: reserve }} />
        </div>
        <dl className="memory-key">
          <dt className="used">System and node</dt>
          <dd>{bytes(memory.systemAndNodeBytes)}</dd>
          <dt className="prover">{plural(memory.proversPlanned, 'prover')}</dt>
          <dd>
            {figure(memory.proversPlanned)} × {bytes(memory.perProverBytes)}
          </dd>
          <dt className="free">Reserve</dt>
          <dd>{bytes(reserve)}</dd>
        </dl>
        <p className={memory.verdict === 'bad' ? 's c-bad' : 's mid'}>{memory.text}</p>
      </div>
    </section>
  )
}

interface PowProps {
  readonly report: MachineReport
  readonly isBusy: boolean
  readonly benchmark: () => void
}

function Profiling({ percent: share, endsAt }: NonNullable<MachineReport['profiler']>): ReactElement {
  const now = useNow(1000)
  const left = duration(Math.max(1000, endsAt - now))
  return (
    <div className="col g4">
      <Bar label="Profiler" percent={share} text={percent(share)} />
      <span className="s dim">
        {percent(share)}, about {left} left; Cancel above ends it
      </span>
    </div>
  )
}

/** How fast this processor hashes and checks labels, from real proofs or the profiler. */
export function PowCard({ report, isBusy, benchmark }: PowProps): ReactElement {
  const { pow, cpu, work } = report
  const rate = (hashes: number | undefined): string => (hashes === undefined ? 'unknown' : `${figure(Math.round(hashes))}${THIN}H/s`)
  return (
    <section className="card" aria-labelledby="pow-title">
      <div className="card-h">
        <h2 id="pow-title">Proof of work</h2>
        <span className="s dim">
          {cpu.model}, {plural(cpu.cores, 'core')}
        </span>
      </div>
      <div className="pad">
        <dl>
          <dt>RandomX fast</dt>
          <dd>{rate(pow?.fastHashesPerSecond)}</dd>
          <dt>RandomX light</dt>
          <dd>{rate(pow?.lightHashesPerSecond)}</dd>
          {work.kinds.slice(0, MOST_KINDS).map((one, at) => [
            <dt key={`t${at}`}>
              {figure(one.numUnits)}
              {THIN}SU with {figure(one.nonces)} nonces
            </dt>,
            <dd key={`d${at}`}>{duration(one.ms)}</dd>,
          ])}
          {pow?.labelSpeeds.map((one) => [
            <dt key={`t${one.nonces} ${one.threads}`}>Labels, {figure(one.nonces)} nonces</dt>,
            <dd key={`d${one.nonces} ${one.threads}`}>{speed(one.bytesPerSecond)}</dd>,
          ])}
        </dl>
        {work.totalMs !== undefined && work.identityCount > 1 && (
          <p className="s mid">
            All {figure(work.identityCount)} in one gap: {duration(work.totalMs)} of work for one pass each.
          </p>
        )}
        <div className="row between">
          <span className="s dim">
            {pow === undefined ? (
              'not measured'
            ) : (
              <>
                from {pow.from === 'proofs' ? 'real proofs' : 'the profiler'}, <Ago at={pow.at} />
              </>
            )}
          </span>
          <button type="button" className="btn sm" disabled={isBusy || report.profiler !== undefined} onClick={benchmark}>
            {report.profiler === undefined ? 'Measure' : 'Measuring…'}
          </button>
        </div>
        {report.profiler !== undefined && <Profiling {...report.profiler} />}
      </div>
    </section>
  )
}

/** Where our clock stands between the two offsets at which the node ends itself. */
function ClockScale({ offsetMs }: { readonly offsetMs: number }): ReactElement {
  const share = Math.min(1, Math.max(-1, offsetMs / NODE_LIMIT_MS))
  return (
    <div
      className="clock-scale"
      role="img"
      aria-label={`${offsetWords(offsetMs)}; the node ends itself at ± ${NODE_LIMIT_MS / 1000}${THIN}s`}
    >
      <div className="row between s dim">
        <span>
          −{NODE_LIMIT_MS / 1000}
          {THIN}s
        </span>
        <span>
          +{NODE_LIMIT_MS / 1000}
          {THIN}s
        </span>
      </div>
      <div className="bar">
        <u style={{ left: `${50 + share * 50}%` }} />
      </div>
    </div>
  )
}

/** How far our clock is from the true time. */
export function ClockCard({ clock }: { readonly clock: ClockReport | undefined }): ReactElement {
  return (
    <section className="card" aria-labelledby="clock-title">
      <div className="card-h">
        <h2 id="clock-title">Clock</h2>
        <span className="s">
          <Badge look={lookOfVerdict(clock?.verdict ?? 'unknown', clock?.text ?? 'not looked at yet')} />
        </span>
      </div>
      {clock !== undefined && (
        <div className="pad">
          {clock.offsetMs !== undefined && <ClockScale offsetMs={clock.offsetMs} />}
          <dl>
            <dt>Offset</dt>
            <dd>
              {clock.offsetMs === undefined ? 'unknown' : offsetWords(clock.offsetMs)}{' '}
              <span className="dim">
                <Ago at={clock.at} />
              </span>
            </dd>
            {clock.servers.map((server) => [
              <dt key={`t${server.name}`}>{server.name}</dt>,
              <dd key={`d${server.name}`}>{server.text}</dd>,
            ])}
            <dt>Node</dt>
            <dd>{clock.node}</dd>
          </dl>
        </div>
      )}
    </section>
  )
}
