import type { IdentityId, UnixMs } from './ids.ts'

/** Nonce range of one pass, half open. */
export interface NonceRange {
  readonly start: number
  readonly end: number
}

/** What one (possibly multi-line) log entry of a post-service says. @source facts/post-service.md §2 */
export type ServiceLogFact = { readonly loggedAt?: UnixMs } & (
  | { readonly fact: 'operator-running'; readonly address: string }
  | { readonly fact: 'connect-failed'; readonly why: 'refused' | 'scheme-missing' | 'unresolvable' | 'other'; readonly text: string }
  /** First sign of a connection; it also precedes a refusal. */
  | { readonly fact: 'metadata-sent'; readonly identity?: IdentityId; readonly numUnits?: number }
  | {
      readonly fact: 'disconnected'
      readonly why: 'node-closed' | 'node-gone' | 'no-coinbase' | 'already-registered' | 'wrong-listener' | 'not-grpc' | 'other'
      readonly text: string
    }
  /** `challenge` is 64 lower-case hex characters. */
  | { readonly fact: 'proof-started'; readonly challenge: string }
  | { readonly fact: 'pow-started'; readonly nonces: NonceRange }
  | { readonly fact: 'pow-finished'; readonly seconds: number }
  | { readonly fact: 'reading-started' }
  | { readonly fact: 'reading-finished'; readonly seconds: number }
  | { readonly fact: 'proof-found'; readonly nonce: number; readonly seconds: number }
  /** The service's own check of the proof that it hands over. */
  | { readonly fact: 'proof-valid' }
  | { readonly fact: 'proof-rejected'; readonly text: string }
  | {
      readonly fact: 'proof-failed'
      readonly why: 'different-challenge' | 'nonces-exhausted' | 'other'
      readonly current?: string
      readonly requested?: string
      readonly text: string
    }
  | { readonly fact: 'file-size-wrong'; readonly path: string; readonly expectedBytes: number; readonly actualBytes: number }
  | { readonly fact: 'file-read-failed'; readonly path: string; readonly text: string }
  | { readonly fact: 'k2pow-unreachable'; readonly text: string }
  | { readonly fact: 'affinity-failed'; readonly text: string }
  /** Its own start error (`Error: …`), a command-line error, or a panic: the process ends. */
  | { readonly fact: 'start-error'; readonly text: string; readonly code: string }
  | { readonly fact: 'shutting-down' }
)

/** Something in a node's log that only a second node with the same key explains. @source design.md §9.10 */
export type TwinSign = 'already-published' | 'same-previous-atx' | 'managed-by-node' | 'two-ballots' | 'poet-conflict'

/**
 * What one log entry of go-spacemesh says. Ids appear in three lengths: full (64 hex), NodeID short (6 hex),
 * PublicKey short (5 hex): `idPrefix` is whatever the line had. @source facts/node-config-and-cli.md §4, failure-modes.md §4, §5, §11
 */
export type NodeLogFact = { readonly loggedAt?: UnixMs } & (
  | { readonly fact: 'version'; readonly version: string; readonly genesisId?: string }
  | { readonly fact: 'identity-loaded'; readonly filename: string; readonly idPrefix: string }
  /** The node found no key and made a new one: on an existing install a sign of a wrong folder. */
  | { readonly fact: 'identity-created'; readonly filename: string; readonly idPrefix?: string }
  /** A named step of the start, in order of appearance. */
  | {
      readonly fact: 'start-step'
      readonly step:
        | 'welcome'
        | 'starting'
        | 'p2p'
        | 'migrating'
        | 'warm-up'
        | 'tortoise'
        | 'poet-client'
        | 'poet-waiting'
        | 'registering-keys'
        | 'listening'
      readonly detail?: string
    }
  | { readonly fact: 'poet-slow'; readonly poet?: string; readonly text: string }
  | { readonly fact: 'app-started' }
  | { readonly fact: 'registered-key'; readonly idPrefix: string }
  /** `failed to start App` or a FATAL line: the process ends, up to 40 s later. */
  | { readonly fact: 'start-failed'; readonly text: string; readonly code: string }
  | { readonly fact: 'fatal'; readonly text: string; readonly code: string }
  | { readonly fact: 'stopping' }
  | { readonly fact: 'stopped' }
  | { readonly fact: 'no-coinbase' }
  | { readonly fact: 'post-state'; readonly identity: IdentityId; readonly state: 'idle' | 'proving' }
  | { readonly fact: 'service-registered'; readonly idPrefix: string }
  | { readonly fact: 'service-missing'; readonly idPrefix: string }
  | { readonly fact: 'challenge-submitted'; readonly idPrefix?: string; readonly poet?: string; readonly round?: string }
  | { readonly fact: 'poet-registration-failed'; readonly idPrefix?: string; readonly text: string }
  | { readonly fact: 'got-poet-proof'; readonly idPrefix?: string }
  | { readonly fact: 'proving-started'; readonly idPrefix?: string }
  | { readonly fact: 'proving-finished'; readonly idPrefix?: string }
  | { readonly fact: 'initial-post-invalid'; readonly idPrefix?: string; readonly text: string }
  | { readonly fact: 'initial-proof-failed'; readonly text: string }
  | {
      readonly fact: 'atx-failed'
      readonly idPrefix?: string
      readonly why: 'proof' | 'poet' | 'expired' | 'membership' | 'database' | 'other'
      readonly text: string
    }
  /** Can be false: the line also comes for an ATX that the node itself refuses. */
  | { readonly fact: 'atx-published'; readonly idPrefix?: string; readonly atxId?: string }
  | { readonly fact: 'twin-sign'; readonly sign: TwinSign; readonly idPrefix?: string; readonly text: string }
  | { readonly fact: 'clock-off'; readonly text: string }
)
