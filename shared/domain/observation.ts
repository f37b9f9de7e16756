import type { BackupSummary } from './backup.ts'
import type { KeyConflict } from './guard.ts'
import type { Epoch, IdentityId, Layer, UnixMs } from './ids.ts'
import type { NodeLogFact, NonceRange, ServiceLogFact } from './log-facts.ts'
import type { ProcessState } from './process.ts'
import type { ProofSample } from './experience.ts'
import type { ReadySummary } from './readiness.ts'

/** Where a piece of evidence came from; shown beside every value. */
export type Source =
  | 'supervisor'
  | 'operator'
  | 'node-status'
  | 'post-states'
  | 'smesher-ids'
  | 'events'
  | 'activation-list'
  | 'malfeasance'
  | 'node-log'
  | 'service-log'
  | 'pos-folder'
  | 'volume'
  | 'key-folder'
  | 'clock'
  | 'setup'
  | 'key-guard'
  | 'vault'

/** Answer of a post-service's `GET /status`. @source facts/post-service.md §3 */
export type OperatorAnswer =
  | { readonly is: 'idle' }
  /** `positionBytes`: bytes read in this pass. `nonces` 0..0 before the first pass is set up. */
  | { readonly is: 'proving'; readonly nonces: NonceRange; readonly positionBytes: number }
  /** Finished *or failed*: never proof of success. */
  | { readonly is: 'done' }
  /** Accepts the connection but does not answer in time: preparing RandomX, verifying, or hung. */
  | { readonly is: 'silent' }
  /** Nobody listens. */
  | { readonly is: 'none' }
  /** Somebody answers, but not a post-service (or a newer one): shown as it is. */
  | { readonly is: 'garbage'; readonly text: string }

/** Entry of `PostStates`. @source facts/grpc-api.md §4 */
export interface PostStateEntry {
  readonly identity: IdentityId
  readonly state: 'idle' | 'proving' | { readonly unknown: number }
  /** Key file name in the node's `identities` folder. */
  readonly name: string
}

export interface NodeSync {
  readonly isSynced: boolean
  readonly connectedPeers: number
  readonly currentLayer: Layer
  readonly latestLayer: Layer
  readonly appliedLayer: Layer
}

/** One entry of the node's EventsStream, normalised. `help` is the node's own sentence. @source facts/grpc-api.md §7 */
export type NodeEvent = { readonly emittedAt: UnixMs; readonly failure: boolean; readonly help: string } & (
  | { readonly event: 'beacon'; readonly epoch: Epoch }
  | { readonly event: 'init-start' | 'init-complete' | 'init-failed'; readonly identity: IdentityId; readonly error?: string }
  /** `challenge`: 64 hex; 32 zero bytes = initial proof; empty text in a failed `post-complete`. */
  | { readonly event: 'post-start' | 'post-complete'; readonly identity: IdentityId; readonly challenge: string }
  | {
      readonly event: 'waiting-for-registration'
      readonly identity: IdentityId
      readonly publishEpoch: Epoch
      readonly windowOpensAt: UnixMs
    }
  | { readonly event: 'registered-in-poet'; readonly identity: IdentityId; readonly poet: string; readonly roundId: string }
  | { readonly event: 'waiting-for-round-end'; readonly identity: IdentityId; readonly publishEpoch: Epoch; readonly roundEndsAt: UnixMs }
  | { readonly event: 'poet-proof-downloaded'; readonly poet: string; readonly roundId: string }
  | { readonly event: 'best-proof-selected'; readonly identity: IdentityId; readonly poet: string; readonly roundId: string }
  /** Can be false (§9.15): `Activation.List` decides. */
  | { readonly event: 'atx-published'; readonly identity: IdentityId; readonly publishEpoch: Epoch; readonly atxId: string }
  | {
      readonly event: 'eligibilities'
      readonly identity: IdentityId
      readonly epoch: Epoch
      readonly layers: readonly { readonly layer: Layer; readonly count: number }[]
    }
  | { readonly event: 'proposal'; readonly identity: IdentityId; readonly layer: Layer }
  | { readonly event: 'malfeasance'; readonly identity: IdentityId | undefined }
  | { readonly event: 'post-service-started' | 'post-service-stopped' }
  /** A kind that this version does not know. */
  | { readonly event: 'unknown'; readonly field: number }
)

