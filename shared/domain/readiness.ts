import type { UnixMs } from './ids.ts'

export interface ReadyCheck {
  /** `volume`, `files`, `service`, `sync`, `poets`, `clock`, `memory`, `space`, `sleep`, `os-restart`, `plan`, `backup`. */
  readonly key: string
  readonly identity?: string
  readonly is: 'pass' | 'warn' | 'fail' | 'unknown'
  readonly text: string
  /** What to do, when not passed. */
  readonly fix?: string
  readonly at: UnixMs
}

/** Whether everything is ready for the next cycle gap. @source design.md §4 */
export interface ReadyReport {
  readonly at: UnixMs
  readonly gapOpensAt: UnixMs
  readonly gapClosesAt: UnixMs
  readonly epoch: number
  /** "Ready for Sunday: 17 of 18. Kelp's drive is missing." */
  readonly sentence: string
  readonly readyCount: number
  readonly identityCount: number
  readonly checks: readonly ReadyCheck[]
  /** When the next look is due (T−48 h, T−24 h, T−2 h; the same shares of shorter epochs). */
  readonly nextAt?: UnixMs
  readonly isChecking: boolean
}

/** What the snapshot tells of it. */
export interface ReadySummary {
  readonly at: UnixMs
  readonly epoch: number
  readonly gapOpensAt: UnixMs
  readonly sentence: string
  readonly isReady: boolean
  /** The same for the same outcome: told once. */
  readonly outcome: string
  /** A look at its time before the gap, not one that the user asked for. */
  readonly isScheduled: boolean
}
