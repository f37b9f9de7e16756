import { asEpoch, type Epoch, type UnixMs } from './ids.ts'
import { cycleGap, publishEnd, type NetworkTiming } from './network.ts'
import type { Finish, Timing } from './status.ts'

/** The two deadlines of a proof. An initial proof has only the first: it must be there when the round begins. */
export interface Deadlines {
  readonly epoch: Epoch
  readonly gapOpens: UnixMs
  readonly gapEnd: UnixMs
  readonly publishEnd?: UnixMs
}

/** On mainnet one hour of the twelve; the same share of the gap elsewhere. */
const TIGHT_SHARE = 1 / 12
const TIGHT_MS = 3_600_000
export const tightMarginMs = (net: NetworkTiming): number => Math.min(TIGHT_MS, net.poet.cycleGapMs * TIGHT_SHARE)

/** Deadlines of the proof for publish epoch `epoch`. */
export function deadlinesOf(net: NetworkTiming, epoch: Epoch): Deadlines {
  const gap = cycleGap(net, epoch)
  return { epoch, gapOpens: gap.opensAt, gapEnd: gap.closesAt, publishEnd: publishEnd(net, epoch) }
}

/** An initial proof must be ready for the next registration; later costs an epoch, nothing more. */
export function initialDeadlines(net: NetworkTiming, now: UnixMs, epoch: Epoch): Deadlines {
  const gap = cycleGap(net, epoch)
  const next = now < gap.closesAt ? gap : cycleGap(net, asEpoch(epoch + 1))
  return { epoch, gapOpens: next.opensAt, gapEnd: next.closesAt }
}

/** Against which deadline a proof that is still to come stands. */
export function timingOf(net: NetworkTiming, now: UnixMs, deadlines: Deadlines, finish: Finish | undefined): Timing {
  const { gapEnd, publishEnd: lastEnd } = deadlines
  if (lastEnd !== undefined && (now >= lastEnd || (finish !== undefined && finish.p5 >= lastEnd))) return 'lost'
  if (now >= gapEnd || (finish !== undefined && finish.p5 >= gapEnd)) return 'late'
  if (finish === undefined) return 'unknown'
  return finish.p95 > gapEnd - tightMarginMs(net) ? 'tight' : 'on-time'
}

/** A finished proof keeps the timing it had when it was finished. */
export function timingOfDone(deadlines: Deadlines, doneAt: UnixMs): Timing {
  if (deadlines.publishEnd !== undefined && doneAt >= deadlines.publishEnd) return 'lost'
  return doneAt >= deadlines.gapEnd ? 'late' : 'on-time'
}
