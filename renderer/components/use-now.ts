import { useCallback } from 'react'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { useClock } from './clock.ts'

/** The time in steps of `stepMs` (a minute when not given): for words that change that seldom. */
export const useNow = (stepMs = 60_000): UnixMs => useClock(useCallback((now: UnixMs) => now - (now % stepMs), [stepMs]))
