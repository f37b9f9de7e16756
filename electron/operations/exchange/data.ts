import { z } from 'zod'

/** Data of the steps of an export and an import, as it stands in the journal. Paths are absolute; no secret is in it. */

const path = z.string().min(1)
const identity = z.string().regex(/^[0-9a-f]{64}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const keyFile = z.string().regex(/^[^/\\\0]{1,255}$/)

export const provingSchema = z.object({
  nonces: z.number().int().min(16).max(4096),
  threads: z.number().int().nonnegative().exactOptional(),
  pinnedCores: z.array(z.number().int().nonnegative()).min(1).exactOptional(),
  randomx: z.enum(['fast', 'light']),
})
/** How its PoST service proves. */
export type Proving = z.output<typeof provingSchema>

/** Seals key and rows into a hidden file beside the wanted one, and opens it again. Nothing is changed. */
export const exportSealSchema = z.object({
  is: z.literal('export-seal'),
  dataFolder: path,
  identity,
  keyFile,
  /** Entry of the quarantine that the key goes to: where it is found when this is done again afterwards. */
  entry: z.string().regex(/^[A-Za-z0-9._-]{1,120}$/),
  /** The sealed file. */
  file: path,
  /** `age1…` */
  recipients: z.array(z.string()),
  /** What goes along beside key and rows. */
  about: z.object({
    madeBy: z.string(),
    machine: z.string(),
    name: z.string(),
    genesisId: z.string().nullable(),
    coinbase: z.string().nullable(),
    proving: provingSchema.nullable(),
    /** Folder of its data, and its metadata as text. */
    pos: z.object({ folder: path, metadata: z.string() }).nullable(),
    /** A publication file with this identity's record alone. */
    publication: z.string(),
    instructions: z.string(),
  }),
})
export type ExportSeal = z.output<typeof exportSealSchema>

/** Notes in our set-up that the key went away, and stops its service for good. */
export const exportSetUpSchema = z.object({ is: z.literal('export-set-up'), file: path, identity, reason: z.string() })
export type ExportSetUp = z.output<typeof exportSetUpSchema>

/** Gives the sealed file its name: the last thing that is done, when the key is armed here no more. */
export const exportPublishSchema = z.object({ is: z.literal('export-publish'), dataFolder: path, identity, file: path })
export type ExportPublish = z.output<typeof exportPublishSchema>

const importFields = {
  /** Data folder of our node; null: there is none, and rows cannot go anywhere yet. */
  dataFolder: path.nullable(),
}

/** Opens the sealed file, checks it against what is here and puts the key on hold. */
export const importOpenSchema = z.object({
  is: z.literal('import-open'),
  ...importFields,
  file: path,
  /** Of the sealed file, as the plan saw it. */
  sha256,
  /** Age identity file that opens it, when no passphrase does. */
  identityFile: path.nullable(),
  /** Data folders of every node on this machine. */
  nodeFolders: z.array(path),
  /** Keys that run, or would be started, elsewhere. */
  armed: z.array(z.object({ identity, why: z.string() })),
  /** Keys that are known to be banned. */
  banned: z.array(identity),
  genesisId: z.string().nullable(),
  /** Our publication file. */
  records: path.nullable(),
  posFolder: path.nullable(),
  /** Until when nothing may arm it without the user; null: until it was checked. */
  holdUntil: z.number().nullable(),
})
export type ImportOpen = z.output<typeof importOpenSchema>

/** Brings the rows into our node's database. */
export const importRowsSchema = z.object({
  is: z.literal('import-rows'),
  ...importFields,
  marker: z.number().int().min(1).max(0x7fffffff),
  snapshot: z.string().regex(/^[a-z0-9-]{1,60}$/),
})
export type ImportRows = z.output<typeof importRowsSchema>

/** Adds what the other machine knew of its publications to what is known here. */
export const importRecordSchema = z.object({ is: z.literal('import-record'), records: path })
export type ImportRecord = z.output<typeof importRecordSchema>

/** Adds the identity, held, and its service, down, to our set-up. */
export const importSetUpSchema = z.object({
  is: z.literal('import-set-up'),
  file: path,
  posFolder: path.nullable(),
  /** What a service here is made of, but for identity, folder and proving options; null: no service is added. */
  service: z.record(z.string(), z.unknown()).nullable(),
})
export type ImportSetUp = z.output<typeof importSetUpSchema>
