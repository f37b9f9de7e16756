import type { UnixMs } from './ids.ts'
import type { PostParameters } from './network.ts'
import { MOST_NONCES, nonceTable, PASS_STEPS } from './odds.ts'
import type { Finish } from './status.ts'

export interface FinishInput {
  readonly now: UnixMs
  readonly post: Pick<PostParameters, 'k1' | 'k2'>
  readonly nonces: number
  readonly totalBytes: number
  readonly bytesPerSecond: number
  /** Pass that runs or comes next, 1 first. */
  readonly pass: number
  /** Bytes of this pass that are read without a proof. */
  readonly positionBytes: number
  /** What is left of preparing and of this pass's proof of work. */
  readonly restMs: number
  /** Proof of work of each further pass. */
  readonly powMs: number
  /** Standard deviation of the logarithm of the speed to come, and of the proof of work, dimensionless. */
  readonly speedSpread?: number
  readonly powSpread?: number
}

/** A measured speed is not the speed to come. */
const USUAL_SPEED_SPREAD = 0.06
const USUAL_POW_SPREAD = 0.3
/** Standard deviations from P50 to P95: of Student's t with 8 degrees of freedom, as spreads come from few proofs. */
const T95 = 1.86
/** Beside a mixture of passes that is wide itself, errors hardly count in squares; this part of them does. */
const LATE_PART = 0.3
/** Errors add to a mixture of passes mostly where it is thin, beyond its P95. */
const LATE_SHARE = 0.957

/**
 * Time of the proof at a share of all outcomes: a mixture over passes. Within a pass the end comes when the first nonce
 * has its last hit, which is known at every share of the data.
 * @returns ms from now; `undefined` when the chance of a proof in all nonces is less than `share`
 */
function quantile(input: FinishInput, share: number): number | undefined {
  const table = nonceTable(input.post)
  const failsBy = (step: number): number => (1 - (table[step] ?? 0)) ** input.nonces
  const passMs = (input.totalBytes / input.bytesPerSecond) * 1000
  const lastPass = Math.max(input.pass, Math.floor(MOST_NONCES / input.nonces))
  const doneShare = Math.min(1, input.positionBytes / input.totalBytes)
  let offset = input.restMs - doneShare * passMs
  let first = Math.min(PASS_STEPS - 1, Math.floor(doneShare * PASS_STEPS))
  let survived = 1
  const start = failsBy(first)
  if (start <= 0) return Math.max(0, input.restMs)
  let norm = start
  for (let pass = input.pass; pass <= lastPass; pass += 1) {
    const atEnd = (survived * failsBy(PASS_STEPS)) / norm
    if (1 - atEnd >= share) {
      let before = 1 - (survived * failsBy(first)) / norm
      for (let step = first + 1; step <= PASS_STEPS; step += 1) {
        const by = 1 - (survived * failsBy(step)) / norm
        if (by < share) {
          before = by
          continue
        }
        const part = by > before ? (share - before) / (by - before) : 1
        return Math.max(0, offset + ((step - 1 + part) / PASS_STEPS) * passMs)
      }
    }
    survived = atEnd
    if (survived >= 1 - 1e-12 && pass > input.pass) return undefined
    offset += passMs + input.powMs
    first = 0
    norm = 1
  }
  return undefined
}

/**
 * Predicted finish: where in which pass the proof comes, and how far speed and proof of work may be off, which do not
 * depend on each other.
 * @returns `undefined` when it cannot be told (no speed, no data size, no proof possible)
 */
export function predictFinish(input: FinishInput): Finish | undefined {
  if (!(input.bytesPerSecond > 0) || !(input.totalBytes > 0) || !(input.nonces > 0)) return undefined
  const early = quantile(input, 0.05)
  const middle = quantile(input, 0.5)
  const late = quantile(input, LATE_SHARE)
  if (early === undefined || middle === undefined || late === undefined) return undefined
  const { restMs, speedSpread = USUAL_SPEED_SPREAD, powSpread = USUAL_POW_SPREAD } = input
  const reading = Math.exp(T95 * speedSpread)
  const pow = Math.expm1(T95 * powSpread) * restMs
  const p5 = middle - Math.hypot(middle - early, Math.max(0, early - restMs) * (1 - 1 / reading), pow / (1 + T95 * powSpread))
  const passMs = (input.totalBytes / input.bytesPerSecond) * 1000
  const laterPow = late > restMs + passMs ? Math.expm1(T95 * USUAL_POW_SPREAD) * input.powMs : 0
  const off = Math.hypot(Math.max(0, late - restMs) * (reading - 1), pow, laterPow)
  const p95 = middle + Math.max(Math.hypot(late - middle, off), late - middle + LATE_PART * off)
  return {
    p5: Math.round(input.now + Math.max(0, p5)),
    p50: Math.round(input.now + middle),
    p95: Math.round(input.now + p95),
  }
}
