import type { ReactElement } from 'react'
import type { ClockReport, MachineReport } from '../../../shared/domain/machine.ts'
import { bytes, figure, plural, speed, THIN } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Ago } from '../../components/time.tsx'
import { lookOfVerdict, offsetWords } from './words.ts'

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
          <i style={{ flex: provers }} />
          <i className="free" style={{ flex: reserve }} />
        </div>
        <dl>
          <dt>System and node</dt>
          <dd>{bytes(memory.systemAndNodeBytes)}</dd>
          <dt>{plural(memory.proversPlanned, 'prover')}</dt>
          <dd>
            {figure(memory.proversPlanned)} × {bytes(memory.perProverBytes)}
          </dd>
          <dt>Reserve</dt>
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

/** How fast this processor hashes and checks labels, from real proofs or the profiler. */
export function PowCard({ report, isBusy, benchmark }: PowProps): ReactElement {
  const { pow, cpu } = report
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
          {pow?.labelSpeeds.map((one) => [
            <dt key={`t${one.nonces} ${one.threads}`}>Labels, {figure(one.nonces)} nonces</dt>,
            <dd key={`d${one.nonces} ${one.threads}`}>{speed(one.bytesPerSecond)}</dd>,
          ])}
        </dl>
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
          <button type="button" className="btn sm" disabled={isBusy || report.powBusy} onClick={benchmark}>
            {report.powBusy ? 'Measuring…' : 'Measure'}
          </button>
        </div>
      </div>
    </section>
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
