import { z } from 'zod'

/** Data of every step, as it stands in the journal. Paths are absolute; keys are told by their public half alone. */

const path = z.string().min(1)
const identity = z.string().regex(/^[0-9a-f]{64}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** One folder of the quarantine, by its name. */
const entry = z.string().regex(/^[A-Za-z0-9._-]{1,120}$/)
const keyFile = z.string().regex(/^[^/\\\0]{1,255}$/)

/** Moves keys out of a node's `identities` into one entry of the quarantine: afterwards they are armed nowhere there. */
export const keysOutSchema = z.object({
  is: z.literal('keys-out'),
  dataFolder: path,
  entry,
  why: z.string(),
  keys: z.array(z.object({ identity, name: keyFile })),
})
export type KeysOut = z.output<typeof keysOutSchema>

/** Arms keys of quarantine entries in a node's `identities`: always the last thing that is done. The entries keep their copies. */
export const keysInSchema = z.object({
  is: z.literal('keys-in'),
  dataFolder: path,
  /** `stored`: name in the entry; `name`: name that it gets here. */
  keys: z.array(z.object({ identity, entry, stored: keyFile, name: keyFile })),
})
export type KeysIn = z.output<typeof keysInSchema>

/** Gives one key another name in the same folder, as `local.key` needs it. */
export const renameKeySchema = z.object({
  is: z.literal('rename-key'),
  dataFolder: path,
  identity,
  from: keyFile,
  to: keyFile,
})
export type RenameKey = z.output<typeof renameKeySchema>

const rowsFields = {
  /** Data folder whose local.sql is changed. It need not have one yet. */
  dataFolder: path,
  /** SQLite application_id that tells the new database from every other: how a crash is settled. */
  marker: z.number().int().min(1).max(0x7fffffff),
  /** Name of the snapshot under the operation's folder. */
  snapshot: z.string().regex(/^[a-z0-9-]{1,60}$/),
  /** Schema (user_version) that all of them must have. */
  schema: z.number().int(),
  /**
   * Whose rows come from where. `all` = whole tables, rows of keys that nobody has included, as merge-nodes does; rows of
   * `ids` replace what is here, the others never do.
   */
  bring: z.array(z.object({ dataFolder: path, ids: z.array(identity), all: z.boolean() })),
  /** Identities whose rows are taken away. */
  drop: z.array(identity),
  /** Data folder that has the dropped rows now: an undo fetches them there, as they are then. */
  movedTo: path.nullable(),
  /** Instead of `movedTo`, when they went to several folders. */
  moved: z.array(z.object({ dataFolder: path, ids: z.array(identity) })).optional(),
  withCertificates: z.boolean(),
  /** For a schema that we do not know: the merge-nodes of that release, as the plan saw it. */
  tool: z.object({ file: path, sha256 }).exactOptional(),
}
/** Builds the changed database aside and checks it; nothing is changed. */
export const buildRowsSchema = z.object({ is: z.literal('build-rows'), ...rowsFields })
/** Builds again when something changed, and swaps it in by one rename. */
export const swapRowsSchema = z.object({ is: z.literal('swap-rows'), ...rowsFields })
export type RowsData = z.output<typeof buildRowsSchema> | z.output<typeof swapRowsSchema>

/** Copies local.sql, its log and its shm as they are into the operation's folder. */
export const snapshotSchema = z.object({
  is: z.literal('snapshot'),
  dataFolder: path,
  snapshot: z.string().regex(/^[a-z0-9-]{1,60}$/),
})
export type SnapshotData = z.output<typeof snapshotSchema>

/** Replaces or makes a text file (a config, our set-up, a note) that is still as the plan saw it. */
export const writeFileSchema = z.object({
  is: z.literal('write-file'),
  file: path,
  /** SHA-256 of what is there; null = nothing. */
  before: sha256.nullable(),
  /** Under which name the old one is kept in the operation's folder. */
  keep: z.string().regex(/^[a-z0-9.-]{1,80}$/),
  text: z.string(),
  mode: z.number().int(),
})
export type WriteFile = z.output<typeof writeFileSchema>
