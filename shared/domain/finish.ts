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
}

/** A measured speed is not the speed to come: how much faster or slower it may get. */
const FASTER = 1.06
const SLOWER = 1.12

/**
 * Time of the proof at a share of all outcomes: a mixture over passes. Within a pass the end comes when the first nonce
 * has its last hit, which is known at every share of the data.
 * @returns ms from now; `undefined` when the chance of a proof in all nonces is less than `share`
 */
function quantile(input: FinishInput, share: number, speedFactor: number): number | undefined {
  const table = nonceTable(input.post)
  const failsBy = (step: number): number => (1 - (table[step] ?? 0)) ** input.nonces
  const passMs = (input.totalBytes / (input.bytesPerSecond * speedFactor)) * 1000
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

/** Predicted finish; `undefined` when it cannot be told (no speed, no data size, no proof possible). */
export function predictFinish(input: FinishInput): Finish | undefined {
  if (!(input.bytesPerSecond > 0) || !(input.totalBytes > 0) || !(input.nonces > 0)) return undefined
  const p5 = quantile(input, 0.05, FASTER)
  const p50 = quantile(input, 0.5, 1)
  const p95 = quantile(input, 0.95, 1 / SLOWER)
  if (p5 === undefined || p50 === undefined || p95 === undefined) return undefined
  return { p5: Math.round(input.now + p5), p50: Math.round(input.now + p50), p95: Math.round(input.now + Math.max(p50, p95)) }
}
