import type { AlarmCode, IdentityStatus, Severity } from './status.ts'
import type { View } from './view.ts'

export interface Judged {
  readonly view: View
  readonly status: IdentityStatus
}
export interface Told {
  readonly code: AlarmCode
  readonly severity: Severity
  readonly sentence: string
  readonly since: number
  readonly actBy?: number
}

/** One clock for "needed by": gap end while it can be made, else publish end. */
export const actBy = (v: View): number => (v.now < v.due.gapEnd ? v.due.gapEnd : (v.due.publishEnd ?? v.due.gapEnd))
