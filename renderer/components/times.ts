import { createContext, useContext } from 'react'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { moment, span } from '../../shared/domain/words.ts'

/** How moments are written on this page. */
export interface Times {
  readonly hasSeconds: boolean
  readonly moment: (at: UnixMs, now: UnixMs) => string
  readonly span: (from: UnixMs, to: UnixMs, now: UnixMs) => string
}

/** Where a whole epoch takes less than this, minutes say too little. */
const SHORT_EPOCH_MS = 3_600_000

const toTheMinute: Times = { hasSeconds: false, moment, span }

const secondsOf = (at: UnixMs): string => new Date(at).getSeconds().toString().padStart(2, '0')
const exact = (at: UnixMs, now: UnixMs): string => `${moment(at, now)}:${secondsOf(at)}`
const toTheSecond: Times = {
  hasSeconds: true,
  moment: exact,
  span: (from, to, now) => (exact(from, now) === exact(to, now) ? exact(from, now) : `${exact(from, now)}–${exact(to, now)}`),
}

export const timesOf = (epochMs: number): Times => (epochMs > 0 && epochMs < SHORT_EPOCH_MS ? toTheSecond : toTheMinute)

/** Set once by the frame, from the length of the network's epoch. */
export const TimesContext = createContext<Times>(toTheMinute)
export const useTimes = (): Times => useContext(TimesContext)
