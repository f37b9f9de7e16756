import { z } from 'zod'
import { identityIdFromBase64, type IdentityId } from '../../shared/domain/ids.ts'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'

export const METADATA_FILE = 'postdata_metadata.json'
/** A real one has about 260 bytes. */
export const MOST_METADATA_BYTES = 64 * 1024
/** More files than any data could have: 64 PiB in files of 4 GiB. */
const MOST_FILES = 16_777_216
export const LABEL_BYTES = 16

export interface PosMetadata {
  readonly identity: IdentityId
  /** 64 hex characters. */
  readonly commitmentAtx: string
  readonly labelsPerUnit: number
  readonly numUnits: number
  readonly maxFileBytes: number
  readonly hasVrfNonce: boolean
}

const id = z.string().transform((text, context) => {
  const hex = identityIdFromBase64(text)
  if (hex === undefined) {
    context.addIssue('is not the base64 of 32 bytes')
    return z.NEVER
  }
  return hex
})
const count = z.number().int().positive()

const schema = z.object({
  NodeId: id,
  CommitmentAtxId: id,
  LabelsPerUnit: count,
  NumUnits: count.max(4_294_967_295),
  MaxFileSize: count.min(LABEL_BYTES),
  Nonce: z.number().nonnegative().nullish(),
})

/**
 * Text of `postdata_metadata.json`. Unknown fields are fine: a newer postcli may add some.
 * @fault  `pos-data/bad-metadata` with the reason in words
 * @source facts/postcli-and-profiler.md §4
 */
export function parseMetadata(text: string): Result<PosMetadata, 'pos-data/bad-metadata'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return fail('pos-data/bad-metadata', text.trim() === '' ? 'the file is empty' : `no valid JSON: ${textOf(cause)}`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return fail('pos-data/bad-metadata', `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'unusable'}`)
  }
  const { NodeId, CommitmentAtxId, LabelsPerUnit, NumUnits, MaxFileSize, Nonce } = parsed.data
  const total = NumUnits * LabelsPerUnit * LABEL_BYTES
  if (!Number.isSafeInteger(total)) return fail('pos-data/bad-metadata', 'NumUnits × LabelsPerUnit is larger than any disk')
  if (total / MaxFileSize > MOST_FILES) return fail('pos-data/bad-metadata', `MaxFileSize ${MaxFileSize} would make too many files`)
  return ok({
    identity: NodeId,
    commitmentAtx: CommitmentAtxId,
    labelsPerUnit: LabelsPerUnit,
    numUnits: NumUnits,
    maxFileBytes: MaxFileSize,
    hasVrfNonce: Nonce !== undefined && Nonce !== null,
  })
}

export interface ExpectedFiles {
  readonly count: number
  readonly totalBytes: number
  /** Size of every file but the last. */
  readonly fileBytes: number
  readonly lastFileBytes: number
}

/** Files that complete data consists of: whole labels in each, all of `MaxFileSize` but the last. */
export function expectedFiles(metadata: Pick<PosMetadata, 'labelsPerUnit' | 'numUnits' | 'maxFileBytes'>): ExpectedFiles {
  const totalBytes = metadata.numUnits * metadata.labelsPerUnit * LABEL_BYTES
  const fileBytes = Math.floor(metadata.maxFileBytes / LABEL_BYTES) * LABEL_BYTES
  const files = Math.ceil(totalBytes / fileBytes)
  return { count: files, totalBytes, fileBytes, lastFileBytes: totalBytes - fileBytes * (files - 1) }
}
