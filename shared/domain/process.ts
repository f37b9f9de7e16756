import type { UnixMs } from './ids.ts'

/** Who starts and stops a process. We only ever act on our own (`smeshkeeper`). */
export const OWNERS = ['smeshkeeper', 'systemd', 'docker', 'psm', 'smapp', 'someone'] as const
export type Owner = (typeof OWNERS)[number]

/** How a process ended. `code` and `signal` are unknown for a process that we adopted and did not start. */
export interface Exit {
  readonly at: UnixMs
  readonly code?: number
  readonly signal?: string
  /** ms it had run; tells "crashed at once" from "after hours". */
  readonly ranMs?: number
  /** Plain sentence taken from its log or exit code, when one is known. */
  readonly cause?: string
  /** Stable code of the explanation, see `electron/programs`. */
  readonly causeCode?: string
}

export type ProcessState =
  | { readonly at: 'stopped' }
  /** Spawned, probe not yet green. `step` names what it is doing. */
  | {
      readonly at: 'starting'
      readonly attempt: number
      readonly since: UnixMs
      readonly readyBy: UnixMs
      readonly step?: string
      readonly pid?: number
    }
  | { readonly at: 'ready'; readonly since: UnixMs; readonly pid?: number; readonly adopted?: boolean }
  | { readonly at: 'backoff'; readonly attempt: number; readonly until: UnixMs; readonly last: Exit }
  | { readonly at: 'stopping'; readonly killAt: UnixMs; readonly pid?: number }
  /** Expected end, and gave up: the user restarts. */
  | { readonly at: 'exited'; readonly last: Exit }
  | { readonly at: 'failed'; readonly last: Exit }
