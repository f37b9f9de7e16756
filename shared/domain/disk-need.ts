import type { DiskReport, Verdict } from './machine.ts'
import { percent, speed } from './words.ts'

/** Share of the gap that is left for the proof of work and for what begins late. */
const BEFORE_READING = 1 / 12
/** Less reserve than this and one slow day costs the epoch. */
const TIGHT_RESERVE = 0.25
/** Passes that fit from which on passes are told, not the reserve. */
const MANY_PASSES = 3

/**
 * Speed at which a disk must be read so that each of its identities gets one pass in the gap, bytes/s. On mainnet the
 * gap of 12 h leaves 11 h for it. @source design §4
 */
export const neededSpeed = (totalBytes: number, gapMs: number): number => (totalBytes / (gapMs * (1 - BEFORE_READING))) * 1000

type Judged = Pick<DiskReport, 'verdict' | 'verdictText'>

/**
 * @param bytesPerSecond  as measured, undefined = never; `need` undefined = no identity on it
 * @param state  what is wrong with it beside its speed: `dying` is worse than any speed, `sleeps` only a nuisance
 */
export function judgeDisk(
  bytesPerSecond: number | undefined,
  need: number | undefined,
  { dying, sleeps }: { readonly dying?: string | undefined; readonly sleeps?: string | undefined } = {},
): Judged {
  if (dying !== undefined) return { verdict: 'bad', verdictText: dying }
  if (need === undefined || need <= 0) return { verdict: 'good', verdictText: 'no PoS data on it' }
  if (bytesPerSecond === undefined) return { verdict: 'unknown', verdictText: 'not measured yet' }
  const reserve = bytesPerSecond / need - 1
  const judged = byReserve(reserve, need)
  return sleeps === undefined || judged.verdict === 'bad' ? judged : { verdict: 'tight', verdictText: sleeps }
}

function byReserve(reserve: number, need: number): Judged {
  if (reserve < 0) return { verdict: 'bad' satisfies Verdict, verdictText: `too slow: needs ${speed(need)}` }
  if (reserve + 1 >= MANY_PASSES) return { verdict: 'good', verdictText: `${Math.floor(reserve + 1)} passes fit` }
  return { verdict: reserve < TIGHT_RESERVE ? 'tight' : 'good', verdictText: `${percent(reserve * 100)} in reserve` }
}
