import type { IdentityId, UnixMs } from './ids.ts'

/** One ATX that is known to be from this identity. */
export interface KnownAtx {
  readonly publishEpoch: number
  /** 64 hex. */
  readonly atxId: string
  readonly seenAt: UnixMs
  /**
   * Who said it: `here` = a node of ours published it (event or log, then confirmed); `network` = `Activation.List` knew it
   * while the identity was armed here and nothing spoke of a twin; `database` = a challenge in local.sql builds on it.
   */
  readonly by: 'here' | 'network' | 'database'
}

/** What one identity is known to have published: the slashing-protection record. Kept in backups. */
export interface PublicationRecord {
  readonly identity: IdentityId
  /** Oldest first, one per publish epoch and id. */
  readonly atxs: readonly KnownAtx[]
  /** Last PoET round that a node of ours registered it in, with the publish epoch that it is for. */
  readonly registered?: { readonly publishEpoch: number; readonly roundId: string; readonly at: UnixMs }
  /** Until when this record is complete: the last moment at which it was armed here and watched. */
  readonly watchedUntil?: UnixMs
  /** The last sign of a second node with this key that a node of ours gave; ATXs around it were not taken for ours. */
  readonly twin?: { readonly at: UnixMs; readonly text: string }
}

/** Why a key is kept out of a node. `code` decides, `reason` is the user's sentence. */
export interface Hold {
  readonly code: 'active-elsewhere' | 'database-too-old' | 'not-yet-checked' | 'by-user'
  readonly reason: string
  /** Until when nothing may arm it without the user; absent = until the user decides. Unix ms. */
  readonly until?: UnixMs
  readonly since: UnixMs
}
