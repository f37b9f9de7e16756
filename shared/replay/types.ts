import type { UnixMs } from '../domain/ids.ts'
import type { NodeLogFact, ServiceLogFact } from '../domain/log-facts.ts'
import type { Observation } from '../domain/observation.ts'
import type { Alarm, IdentityStatus } from '../domain/status.ts'

/** One recorded file. `name` is its path as the user gave it: pairs such as `x.stderr` and `x.status.jsonl` are matched by it. */
export interface ReplayFile {
  readonly name: string
  readonly text: string
}

/** Reads a log line by line; `settle` closes what is held. */
export interface LineReader<Fact> {
  push(line: string): readonly Fact[]
  settle(): readonly Fact[]
}

/** The parsers of the programs' logs: they live in another room and are given in. */
export interface LogParsers {
  readonly serviceLog: () => LineReader<ServiceLogFact>
  readonly nodeLog: () => LineReader<NodeLogFact>
}

/** What a file told: observations, whose identity may still be open, and what it says of the set-up. */
export interface Reading {
  readonly observations: readonly Observation[]
  readonly hints: Hints
}

/** What recordings tell of the set-up by the way. */
export interface Hints {
  readonly genesisMs?: UnixMs
  readonly k1?: number
  readonly k2?: number
  readonly labelsPerUnit?: number
  readonly minNumUnits?: number
  readonly maxNumUnits?: number
  readonly powDifficulty?: string
  readonly scrypt?: { readonly n: number; readonly r: number; readonly p: number }
  /** Identity → nonces of its service; identities that have a service at all. */
  readonly services?: ReadonlyMap<string, { readonly nonces?: number }>
  /** Identity → key file name. */
  readonly names?: ReadonlyMap<string, string>
  readonly isServiceOnly?: boolean
}

export interface StatusChange {
  readonly at: UnixMs
  readonly identity: string
  readonly name: string
  readonly status: IdentityStatus
}
export interface AlarmChange {
  readonly at: UnixMs
  readonly is: 'begins' | 'ends'
  readonly alarm: Alarm
}
export interface NodeChange {
  readonly at: UnixMs
  readonly kind: string
  readonly sentence: string
}

/** What the keeper would have said while this was recorded. */
export interface Timeline {
  readonly from: UnixMs
  readonly to: UnixMs
  readonly observations: number
  readonly statuses: readonly StatusChange[]
  readonly alarms: readonly AlarmChange[]
  readonly node: readonly NodeChange[]
  /** Files in no known format, by name. */
  readonly skipped: readonly string[]
}
