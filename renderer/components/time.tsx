import { useCallback, type ReactElement } from 'react'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { ago, duration } from '../../shared/domain/words.ts'
import { useClock } from './clock.ts'
import { useTimes } from './times.ts'

const utc = (at: UnixMs): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`

/** "31 min ago", kept true by itself; UTC in the tooltip. */
export function Ago({ at }: { readonly at: UnixMs }): ReactElement {
  const text = useClock(useCallback((now: UnixMs) => ago(at, now), [at]))
  return (
    <time dateTime={new Date(at).toISOString()} title={utc(at)}>
      {text}
    </time>
  )
}

/** An absolute moment in local time. */
export function Moment({ at }: { readonly at: UnixMs }): ReactElement {
  const times = useTimes()
  const text = useClock(useCallback((now: UnixMs) => times.moment(at, now), [at, times]))
  return (
    <time dateTime={new Date(at).toISOString()} title={utc(at)}>
      {text}
    </time>
  )
}

/** Time left until `at`, "0 s" after it. */
export function Left({ at }: { readonly at: UnixMs }): ReactElement {
  return <>{useClock(useCallback((now: UnixMs) => duration(at - now), [at]))}</>
}

/** Whether `at` has passed, kept true by itself. */
export const usePassed = (at: UnixMs | undefined): boolean => useClock(useCallback((now: UnixMs) => at !== undefined && now >= at, [at]))
