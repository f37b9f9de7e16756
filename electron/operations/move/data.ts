import { z } from 'zod'

/** Data of the steps of a move, as it stands in the journal. Paths are absolute. */

const path = z.string().min(1)
const identity = z.string().regex(/^[0-9a-f]{64}$/)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const fileName = z.string().regex(/^[^/\\\0]{1,255}$/)
const whole = z.number().int().nonnegative()

/** One file of the folder, as the plan saw it. */
const movedFile = z.object({ name: fileName, bytes: whole, modifiedAt: z.number(), mode: z.number().int(), isSparse: z.boolean() })
export type MovedFile = z.output<typeof movedFile>

const fields = {
  identity,
  from: path,
  to: path,
  /** Where the volumes of both are mounted; null where that cannot be told by looking (see `isThere`). */
  fromMount: path.nullable(),
  toMount: path.nullable(),
  /** In the order in which they are copied. Key files are never among them. */
  files: z.array(movedFile),
}

/** Copies into a folder beside the target; nothing else is changed. */
export const moveCopySchema = z.object({ is: z.literal('move-copy'), ...fields })
/** Reads the copy back from its disk. */
export const moveVerifySchema = z.object({ is: z.literal('move-verify'), ...fields })
/** Gives the copy its place. */
export const moveSwitchSchema = z.object({ is: z.literal('move-switch'), ...fields, hadEmptyFolder: z.boolean() })
/** Notes that the source stays until a proof was accepted from the new place. */
export const moveKeepSchema = z.object({ is: z.literal('move-keep'), ...fields })
/** Within one volume: the same files under new names, nothing copied. */
export const moveNamesSchema = z.object({ is: z.literal('move-names'), ...fields, hadEmptyFolder: z.boolean() })

export type MoveCopy = z.output<typeof moveCopySchema>
export type MoveVerify = z.output<typeof moveVerifySchema>
export type MoveSwitch = z.output<typeof moveSwitchSchema>
export type MoveKeep = z.output<typeof moveKeepSchema>
export type MoveNames = z.output<typeof moveNamesSchema>
/** What all of them have. */
export type MoveData = Omit<MoveCopy, 'is'>

/** Where the copy grows until it is whole and verified. */
export const asideOf = (to: string): string => `${to}.smeshkeeper-moving`
/** A file of it until it is whole. */
export const partOf = (file: string): string => `${file}.part`

/** What is kept of a move, in the operation's folder: `moved.json`. */
export const moveRecordSchema = z.object({
  version: z.literal(1),
  ...fields,
  /** Unix ms: the data was at its new place and verified. */
  movedAt: z.number(),
  chunkBytes: z.number().int().positive(),
  /** SHA-256 of each chunk of each file, in the order of `files`. */
  chunks: z.array(z.array(sha256)),
  /** Set before the first file of the source is removed. */
  removal: z.enum(['none', 'begun', 'done']),
})
export type MoveRecord = z.output<typeof moveRecordSchema>
