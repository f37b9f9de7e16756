import { ageMs } from './freshness.ts'
import { predictFinish } from './finish.ts'
import type { UnixMs } from './ids.ts'
import type { Finish } from './status.ts'
import type { View } from './view.ts'

/** What is left of preparing and of the proof of work when the run is in this phase; `undefined` when nothing was measured. */
function restBeforeReading(v: View): number | undefined {
  const { run, lastPowMs, lastPreparingMs } = v.belief
  if (run === undefined) return (lastPreparingMs ?? 0) + (lastPowMs ?? 0)
  const inPhase = Math.max(0, v.now - run.phaseSince)
  if (run.phase === 'reading') return 0
  if (lastPowMs === undefined) return undefined
  // Longer than last time: the proof of work has no memory, about a tenth of it may still come.
  if (run.phase === 'pow') return Math.max(lastPowMs - inPhase, lastPowMs / 10)
  return Math.max((lastPreparingMs ?? 0) - inPhase, 0) + lastPowMs
}

const noncesOf = (v: View): number => {
  const range = v.belief.run?.nonces
  return range !== undefined && range.end > range.start ? range.end - range.start : (v.service?.nonces ?? 0)
}

/** Finish of the run that goes on now, from measured speed; `undefined` while nothing was measured. */
export function forecastRun(v: View): Finish | undefined {
  const { run, lastSpeed, lastPowMs } = v.belief
  if (run === undefined || v.totalBytes === undefined) return undefined
  const bytesPerSecond = run.samples >= 2 && run.bytesPerSecond !== undefined ? run.bytesPerSecond : lastSpeed
  const restMs = restBeforeReading(v)
  if (bytesPerSecond === undefined || restMs === undefined) return undefined
  // The position was true when it was seen: the reading goes on meanwhile.
  const age = v.belief.operator === undefined ? 0 : ageMs(v.world, v.now, v.belief.operator)
  const positionBytes = run.phase === 'reading' ? Math.min(v.totalBytes, run.positionBytes + (bytesPerSecond * age) / 1000) : 0
  return predictFinish({
    now: v.now,
    post: v.net.post,
    nonces: noncesOf(v),
    totalBytes: v.totalBytes,
    bytesPerSecond,
    pass: run.pass,
    positionBytes,
    restMs,
    powMs: lastPowMs ?? 0,
  })
}

/** Finish of a proof that begins at `start`, from what this identity was measured to need before. */
export function forecastFrom(v: View, start: UnixMs): Finish | undefined {
  const { lastSpeed, lastPowMs, lastPreparingMs } = v.belief
  if (lastSpeed === undefined || lastPowMs === undefined || v.totalBytes === undefined) return undefined
  return predictFinish({
    now: start,
    post: v.net.post,
    nonces: v.service?.nonces ?? 0,
    totalBytes: v.totalBytes,
    bytesPerSecond: lastSpeed,
    pass: 1,
    positionBytes: 0,
    restMs: (lastPreparingMs ?? 0) + lastPowMs,
    powMs: lastPowMs,
  })
}
