import type { BackupSummary } from './backup.ts'
import type { KeyConflict } from './guard.ts'
import type { IdentityId, UnixMs } from './ids.ts'
import type { NonceRange, TwinSign } from './log-facts.ts'
import type { NodeSync, OperatorAnswer, PosFolderState, Source, VolumeState } from './observation.ts'
import type { ProcessState } from './process.ts'
import type { ProofSample } from './experience.ts'
import type { ReadySummary } from './readiness.ts'

/** A value that somebody saw. */
export interface Seen<T> {
  readonly value: T
  readonly source: Source
  readonly at: UnixMs
  /** `at` less all jumps of the wall clock up to then: the form in which ages are counted. */
  readonly steady: number
}

/** One run of the prover over the PoS data, from the first sign of it to its end. */
export interface ProofRun {
  readonly startedAt: UnixMs
  readonly challenge?: string
  readonly phase: 'preparing' | 'pow' | 'reading'
  readonly phaseSince: UnixMs
  readonly nonces?: NonceRange
  /** 1 for the first pass over the data. */
  readonly pass: number
  readonly positionBytes: number
  /** Steady time at which `positionBytes` was last seen to grow. */
  readonly movedAt: number
  /** Steady time of the last position; absent after a clock jump: no speed is measured over it. */
  readonly sampledAt?: number
  /** Smoothed speed of this pass. */
  readonly bytesPerSecond?: number
  readonly samples: number
  readonly foundAt?: UnixMs
  /** Steady time since which the service says that it has finished (or failed). */
  readonly doneAt?: number
  /** Whether the service's own log told of this run: then its silence about a found proof means something. */
  readonly isLogged: boolean
  /** The service itself found the proof good and handed it over. */
  readonly isValid?: boolean
}

export interface Failure {
  /** `failed`: no proof was made, stays so until restarted. `rejected`: made, found wrong, made again. */
  readonly is: 'failed' | 'rejected'
  readonly at: UnixMs
  readonly source: Source
  readonly text: string
  readonly code: 'nonces-exhausted' | 'proof-wrong' | 'node-said' | 'other'
  readonly round: number
  readonly challenge?: string
}

export interface Confirmed {
  readonly atxId: string
  /** When it was first seen in `Activation.List`. */
  readonly at: UnixMs
}

/** What can stand in the way of a proof. */
export type TroubleCode =
  'drive' | 'proof-wrong' | 'nonces-exhausted' | 'node-said' | 'other' | 'service-down' | 'not-connected' | 'outdated' | 'data'

/** The last time that something stood in the way: kept after it is over, so that a missed epoch can be explained. */
export interface Trouble {
  readonly from: UnixMs
  /** Last seen. */
  readonly at: UnixMs
  readonly text?: string
}