/** What is in a PoS folder, by names and sizes only; the data is never read. */
export type PosFolderState =
  | {
      readonly is: 'present'
      readonly identity: IdentityId
      readonly numUnits: number
      readonly labelsPerUnit: number
      readonly expectedBytes: number
      readonly actualBytes: number
      readonly hasVrfNonce: boolean
      /** Missing, short or surplus files, by name; empty when complete. */
      readonly problems: readonly {
        readonly file: string
        readonly is: 'missing' | 'short' | 'long'
        readonly expectedBytes: number
        readonly actualBytes: number
      }[]
    }
  | { readonly is: 'no-metadata' }
  | { readonly is: 'bad-metadata'; readonly text: string }
  | { readonly is: 'unreadable'; readonly text: string }

/** Whether the volume that should hold a PoS folder is there. */
export type VolumeState =
  | {
      readonly is: 'mounted'
      readonly mountPoint: string
      readonly device: string
      readonly freeBytes: number
      readonly totalBytes: number
    }
  | { readonly is: 'gone'; readonly lastMountPoint?: string }
  /** The mount is there but does not answer within the deadline: a dead disk or network share. */
  | { readonly is: 'not-answering'; readonly mountPoint?: string }

export interface ActivationEntry {
  readonly identity: IdentityId
  readonly atxId: string
  readonly publishEpoch: Epoch
  readonly numUnits?: number
}

/**
 * One thing that was seen, when, and by whom. Keeper, replay and simulation all speak this language:
 * `observe(world, observation)` folds it, `decide(setup, world, now)` judges.
 */
export type Observation = { readonly at: UnixMs } & (
  | { readonly kind: 'node-process'; readonly state: ProcessState }
  | { readonly kind: 'node-api'; readonly listener: 'public' | 'private' | 'post'; readonly reach: 'up' | 'down'; readonly why?: string }
  | { readonly kind: 'node-version'; readonly version: string }
  | { readonly kind: 'node-sync'; readonly sync: NodeSync }
  | { readonly kind: 'smesher-ids'; readonly ids: readonly IdentityId[] }
  | { readonly kind: 'post-states'; readonly states: readonly PostStateEntry[] }
  | { readonly kind: 'node-event'; readonly event: NodeEvent }
  | { readonly kind: 'node-log'; readonly fact: NodeLogFact }
  /** Complete answer of `Activation.List` for these identities and this range of publish epochs. */
  | {
      readonly kind: 'activations'
      readonly identities: readonly IdentityId[]
      readonly fromEpoch: Epoch
      readonly toEpoch: Epoch
      readonly list: readonly ActivationEntry[]
    }
  | { readonly kind: 'malfeasance'; readonly identity: IdentityId; readonly isBanned: boolean; readonly reason?: string }
  | { readonly kind: 'service-process'; readonly identity: IdentityId; readonly state: ProcessState }
  /** `tookMs`: how long the answer took. */
  | { readonly kind: 'operator'; readonly identity: IdentityId; readonly answer: OperatorAnswer; readonly tookMs?: number }
  | { readonly kind: 'service-log'; readonly identity: IdentityId; readonly fact: ServiceLogFact }
  /** Share of one core over the last sample, 100 = one core. */
  | { readonly kind: 'service-cpu'; readonly identity: IdentityId; readonly busyPercent: number }
  | { readonly kind: 'pos-folder'; readonly identity: IdentityId; readonly folder: PosFolderState }
  | { readonly kind: 'volume'; readonly identity: IdentityId; readonly volume: VolumeState }
  | {
      readonly kind: 'key-file'
      readonly identity: IdentityId
      readonly is: 'present' | 'missing' | 'held' | 'invalid'
      readonly text?: string
      /** Of a held key: until when, Unix ms. */
      readonly until?: UnixMs
    }
  /** All keys that could run twice, at this moment. */
  | { readonly kind: 'key-conflicts'; readonly conflicts: readonly KeyConflict[] }
  | { readonly kind: 'backup'; readonly summary: BackupSummary }
  | { readonly kind: 'readiness'; readonly summary: ReadySummary }
  /** What history knows of an identity's proofs, oldest first: told once, when the keeper begins. */
  | { readonly kind: 'earlier-proofs'; readonly identity: IdentityId; readonly samples: readonly ProofSample[] }
  /** Room where the node (`node`) or Smeshkeeper itself (`app`) writes. */
  | { readonly kind: 'own-disk'; readonly what: 'node' | 'app'; readonly freeBytes: number; readonly totalBytes: number }
  /** What keeps the set-up from working, in plain words; without `text` nothing does. */
  | { readonly kind: 'setup-trouble'; readonly text?: string }
  /** The wall clock jumped against the monotonic one. */
  | { readonly kind: 'clock-jump'; readonly byMs: number }
)
