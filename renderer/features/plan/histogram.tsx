import type { ReactElement } from 'react'
import type { PlanInputs, PlanOutcome } from '../../../shared/domain/planner/index.ts'
import { chanceWords, intoGap, onceIn, spareWords } from './words.ts'

const WIDTH = 760
const BASE = 122
const TOP = 16
const HOUR = 3_600_000
/** Marks that fit under the bars. */
const MOST_MARKS = 10

interface Props {
  readonly inputs: PlanInputs
  readonly outcome: PlanOutcome
}

/** Whole hours (or their multiples) from the gap's opening. */
function marksOf(from: number, to: number): readonly number[] {
  const hours = (to - from) / HOUR
  const step = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96].find((one) => hours / one <= MOST_MARKS) ?? 192
  return Array.from({ length: Math.max(0, Math.floor(hours / step)) }, (_, i) => (i + 1) * step * HOUR)
}

const hourWords = (ms: number): string => (ms % HOUR === 0 ? `${ms / HOUR} h` : `${Math.round(ms / 60_000)} min`)

/** When the last proof is done, as often as it happened in the simulated gaps. */
export function Histogram({ inputs, outcome }: Props): ReactElement {
  const { histogram, last, chance, gaps } = outcome
  const { from, binMs, counts } = histogram
  const to = from + binMs * counts.length
  const x = (at: number): number => Math.max(0, Math.min(WIDTH, ((at - from) / (to - from)) * WIDTH))
  const most = Math.max(1, ...counts)
  const wide = WIDTH / Math.max(1, counts.length)
  const deadline = x(inputs.gapClosesAt)
  const late = 1 - chance
  const label = `The last proof is done between ${intoGap(last.p5, inputs)} and ${intoGap(last.p95, inputs)} after the gap opens in 90 percent of epochs; ${chanceWords(late)} are late`
  const isLabelLeft = deadline > WIDTH - 200
  return (
    <section className="card pad" aria-labelledby="plan-last">
      <div className="row between">
        <h2 id="plan-last">When the last proof is done</h2>
        <span className="s dim">hours after the gap opens</span>
      </div>
      <svg className="histogram" viewBox={`0 0 ${WIDTH} 150`} role="img" aria-label={label}>
        {counts.map((count, i) => {
          const high = (count / most) * (BASE - TOP)
          if (count === 0) return null
          const at = from + (i + 0.5) * binMs
          return (
            <rect
              key={at}
              x={i * wide + 0.5}
              width={Math.max(1, wide - 1)}
              y={BASE - Math.max(1, high)}
              height={Math.max(1, high)}
              className={at < inputs.gapClosesAt ? 'in-time' : 'too-late'}
            />
          )
        })}
        <path className="rule" d={`M0 ${BASE}H${WIDTH}`} />
        {marksOf(inputs.gapOpensAt, to - 0.05 * (to - from)).map((ms) => (
          <text key={ms} x={x(inputs.gapOpensAt + ms)} y={BASE + 16} textAnchor="middle">
            {hourWords(ms)}
          </text>
        ))}
        {(counts.at(-1) ?? 0) > 0 && (
          <text x={WIDTH} y={BASE + 16} textAnchor="end">
            later
          </text>
        )}
        <path className="deadline" d={`M${deadline} 6V${BASE}`} />
        <text x={isLabelLeft ? deadline - 6 : deadline + 6} y={16} textAnchor={isLabelLeft ? 'end' : 'start'} className="late">
          late in {chanceWords(late)}, {onceIn(late)}
        </text>
        <path className="bracket" d={`M${x(last.p5)} ${BASE + 20}v5H${x(last.p95)}v-5`} />
      </svg>
      <div className="row between add-wrap">
        <span className="dim">P5 {intoGap(last.p5, inputs)}</span>
        <span>
          half are done by <b>{intoGap(last.p50, inputs)}</b>
        </span>
        <span className="dim">
          P95 {intoGap(last.p95, inputs)}, {spareWords(last.p95, inputs)}
        </span>
      </div>
      <p className="sr">{gaps} simulated gaps</p>
    </section>
  )
}
