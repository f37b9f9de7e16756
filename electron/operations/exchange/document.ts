import { z } from 'zod'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import { shortId, type IdentityId } from '../../../shared/domain/ids.ts'
import { parseKeyBytes, parsePublication } from '../../identities/index.ts'
import { METADATA_FILE, parseMetadata } from '../../pos-data/index.ts'
import { provingSchema } from './data.ts'
import { rowsProblem, rowsSchema } from './rows.ts'

/** Version that this build writes. A newer one is refused: what it means is not known here. */
export const EXPORT_VERSION = 1
const FORMAT = 'smeshkeeper-identity'

const identity = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => text as IdentityId)

const publicFields = {
  format: z.literal(FORMAT),
  version: z.literal(EXPORT_VERSION),
  madeAt: z.iso.datetime(),
  madeBy: z.string().max(200),
  /** Name of the machine that it left. */
  machine: z.string().max(300),
  identity,
  /** How the user calls it. */
  name: z.string().max(300),
  /** Its file's name there. */
  keyFile: z.string().max(255),
  genesisId: z.string().max(64).nullable(),
  coinbase: z.string().max(200).nullable(),
  proving: provingSchema.nullable(),
  pos: z.object({ folder: z.string().max(4096), metadata: z.string().max(65_536) }).nullable(),
  /** Null: its node had no database. */
  rows: rowsSchema.nullable(),
  publication: z.string(),
  instructions: z.string(),
}

export const publicSchema = z.object(publicFields)
/** What a sealed file says, without the key. */
export type PublicDocument = z.output<typeof publicSchema>

const documentSchema = z.object({ ...publicFields, key: z.string().regex(/^[0-9a-f]{128}$/) })
/** `key`: 128 hex characters. Secret: it is sealed or put on hold, and goes nowhere else. */
export type ExportDocument = z.output<typeof documentSchema>

export type DocumentFault = 'exchange/foreign' | 'exchange/newer' | 'exchange/damaged'

/** As it is sealed: JSON that a person can use without us. */
export const documentText = (document: Omit<ExportDocument, 'format' | 'version'>): string =>
  `${JSON.stringify({ format: FORMAT, version: EXPORT_VERSION, ...document }, undefined, 1)}\n`

export function withoutKey({ key: _secret, ...rest }: ExportDocument): PublicDocument {
  return rest
}

const damaged = (why: string): Result<never, DocumentFault> =>
  fail('exchange/damaged', `What was sealed in it cannot be used: ${why}. Export the identity anew on the other machine`)

/** Reads what was sealed, and checks key, rows and record against each other. No text quotes it. */
export function parseDocument(text: string): Result<ExportDocument, DocumentFault> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return fail('exchange/foreign', 'It opens, but what is in it is no identity that Smeshkeeper exported. Choose another file')
  }
  const format: unknown = Reflect.get(Object(json), 'format')
  const version: unknown = Reflect.get(Object(json), 'version')
  if (format !== FORMAT)
    return fail('exchange/foreign', 'It opens, but what is in it is no identity that Smeshkeeper exported. Choose another file')
  if (typeof version === 'number' && version > EXPORT_VERSION)
    return fail(
      'exchange/newer',
      `It was made by a newer Smeshkeeper (format ${version}, this one knows ${EXPORT_VERSION}). Update Smeshkeeper here, then import it`,
    )
  const parsed = documentSchema.safeParse(json)
  if (!parsed.success) return damaged(`${parsed.error.issues[0]?.path.join('.') || 'it'} is not as it should be`)
  const wrong = contradiction(parsed.data)
  return wrong === undefined ? ok(parsed.data) : damaged(wrong)
}

/** How its parts do not belong together. */
function contradiction({ identity: id, key, rows, pos, publication }: ExportDocument): string | undefined {
  const bytes = Buffer.from(key)
  const reading = parseKeyBytes(bytes)
  bytes.fill(0)
  reading.canonical?.fill(0)
  if (reading.form !== 'good' || reading.identity !== id) return `its key is not the one of ${shortId(id)}`
  if (rows !== null && rows.identity !== id) return 'its rows are those of another identity'
  const strange = rows === null ? undefined : rowsProblem(rows)
  if (strange !== undefined) return strange
  const metadata = pos === null ? undefined : parseMetadata(pos.metadata)
  if (metadata?.ok === false) return `${METADATA_FILE} in it is damaged`
  if (metadata?.ok === true && metadata.value.identity !== id) return `${METADATA_FILE} in it is of another identity`
  const records = parsePublication(publication)
  if (!records.ok) return 'its publication record is damaged'
  return records.value.every((record) => record.identity === id) ? undefined : 'its publication record is of another identity'
}
