import type { IdentityId, UnixMs } from './ids.ts'

/**
 * One identity key that could run twice: a copy that our node would load, and another that a second node would load
 * (`configured`) or has loaded (`running`). Copies at rest are no conflict.
 */
export interface KeyConflict {
  /** Stable for these two places. */
  readonly key: string
  readonly identity: IdentityId
  readonly grade: 'configured' | 'running'
  /** Key file that our node would load. */
  readonly here: string
  /** Key file of the other node. */
  readonly there: string
  /** Data folder of the other node. */
  readonly otherFolder: string
  /** What starts or runs the other node: a unit, Smapp, a process. */
  readonly by: string
  readonly pid?: number
  /** Cause, consequence, action; both places named. */
  readonly sentence: string
  /** The user typed that he knows better, at this time. Only `configured` can be overridden. */
  readonly overriddenAt?: UnixMs
}
