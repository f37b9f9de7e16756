import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { Ribbon } from '../../../shared/ipc/snapshot.ts'
import { clockTime, moment } from '../../../shared/domain/words.ts'

/** Mainnet's lens: 20 minutes before a gap of 12 h, 50 minutes after; the same shares elsewhere. */
const BEFORE_SHARE = 20 / 720
const AFTER_SHARE = 50 / 720
const DAY_MS = 86_400_000
const STEPS_MS = [
  1000,
  5000,
  10_000,
  30_000,
  60_000,
  300_000,
  600_000,
  1_800_000,
  3_600_000,
  7_200_000,
  21_600_000,
  DAY_MS,
  7 * DAY_MS,
] as const
const MOST_TICKS = 13

export interface Axis {
  readonly from: UnixMs
  readonly to: UnixMs
}

/** What the lens shows: the gap with a little on both sides, and what already began before it. */
export function lensOf(ribbon: Ribbon): Axis {
  const gap = ribbon.gapCloses - ribbon.gapOpens
  return { from: ribbon.gapOpens - gap * BEFORE_SHARE, to: ribbon.gapCloses + gap * AFTER_SHARE }
}

/** Place on the axis in percent; outside it is outside 0..100. */
export const percentOf = (axis: Axis, at: UnixMs): number => ((at - axis.from) / (axis.to - axis.from)) * 100

/** Left edge and width in percent, cut to the axis; `undefined` when nothing of it is inside. */
export function placeOf(axis: Axis, from: UnixMs, to: UnixMs): { readonly left: string; readonly width: string } | undefined {
  const left = Math.max(0, percentOf(axis, from))
  const right = Math.min(100, percentOf(axis, to))
  return right <= left ? undefined : { left: `${left.toFixed(3)}%`, width: `${(right - left).toFixed(3)}%` }
}

const hasSeconds = (axis: Axis): boolean => axis.to - axis.from < MOST_TICKS * 60_000

export interface Tick {
  readonly at: UnixMs
  readonly left: number
  readonly label: string
}

/** Percent of the axis that a label keeps from the pills of deadline and now; times with seconds are wider. */
export const pillRoom = (axis: Axis): { readonly end: number; readonly now: number } =>
  hasSeconds(axis) ? { end: 8.5, now: 9.5 } : { end: 6, now: 8 }

/** A time on the axis, with seconds where the whole axis is short. */
export function edgeTime(axis: Axis, at: UnixMs): string {
  const seconds = new Date(at).getSeconds().toString().padStart(2, '0')
  return hasSeconds(axis) ? `${clockTime(at)}:${seconds}` : clockTime(at)
}

/** Round local times, at most thirteen. */
export function ticksOf(axis: Axis): readonly Tick[] {
  const length = axis.to - axis.from
  const step = STEPS_MS.find((one) => length / one <= MOST_TICKS) ?? length
  const shift = new Date(axis.from).getTimezoneOffset() * 60_000
  const first = Math.ceil((axis.from - shift) / step) * step + shift
  const ticks: Tick[] = []
  for (let at = first; at <= axis.to; at += step) {
    ticks.push({ at, left: percentOf(axis, at), label: edgeTime(axis, at) })
  }
  return ticks
}

/** Marks of the overview: days where the epoch has some, else tenths. */
export function dayMarks(ribbon: Ribbon): readonly number[] {
  const length = ribbon.epochEnd - ribbon.epochStart
  const count = length >= 2 * DAY_MS ? Math.round(length / DAY_MS) : 10
  return Array.from({ length: count - 1 }, (_, i) => ((i + 1) / count) * 100)
}

/** "day 10 of 14", or the share of a short epoch. */
export function placeInEpoch(ribbon: Ribbon, now: UnixMs): string {
  const length = ribbon.epochEnd - ribbon.epochStart
  const done = Math.min(Math.max(now - ribbon.epochStart, 0), length - 1)
  if (length < 2 * DAY_MS) return `${Math.floor((done / length) * 100)}\u2009% of it past`
  return `day ${Math.floor(done / DAY_MS) + 1} of ${Math.round(length / DAY_MS)}`
}

export const dayOf = (at: UnixMs): string => moment(at, at + 10 * DAY_MS).replace(/ \d\d:\d\d$/, '')
