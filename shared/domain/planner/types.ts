import type { UnixMs } from '../ids.ts'
import type { PostParameters } from '../network.ts'

/** A physical disk as the planner sees it. */
export interface PlanDisk {
  readonly id: string
  readonly label: string
  readonly detail: string
  /** Sequential reading, bytes/s; undefined = never measured: the answer says so and assumes `assumedBytesPerSecond`. */
  readonly bytesPerSecond?: number
  /** Relative standard deviation of its speed from one proof to the next. */
  readonly spread: number
  readonly measuredAt?: UnixMs
  readonly freeBytes?: number
}

export interface PlanIdentity {
  readonly id: string
  readonly name: string
  readonly colour: number
  readonly disk: string
  readonly numUnits: number
  readonly totalBytes: number
  readonly nonces: number
  readonly threads: number
  readonly randomx: 'fast' | 'light'
  /** Runs already, or due now: the time at which it began. */
  readonly startedAt?: UnixMs
  /** Measured by earlier proofs of its own; beats everything else. */
  readonly lastPowMs?: number
  readonly lastPreparingMs?: number
  readonly lastBytesPerSecond?: number
}

/** Everything the planner knows. Pure data; crosses to the page, which plays with it. */
export interface PlanInputs {
  readonly at: UnixMs
  readonly gapOpensAt: UnixMs
  readonly gapClosesAt: UnixMs
  readonly publishEndsAt: UnixMs
  readonly unitBytes: number
  readonly post: Pick<PostParameters, 'k1' | 'k2' | 'powDifficulty'>
  readonly disks: readonly PlanDisk[]
  readonly identities: readonly PlanIdentity[]
  readonly machine: {
    readonly threads: number
    /** For provers, after system and node, bytes. */
    readonly proverMemoryBytes: number
    /** Set by the user; absent = as memory allows. */
    readonly maxProvers?: number
    /** RandomX hashes a second with all threads; undefined = never measured. */
    readonly fastHashesPerSecond?: number
    readonly lightHashesPerSecond?: number
    /** nonces → bytes/s one prover checks when no disk holds it back. */
    readonly labelSpeeds: readonly { readonly nonces: number; readonly threads: number; readonly bytesPerSecond: number }[]
  }
}