/** What is believed of one identity. Everything is optional: nobody may have said it. */
export interface IdentityBelief {
  readonly id: IdentityId
  readonly keyName?: string
  readonly postState?: Seen<'idle' | 'proving' | 'unknown'>
  /** Wall time since which `postState` has this value. */
  readonly postStateSince?: UnixMs
  /** The same moment on the steady clock: an answer of the service from before it knows nothing of the question. */
  readonly postStateSteady?: number
  /** The last time that the node asked for a proof, and when it ceased to. */
  readonly lastAsking?: { readonly from: UnixMs; readonly to: UnixMs }
  /** Units of PoS data, as the service told the node. */
  readonly numUnits?: number
  /** Last state before the node went away. */
  readonly formerPostState?: Seen<'idle' | 'proving' | 'unknown'>
  /** Whether the last whole answer of the node listed this identity. */
  readonly isListed?: Seen<boolean>
  readonly operator?: Seen<OperatorAnswer>
  /** Steady time since which the operator's answer is of this kind. */
  readonly operatorSince?: number
  readonly process?: Seen<ProcessState>
  readonly cpu?: Seen<number>
  readonly folder?: Seen<PosFolderState>
  readonly volume?: Seen<VolumeState>
  readonly key?: Seen<{ readonly is: 'present' | 'missing' | 'held' | 'invalid'; readonly text?: string; readonly until?: UnixMs }>
  readonly run?: ProofRun
  readonly lastRun?: ProofRun
  /** Speed of the last measured reading, and time of the last whole proof of work and preparation. */
  readonly lastSpeed?: number
  readonly lastPowMs?: number
  readonly lastPreparingMs?: number
  /** What earlier proofs took, oldest first. */
  readonly samples?: readonly ProofSample[]
  /** The challenge that the node asks for, first asked `at`. */
  readonly asked?: { readonly challenge: string; readonly at: UnixMs }
  /** Accepted proof of a regular challenge; accepted `count` times: more than once means that the node threw it away. */
  readonly complete?: {
    readonly challenge: string
    readonly at: UnixMs
    readonly askedAt: UnixMs
    readonly matchesAsked: boolean
    readonly count: number
  }
  /** Accepted initial proofs (32 zero bytes); more than one without a registration between is flapping. */
  readonly initial?: { readonly at: UnixMs; readonly count: number }
  readonly initialInvalid?: { readonly at: UnixMs; readonly count: number; readonly text: string }
  readonly failure?: Failure
  /** Wall times at which the service was started again after a failed proof, newest last. */
  readonly retries: readonly UnixMs[]
  readonly registrations: readonly { readonly poet: string; readonly roundId: string; readonly at: UnixMs }[]
  readonly waitsForWindow?: { readonly publishEpoch: number; readonly opensAt: UnixMs; readonly at: UnixMs }
  readonly waitsForRound?: { readonly publishEpoch: number; readonly endsAt: UnixMs; readonly at: UnixMs }
  readonly hasPoetProof?: { readonly roundId?: string; readonly at: UnixMs }
  readonly poetTrouble?: { readonly text: string; readonly at: UnixMs }
  readonly atxFailed?: { readonly why: string; readonly text: string; readonly at: UnixMs }
  /** What the node said; it can be false. */
  readonly saidPublished?: { readonly epoch?: number; readonly atxId?: string; readonly at: UnixMs }
  /** Publish epoch → ATX that `Activation.List` confirmed. */
  readonly atxs: ReadonlyMap<number, Confirmed>
  /** Publish epoch → when a whole answer last lacked it. */
  readonly absent: ReadonlyMap<number, UnixMs>
  readonly listedAt?: Seen<true>
  readonly eligible?: {
    readonly epoch: number
    readonly layers: readonly { readonly layer: number; readonly count: number }[]
    readonly at: UnixMs
  }
  readonly twin?: { readonly sign: TwinSign; readonly text: string; readonly at: UnixMs }
  readonly ban?: Seen<{ readonly isBanned: boolean; readonly reason?: string }>
  /** What is known of the way between service and node. */
  readonly link?: {
    readonly is: 'connected' | 'refused' | 'lost' | 'missing'
    readonly why?: string
    readonly text: string
    readonly at: UnixMs
  }
  readonly duplicateAt?: UnixMs
  readonly dataTrouble?: { readonly text: string; readonly at: UnixMs }
  /** Its drive was gone and came back, the last time. */
  readonly driveBackAt?: UnixMs
  readonly startError?: { readonly text: string; readonly code: string; readonly at: UnixMs }
  readonly k2powTroubleAt?: UnixMs
  readonly troubles: ReadonlyMap<TroubleCode, Trouble>
}

export interface NodeBelief {
  readonly process?: Seen<ProcessState>
  readonly api: Readonly<Partial<Record<'public' | 'private' | 'post', Seen<{ readonly reach: 'up' | 'down'; readonly why?: string }>>>>
  readonly version?: Seen<string>
  readonly sync?: Seen<NodeSync>
  readonly smesherIds?: Seen<readonly IdentityId[]>
  readonly postStatesAt?: Seen<true>
  /** Steady time since which the post listener answers without a break. */
  readonly postUpSteady?: number
  /** Last event or API answer of any kind. */
  readonly heardAt?: UnixMs
  readonly startStep?: { readonly step: string; readonly detail?: string; readonly at: UnixMs }
  readonly poetSlow?: { readonly text: string; readonly at: UnixMs }
  readonly ended?: { readonly text: string; readonly code: string; readonly at: UnixMs }
  readonly stoppingAt?: UnixMs
  readonly noCoinbaseAt?: UnixMs
  readonly clockOff?: { readonly text: string; readonly at: UnixMs }
  readonly poetProofAt?: UnixMs
  readonly initialFailed?: { readonly text: string; readonly at: UnixMs }
  /** A sign of a twin that names no identity. */
  readonly twin?: { readonly sign: TwinSign; readonly text: string; readonly at: UnixMs }
  /** A malfeasance event that names no identity. */
  readonly namelessMalfeasanceAt?: UnixMs
}

/** Everything believed, each value with its source and time. Immutable; `observe` makes the next one. */
export interface World {
  readonly node: NodeBelief
  readonly identities: ReadonlyMap<IdentityId, IdentityBelief>
  /** Sum of all jumps of the wall clock so far. */
  readonly driftMs: number
  /** Room where node and app write. */
  readonly ownDisks?: Readonly<Partial<Record<'node' | 'app', Seen<{ readonly freeBytes: number; readonly totalBytes: number }>>>>
  readonly keyConflicts?: Seen<readonly KeyConflict[]>
  /** `since`: since when it stands like this, Unix ms. */
  readonly backup?: Seen<BackupSummary> & { readonly since: UnixMs }
  /** The last look before a gap. */
  readonly readiness?: ReadySummary
  readonly setupTrouble?: { readonly text: string; readonly at: UnixMs }
  readonly lastJump?: { readonly at: UnixMs; readonly byMs: number }
  readonly firstAt?: UnixMs
}

export const emptyWorld = (): World => ({ node: { api: {} }, identities: new Map(), driftMs: 0 })

export const emptyIdentity = (id: IdentityId): IdentityBelief => ({
  id,
  retries: [],
  registrations: [],
  atxs: new Map(),
  absent: new Map(),
  troubles: new Map(),
})
