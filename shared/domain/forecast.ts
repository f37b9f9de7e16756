import { ageMs } from './freshness.ts'
import { expectedPow, expectedSpeed, speedOfRest, type Expectation, type ProofSample } from './experience.ts'
import { predictFinish } from './finish.ts'
import type { UnixMs } from './ids.ts'
import type { PostParameters } from './network.ts'
import type { Finish } from './status.ts'
import type { View } from './view.ts'
import type { IdentityBelief, ProofRun } from './world.ts'

/** What is known of one proof when its finish is to be told. */
export interface ProofFacts {
  readonly now: UnixMs
  readonly post: Pick<PostParameters, 'k1' | 'k2'>
  readonly nonces: number
  readonly totalBytes: number
  /** Earlier proofs of this identity, oldest first. */
  readonly samples: readonly ProofSample[]
  readonly preparingMs: number
  /** Absent: it begins `now`. */
  readonly run?: {
    readonly phase: ProofRun['phase']
    readonly inPhaseMs: number
    readonly pass: number
    readonly positionBytes: number
    /** Of the reading that goes on, bytes/s. */
    readonly bytesPerSecond?: number
  }
}

/** Longer than expected: the proof of work has no memory, about a tenth of it may still come. */
const restOf = (expectedMs: number, inPhaseMs: number): number => Math.max(expectedMs - inPhaseMs, expectedMs / 10)

/** What is left before the reading, ms, and how far that may be off; `undefined` when nothing was measured. */
function restBeforeReading({ run, preparingMs }: ProofFacts, pow: Expectation | undefined): Expectation | undefined {
  if (run?.phase === 'reading') return { value: 0, spread: 0 }
  if (pow === undefined) return undefined
  if (run?.phase !== 'pow') return { value: Math.max(preparingMs - (run?.inPhaseMs ?? 0), 0) + pow.value, spread: pow.spread }
  const value = restOf(pow.value, run.inPhaseMs)
  return { value, spread: Math.min(1.2, (pow.spread * pow.value) / value) }
}

/** Finish of one proof; `undefined` while nothing was measured. */
export function finishOf(facts: ProofFacts): Finish | undefined {
  const { now, post, nonces, totalBytes, samples, run } = facts
  const positionBytes = run?.phase === 'reading' ? run.positionBytes : 0
  const pow = expectedPow(samples, nonces)
  const speed = speedOfRest(expectedSpeed(samples), run?.bytesPerSecond, positionBytes / totalBytes)
  const rest = restBeforeReading(facts, pow)
  if (speed === undefined || rest === undefined) return undefined
  return predictFinish({
    now,
    post,
    nonces,
    totalBytes,
    bytesPerSecond: speed.value,
    speedSpread: speed.spread,
    pass: run?.pass ?? 1,
    positionBytes,
    restMs: rest.value,
    powSpread: rest.spread,
    powMs: pow?.value ?? 0,
  })
}

const noncesOf = (v: View): number => {
  const range = v.belief.run?.nonces
  return range !== undefined && range.end > range.start ? range.end - range.start : (v.service?.nonces ?? 0)
}

/** Earlier proofs, and what is known of the one that goes on when there were none. */
function samplesOf({ samples = [], lastSpeed, lastPowMs }: IdentityBelief): readonly ProofSample[] {
  if (samples.length > 0 || (lastSpeed === undefined && lastPowMs === undefined)) return samples
  return [
    { at: 0, ...(lastSpeed === undefined ? {} : { bytesPerSecond: lastSpeed }), ...(lastPowMs === undefined ? {} : { powMs: lastPowMs }) },
  ]
}

/** Finish of the run that goes on now, from measured speed; `undefined` while nothing was measured. */
export function forecastRun(v: View): Finish | undefined {
  const { run, lastPreparingMs } = v.belief
  if (run === undefined || v.totalBytes === undefined) return undefined
  const known = samplesOf(v.belief)
  // The position was true when it was seen: the reading goes on meanwhile.
  const age = v.belief.operator === undefined ? 0 : ageMs(v.world, v.now, v.belief.operator)
  const bytesPerSecond = run.samples >= 2 ? run.bytesPerSecond : undefined
  const pace = bytesPerSecond ?? v.belief.lastSpeed ?? 0
  const positionBytes = run.phase === 'reading' ? Math.min(v.totalBytes, run.positionBytes + (pace * age) / 1000) : 0
  return finishOf({
    now: v.now,
    post: v.net.post,
    nonces: noncesOf(v),
    totalBytes: v.totalBytes,
    samples: known,
    preparingMs: lastPreparingMs ?? 0,
    run: {
      phase: run.phase,
      inPhaseMs: Math.max(0, v.now - run.phaseSince),
      pass: run.pass,
      positionBytes,
      ...(run.phase !== 'reading' || bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    },
  })
}

/** Finish of a proof that begins at `start`, from what this identity was measured to need before. */
export function forecastFrom(v: View, start: UnixMs): Finish | undefined {
  if (v.totalBytes === undefined || v.belief.lastSpeed === undefined || v.belief.lastPowMs === undefined) return undefined
  return finishOf({
    now: start,
    post: v.net.post,
    nonces: v.service?.nonces ?? 0,
    totalBytes: v.totalBytes,
    samples: samplesOf(v.belief),
    preparingMs: v.belief.lastPreparingMs ?? 0,
  })
}
