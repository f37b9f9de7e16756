import type { UnixMs } from '../../shared/domain/ids.ts'
import type { OperatorAnswer } from '../../shared/domain/observation.ts'
import type { Exit, ProcessState } from '../../shared/domain/process.ts'
import type { ProofRecord } from '../../shared/ipc/contract.ts'

/** One proof while it is followed: the record and what is needed to go on with it. */
export interface Track {
  readonly record: ProofRecord
  /** 64 hex; what the node asked for. */
  readonly challenge: string | undefined
  /** What the service's log says it works on. */
  readonly logChallenge: string | undefined
  /** Time of the last log entry that was folded, so that a log read again adds nothing. */
  readonly lastLogAt: UnixMs | undefined
  /** Bytes and time between operator answers of one pass: what the speed is made of. */
  readonly readBytes: number
  readonly readMs: number
  readonly last?: { readonly at: UnixMs; readonly start: number; readonly positionBytes: number }
  readonly hasLogRead?: boolean
  readonly hasLogCause?: boolean
}

type Proving = OperatorAnswer & { readonly is: 'proving' }

/** Adds one operator answer: pass, reading time, mean speed of reading. */
export function withPosition(track: Track, answer: Proving, at: UnixMs): Track {
  const { start, end } = answer.nonces
  const width = end - start
  if (width <= 0) return track
  const pass = Math.floor(start / width) + 1
  const last = track.last
  const isSamePass = last !== undefined && last.start === start
  const bytes = isSamePass ? answer.positionBytes - last.positionBytes : 0
  const tookMs = isSamePass ? at - last.at : 0
  const isReading = bytes > 0 && tookMs > 0 && (last?.positionBytes ?? 0) > 0
  const readBytes = track.readBytes + (isReading ? bytes : 0)
  const readMs = track.readMs + (isReading ? tookMs : 0)
  const isUnchanged = isSamePass && bytes === 0
  if (isUnchanged && track.record.passes >= pass) return track
  return {
    ...track,
    readBytes,
    readMs,
    last: { at, start, positionBytes: answer.positionBytes },
    record: {
      ...track.record,
      passes: Math.max(track.record.passes, pass),
      ...(readMs > 0 ? { bytesPerSecond: (readBytes / readMs) * 1000 } : {}),
      ...(readMs > 0 && track.hasLogRead !== true ? { readMs } : {}),
    },
  }
}

type Ended = ProcessState & { readonly last: Exit }

/** Whether a process has ended, expected or not. */
export const isEnd = (state: ProcessState): state is Ended => state.at === 'exited' || state.at === 'failed' || state.at === 'backoff'
