import type { UnixMs } from './ids.ts'
import type { ProviderTest } from './provider-test.ts'

/** How new PoS data comes by its key. */
export type InitKey =
  | { readonly is: 'new'; readonly name: string }
  /** Only the public key is here: data for a machine elsewhere; the key never comes near. */
  | { readonly is: 'public'; readonly id: string }
  /** A key file that the node holds or that lies in the vault of held keys already. */
  | { readonly is: 'existing'; readonly id: string }

export interface InitProvider {
  /** postcli's number; 4294967295 is the CPU. */
  readonly id: number
  readonly name: string
  readonly kind: 'gpu' | 'cpu'
  readonly memoryBytes?: number
  /** Measured here; absent: not yet. */
  readonly bytesPerSecond?: number
  readonly measuredAt?: UnixMs
  /** Whether labels made by it were checked against the CPU. */
  readonly labels: 'correct' | 'wrong' | 'not-tested'
}

export interface InitDisk {
  readonly lane: string
  readonly label: string
  readonly detail: string
  /** Folder on it in which a new one would be made. */
  readonly root: string
  readonly freeBytes: number
  readonly totalBytes: number
  /** After the reserve and what queued jobs will still write. */
  readonly usableBytes: number
  readonly mostUnits: number
  readonly readBytesPerSecond?: number
  readonly provers: readonly string[]
  /** Why it cannot be taken, when it cannot. */
  readonly why?: string
}

/** What the form needs. */
export interface InitOptions {
  readonly disks: readonly InitDisk[]
  readonly providers: readonly InitProvider[]
  readonly providersText: string
  /** The ATX that new data will be bound to, from the node; or why there is none. */
  readonly commitment:
    { readonly is: 'known'; readonly atxId: string; readonly at: UnixMs } | { readonly is: 'missing'; readonly why: string }
  readonly unitBytes: number
  readonly minUnits: number
  readonly maxUnits: number
  readonly maxFileBytes: number
  readonly reserveBytes: number
  readonly binary:
    { readonly is: 'known'; readonly path: string; readonly version?: string } | { readonly is: 'missing'; readonly why: string }
}

export interface InitStep {
  readonly text: string
  readonly detail?: string
  readonly expectedMs?: number
}

export interface InitPlan {
  readonly id: string
  readonly at: UnixMs
  /** "New identity: 4.0 TiB on East, ready Fri 5 Dec". */
  readonly headline: string
  readonly identity?: string
  readonly name: string
  readonly folder: string
  readonly numUnits: number
  readonly totalBytes: number
  readonly fileCount: number
  readonly steps: readonly InitStep[]
  readonly risks: readonly { readonly severity: 'info' | 'warn' | 'bad'; readonly text: string }[]
  /** Why it cannot be begun; empty = it can. */
  readonly refusals: readonly { readonly code: string; readonly text: string; readonly fix: string }[]
  readonly readyAt?: UnixMs
  readonly firstRegistration?: { readonly from: UnixMs; readonly to: UnixMs; readonly epoch: number }
  readonly firstProof?: { readonly at: UnixMs; readonly epoch: number }
  readonly firstReward?: { readonly at: UnixMs; readonly epoch: number }
}

/** One range of files made by one provider. */
export interface InitPart {
  readonly provider: number
  readonly providerName: string
  readonly fromFile: number
  readonly toFile: number
  readonly doneBytes: number
  readonly totalBytes: number
  readonly bytesPerSecond?: number
  readonly pid?: number
}

export type InitStage =
  | { readonly is: 'queued' }
  | { readonly is: 'writing' }
  /** `because`: the user, a proof on the same disk, an open operation, low space, a disk that is gone. */
  | {
      readonly is: 'paused'
      readonly because: 'user' | 'proof' | 'operation' | 'space' | 'drive'
      readonly text: string
      readonly since: UnixMs
    }
  | { readonly is: 'pausing'; readonly text: string; readonly since: UnixMs }
  | { readonly is: 'merging' }
  | { readonly is: 'searching-nonce' }
  | { readonly is: 'verifying'; readonly percent: number }
  /** The data is whole; the key goes in when the node may be restarted. */
  | { readonly is: 'waiting-for-window'; readonly text: string; readonly until?: UnixMs }
  | { readonly is: 'arming' }
  | { readonly is: 'done'; readonly at: UnixMs }
  | { readonly is: 'failed'; readonly at: UnixMs; readonly code: string; readonly text: string; readonly fix: string }

export interface InitJob {
  readonly id: string
  readonly identity: string
  readonly name: string
  readonly folder: string
  readonly lane?: string
  readonly disk?: string
  readonly numUnits: number
  readonly totalBytes: number
  readonly doneBytes: number
  readonly fileCount: number
  readonly filesDone: number
  readonly stage: InitStage
  readonly parts: readonly InitPart[]
  readonly bytesPerSecond?: number
  readonly etaAt?: UnixMs
  readonly createdAt: UnixMs
  /** Speeds of the last day, oldest first; 0 = paused. */
  readonly samples: readonly { readonly at: UnixMs; readonly bytesPerSecond: number }[]
  /** Whether a key of ours belongs to it, and where that is. */
  readonly key: 'none' | 'kept' | 'armed'
  readonly backedUp: boolean
  readonly sentence: string
}

/** PoS data made elsewhere that is arriving here. */
export interface Arrival {
  readonly folder: string
  readonly identity?: string
  readonly is: 'arriving' | 'whole' | 'stalled' | 'bad' | 'unreadable'
  readonly doneBytes: number
  readonly totalBytes?: number
  readonly bytesPerSecond?: number
  readonly etaAt?: UnixMs
  readonly sentence: string
  readonly problems: readonly string[]
  readonly seenAt: UnixMs
}

export interface InitState {
  readonly jobs: readonly InitJob[]
  readonly arrivals: readonly Arrival[]
  readonly benchmark:
    | { readonly is: 'idle' }
    | { readonly is: 'running'; readonly provider: number; readonly since: UnixMs }
    | { readonly is: 'failed'; readonly text: string }
  /** What the last test of each provider found; also of some that are not here now. */
  readonly tested: readonly ProviderTest[]
}

/** One file of PoS data on the map. */
export interface FileCell {
  readonly index: number
  readonly is: 'unchecked' | 'good' | 'bad' | 'missing' | 'short' | 'long' | 'checking' | 'rewriting'
  readonly sizeBytes?: number
  readonly checkedAt?: UnixMs
  readonly text?: string
}

export interface VerifyRun {
  readonly identity: string
  readonly name: string
  readonly is: 'queued' | 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled'
  /** Why it waits: gap, proof on the disk, quiet hours. */
  readonly why?: string
  readonly fractionPercent: number
  readonly filesDone: number
  readonly fileCount: number
  readonly badFiles: readonly number[]
  readonly startedAt: UnixMs
  readonly endedAt?: UnixMs
  readonly etaAt?: UnixMs
  readonly sentence: string
}

export interface Rehearsal {
  readonly identity: string
  readonly is: 'running' | 'passed' | 'failed' | 'cancelled'
  readonly startedAt: UnixMs
  readonly endedAt?: UnixMs
  readonly percent?: number
  /** Each thing looked at, in order. */
  readonly steps: readonly { readonly text: string; readonly is: 'pass' | 'fail' | 'running' | 'waiting'; readonly detail?: string }[]
  readonly bytesPerSecond?: number
  readonly powMs?: number
  readonly sentence: string
}

export interface VerifyState {
  readonly runs: readonly VerifyRun[]
  readonly rehearsals: readonly Rehearsal[]
}
