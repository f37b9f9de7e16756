import { z } from 'zod'
import { BACKUP_PARTS } from '../../shared/domain/backup.ts'
import { parseIdentityId, type IdentityId, type UnixMs } from '../../shared/domain/ids.ts'

/** Version of `manifest.json` that this build writes. A newer one is refused: what it means is not known here. */
export const MANIFEST_VERSION = 1
export const MANIFEST_NAME = 'manifest.json'
export const README_NAME = 'README.txt'

/** No backup of ours comes near these; a file that does is built to hurt. */
export const CAPS = {
  entries: 100_000,
  manifestBytes: 64 * 1024 ** 2,
  /** Unpacked against packed, of the whole file. */
  ratio: 100,
  /** What may always be unpacked, however small the file is. */
  freeBytes: 16 * 1024 ** 2,
  keyBytes: 4096,
  textBytes: 256 * 1024 ** 2,
} as const

const identity = z.string().transform((text, context): IdentityId => {
  const id = parseIdentityId(text)
  if (id === undefined) context.addIssue('an identity is 64 hexadecimal characters')
  return id ?? ('' as IdentityId)
})

const entrySchema = z.object({
  name: z.string().min(1).max(400),
  part: z.enum([...BACKUP_PARTS, 'history']),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  identity: identity.optional(),
  /** Where it was on the machine that was backed up. */
  path: z.string().max(4096).optional(),
  /** The key file was repairable: this is its canonical form, not its bytes. */
  isRepaired: z.boolean().optional(),
})

const manifestSchema = z.object({
  format: z.literal('smeshkeeper-backup'),
  version: z.literal(MANIFEST_VERSION),
  kind: z.enum(['backup', 'history']),
  madeAt: z.iso.datetime(),
  madeBy: z.string().max(200),
  /** 40 hex characters of the network's genesis id. */
  genesisId: z.string().max(64).optional(),
  entries: z.array(entrySchema).max(CAPS.entries),
  /** What was asked for and could not be read, and why. */
  leftOut: z.array(z.object({ part: z.string(), path: z.string(), why: z.string() })).default([]),
})

/** What `manifest.json` says: every other entry but the README, with size and SHA-256. */
export type Manifest = z.infer<typeof manifestSchema>
export type ManifestEntry = z.infer<typeof entrySchema>

export type ManifestReading =
  | { readonly is: 'read'; readonly manifest: Manifest }
  | { readonly is: 'newer'; readonly version: number }
  | { readonly is: 'foreign' | 'bad'; readonly why: string }

const envelope = z.object({ format: z.literal('smeshkeeper-backup'), version: z.number() })

export function parseManifest(text: string): ManifestReading {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { is: 'bad', why: 'it is not JSON' }
  }
  const outside = envelope.safeParse(json)
  if (!outside.success) return { is: 'foreign', why: 'it was not written by Smeshkeeper' }
  if (outside.data.version > MANIFEST_VERSION) return { is: 'newer', version: outside.data.version }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return { is: 'read', manifest: parsed.data }
  const [first] = parsed.error.issues
  return { is: 'bad', why: first === undefined ? 'its content is wrong' : `${first.path.join('.')}: ${first.message}` }
}

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** Why a name could be unpacked outside its folder, or differently on another system; undefined for a safe one. */
export function unsafeName(name: string): string | undefined {
  if (name === '' || name.length > 400) return 'its length is not allowed'
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\\:*?"<>|]/.test(name)) return 'it has characters that no backup of ours has'
  for (const part of name.split('/')) {
    if (part === '' || part === '.' || part === '..') return 'it leads out of the folder'
    if (/[. ]$/.test(part) || RESERVED.test(part)) return 'Windows would write it elsewhere'
  }
  return undefined
}

/** Letters, digits, dot, dash and underscore of `text`, for names inside the archive. */
export function plainName(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, 80)
  return plain === '' || RESERVED.test(plain) ? `x-${plain}` : plain
}

const two = (value: number): string => value.toString().padStart(2, '0')

/** What a file of ours opens with; `recipients` stands beside the one with a passphrase when both were wanted. */
export type Opener = 'passphrase' | 'recipients'

const BACKUP_SUFFIX = '.zip.age'
const RECIPIENTS_SUFFIX = '.recipients.zip.age'

/** Name of a backup in local time; `count` from 1 makes it another one of the same minute. */
export function backupFileName(what: {
  readonly kind: Manifest['kind']
  readonly madeAt: UnixMs
  readonly count: number
  /** It stands beside one that a passphrase opens. */
  readonly isSecond: boolean
}): string {
  const at = new Date(what.madeAt)
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const more = what.count > 1 ? `-${what.count}` : ''
  const suffix = what.isSecond ? RECIPIENTS_SUFFIX : BACKUP_SUFFIX
  return `smeshkeeper-${what.kind}-${day}-${two(at.getHours())}${two(at.getMinutes())}${more}${suffix}`
}

const OURS = /^smeshkeeper-(backup|history)-\d{4}-\d{2}-\d{2}-\d{4}(-\d+)?(\.recipients)?\.zip\.age$/
export const isBackupName = (name: string): boolean => OURS.test(name)

/** The second file of a backup that a passphrase and recipients open; it may not exist. */
export const secondFileOf = (file: string): string =>
  file.endsWith(RECIPIENTS_SUFFIX) ? file : `${file.slice(0, -BACKUP_SUFFIX.length)}${RECIPIENTS_SUFFIX}`
