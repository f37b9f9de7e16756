import { useState, type ReactElement } from 'react'
import type { Advice, MachineReport } from '../../../shared/domain/machine.ts'
import { plural } from '../../../shared/domain/words.ts'
import { Badge } from '../../components/badge.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { byVerdict, lookOfVerdict } from './words.ts'

const LABELS: Readonly<Record<NonNullable<Advice['action']>, string>> = {
  measure: 'Measure',
  'plan-move': 'Plan the move',
  'open-settings': 'Open the settings',
  'keep-awake': 'Open the settings',
  'look-again': 'Look again',
}

interface AdviceProps {
  readonly advice: readonly Advice[]
  readonly isBusy: boolean
  readonly act: (advice: Advice) => void
}

/** What is worth doing, the gravest first, each with its fix. */
export function AdviceCard({ advice, isBusy, act }: AdviceProps): ReactElement {
  const [isAll, setAll] = useState(false)
  const shown = isAll ? advice : advice.slice(0, 6)
  return (
    <section className="card" aria-labelledby="advice-title">
      <div className="card-h">
        <h2 id="advice-title">Worth doing</h2>
        <span className="s dim">{advice.length}</span>
      </div>
      {advice.length === 0 && <p className="pad mid">Nothing that we know of.</p>}
      <ul className="machine-advice">
        {shown.map((one) => (
          <li key={`${one.key} ${one.about ?? ''}`}>
            <Glyph
              shape={one.severity === 'info' ? 'info' : one.severity === 'warn' ? 'triangle' : 'alert'}
              tone={one.severity === 'info' ? 'accent' : one.severity}
            />
            <div className="grow">
              <b>{one.title}</b> <span className="mid">{one.text}</span>
              {one.commands?.map((command) => (
                <code key={command} className="mono path machine-command">
                  {command}
                </code>
              ))}
            </div>
            {one.action !== undefined && (
              <button type="button" className="btn sm" disabled={isBusy} onClick={() => act(one)}>
                {LABELS[one.action]}
              </button>
            )}
          </li>
        ))}
      </ul>
      {advice.length > 6 && !isAll && (
        <button type="button" className="link pad" onClick={() => setAll(true)}>
          Show all {advice.length}
        </button>
      )}
    </section>
  )
}

/** Everything that this set-up needs, with what was measured. */
export function ChecksCard({ report }: { readonly report: MachineReport }): ReactElement {
  const bad = report.checks.filter((one) => one.verdict === 'bad').length
  return (
    <details className="card machine-checks" open={bad > 0}>
      <summary className="card-h">
        <h2>What this set-up needs</h2>
        <span className="s dim">
          {plural(report.checks.length, 'check')}
          {bad > 0 && `, ${bad} not met`}
        </span>
      </summary>
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th>Measured</th>
            <th>Needed</th>
            <th>Verdict</th>
          </tr>
        </thead>
        <tbody>
          {byVerdict(report.checks).map((line) => (
            <tr key={`${line.key} ${line.about}`}>
              <td>
                {line.what}
                {line.fix !== undefined && <div className="s dim">{line.fix}</div>}
              </td>
              <td>{line.measured}</td>
              <td className="mid">{line.needed}</td>
              <td>
                <Badge look={lookOfVerdict(line.verdict, VERDICTS[line.verdict])} />
              </td>
            </tr>
          ))}
          {report.ports.map((port) => (
            <tr key={`${port.what} ${port.address}`}>
              <td>
                {port.what} <span className="mono dim">{port.address}</span>
              </td>
              <td>{port.text}</td>
              <td className="mid">{port.by ?? ''}</td>
              <td>
                <Badge look={lookOfVerdict(port.verdict, VERDICTS[port.verdict])} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="pad s mid">{report.p2p.text}</p>
    </details>
  )
}

const VERDICTS = { good: 'good', tight: 'tight', bad: 'not enough', unknown: 'unknown' } as const
