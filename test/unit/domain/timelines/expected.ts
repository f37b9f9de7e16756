import type { StatusKind } from '../../../../shared/domain/status.ts'

/** Seconds since the start of the recording, and what must be said at that moment: `kind` or `kind:phase`, one of them. */
export type Moment = readonly [seconds: number, ...is: readonly string[]]

export interface ExpectedIdentity {
  readonly moments: readonly Moment[]
  /** Kinds that would be untrue at any time. */
  readonly never: readonly StatusKind[]
  /** Alarms that must begin within these seconds: code, from, to. */
  readonly alarms?: readonly (readonly [code: string, from: number, to: number])[]
}

/** What truly happened in one recording, written down from README, events and logs before the judgement was looked at. */
export interface ExpectedTimeline {
  readonly recording: string
  /** Files below `test/fixtures/recordings`, folders with a trailing slash. */
  readonly files: readonly string[]
  /** Start of the recording: all seconds count from here. Absent: 0.3 s before the first observation, as all cases of one service. */
  readonly t0?: string
  /** By key file name; `recorded` where there is only one. */
  readonly identities: Readonly<Record<string, ExpectedIdentity>>
}
