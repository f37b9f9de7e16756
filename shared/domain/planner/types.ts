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
  /** Those that have their proof of the open gap already: no part of this plan, but of every next gap. */
  readonly proved?: readonly PlanIdentity[]
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

/** How a plan is worked out. */
export interface PlanOptions {
  /** Simulated gaps; as many as `gapsFor` says unless said otherwise: 10,000 for ten identities, fewer for more. */
  readonly gaps?: number
  /** The same seed gives the same odds. */
  readonly seed?: number
}

/** P5, P50 and P95 of a moment, Unix ms. */
export interface PlanBand {
  readonly p5: UnixMs
  readonly p50: UnixMs
  readonly p95: UnixMs
}

/** What one identity can count on. */
export interface PlanProof {
  readonly identity: string
  readonly disk: string
  /** Place in the order of starts, 1 first. */
  readonly place: number
  /** Expected start and finish of the typical gap, Unix ms. */
  readonly start: UnixMs
  readonly end: UnixMs
  /** Chance of a proof before the gap end, 0..1. */
  readonly chance: number
  /** Chance of a proof before the publish end, 0..1. */
  readonly publishChance: number
  readonly finish: PlanBand
  /** Chance that one pass over the data gives the proof, 0..1. */
  readonly passChance: number
  readonly preparingMs: number
  /** Proof of work of one pass, when it has its threads for itself. */
  readonly powMs: number
  /** One whole pass over the data. */
  readonly passMs: number
  readonly bytesPerSecond: number
  /** What holds the reading back. */
  readonly limitedBy: 'disk' | 'cpu'
  readonly memoryBytes: number
}

export interface PlanSegment {
  readonly identity: string
  readonly is: 'preparing' | 'pow' | 'reading'
  /** 1 for the first pass over the data. */
  readonly pass: number
  readonly from: UnixMs
  readonly to: UnixMs
}

/** One physical disk in the typical gap. */
export interface PlanLane {
  readonly disk: string
  readonly segments: readonly PlanSegment[]
}

/** The answer of the planner; times are Unix ms. */
export interface PlanOutcome {
  readonly gaps: number
  /** Chance that all proofs are made before the gap end, and before the publish end, 0..1. */
  readonly chance: number
  readonly publishChance: number
  readonly identities: readonly PlanProof[]
  /** When the last proof is done. */
  readonly last: PlanBand
  /** Counts of gaps by the finish of the last proof: bin i holds [from + i × binMs, from + (i + 1) × binMs); the last bin takes what is later. */
  readonly histogram: { readonly from: UnixMs; readonly binMs: number; readonly counts: readonly number[] }
  /** A gap in which everything takes its mean time. */
  readonly lanes: readonly PlanLane[]
  /** Expected Space Units of one gap without a proof by the gap end, and by the publish end. */
  readonly lostUnits: { readonly gap: number; readonly publish: number }
  readonly totalUnits: number
  /** Provers that go on at the same time in the typical gap, and that memory (or the user's limit) allows. */
  readonly provers: { readonly most: number; readonly allowed: number }
  /** What was not measured and had to be assumed, in whole sentences. */
  readonly assumed: readonly string[]
}

/** A what-if: changes beside the set-up as it is. Plain data; a saved plan holds it. */
export interface PlanDraft {
  readonly add?: PlanIdentity
  readonly addDisk?: PlanDisk
  /** identity → disk. */
  readonly moves?: Readonly<Record<string, string>>
  readonly identities?: Readonly<
    Record<string, { readonly nonces?: number; readonly threads?: number; readonly randomx?: 'fast' | 'light' }>
  >
  /** null = as memory allows. */
  readonly maxProvers?: number | null
  /** All disks slower by this share, 0..90. */
  readonly slowerPercent?: number
}

/** Another way, tried for the user. */
export interface PlanWay {
  /** E.g. "Basalt with 128 nonces, not 64". */
  readonly text: string
  /** The whole draft with this change in it. */
  readonly draft: PlanDraft
  readonly chance: number
  /** P95 of the last proof, Unix ms. */
  readonly p95: UnixMs
  /** E.g. "4 min of proof of work". */
  readonly costs: string
}
