import { createHash } from 'node:crypto'
import { assertNever, fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import { plural } from '../../shared/domain/words.ts'
import { codeOf, parseKeyBytes } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import { Damage, openAge, type AgeFault, type OpenSecret, type PlainContent } from './age-reader.ts'
import { CAPS, MANIFEST_NAME, MANIFEST_VERSION, parseManifest, README_NAME, type Manifest, type ManifestEntry } from './format.ts'
import { isGone } from './system-codes.ts'
import { BadArchive, openArchive, type Archive } from './zip-reader.ts'

export type OpenFault = AgeFault | 'backup/newer'

/** A backup whose table of contents is sound; what is in the entries is checked where they are read. */
export interface OpenedBackup {
  readonly manifest: Manifest
  /** Size and SHA-256 are compared at the end. @throws Damage, BadArchive, the system's error */
  contents(entry: ManifestEntry): AsyncGenerator<Uint8Array>
  /** A copy of a small entry. @throws as `contents` */
  whole(entry: ManifestEntry): Promise<Buffer>
  close(): void
}

/** Opens a backup and compares its table of contents with its manifest. Nothing is written anywhere. */
export async function openBackup(file: string, secret: OpenSecret, files: Files): Promise<Result<OpenedBackup, OpenFault>> {
  const age = await openAge(file, secret, files)
  if (!age.ok) return age
  const plain = age.value
  try {
    const archive = await openArchive(plain)
    const manifest = await readManifest(archive)
    if (!manifest.ok) return closing(plain, manifest)
    const wrong = unlike(archive, manifest.value)
    if (wrong !== undefined)
      return closing(plain, fail('backup/damaged', `${wrong}: it is not the archive that Smeshkeeper wrote. Use another backup`))
    return ok(opened(plain, archive, manifest.value))
  } catch (cause) {
    return closing(plain, openingFault(file, cause))
  }
}

const closing = <T>(plain: PlainContent, result: T): T => {
  plain.close()
  return result
}

function openingFault(file: string, cause: unknown): Result<never, OpenFault> {
  if (cause instanceof BadArchive && cause.is === 'not-a-zip')
    return fail('backup/foreign', `${file} opens, but what is in it is no backup of Smeshkeeper (${cause.message})`)
  return contentFault(cause, 'its table of contents')
}

/** Fault of something that came up while entries were read. */
export function contentFault(cause: unknown, what: string): Result<never, 'backup/damaged' | 'backup/not-there'> {
  if (cause instanceof Damage) return fail('backup/damaged', `${what} is damaged (${cause.message}): use another backup`)
  if (cause instanceof BadArchive) return fail('backup/damaged', `it is refused: ${cause.message}. Use another backup`)
  if (isGone(codeOf(cause))) return fail('backup/not-there', 'the drive went away while it was read: connect it again')
  if (codeOf(cause) !== '') return fail('backup/damaged', `${what} cannot be read (${textOf(cause)}): the drive may be failing`)
  throw cause
}

async function readManifest(archive: Archive): Promise<Result<Manifest, OpenFault>> {
  const entry = archive.entries.find(({ name }) => name === MANIFEST_NAME)
  if (entry === undefined)
    return fail('backup/foreign', 'it holds no manifest.json: it is no backup of Smeshkeeper. Unpack it with age and unzip')
  if (entry.bytes > CAPS.manifestBytes)
    return fail('backup/damaged', `its manifest has ${entry.bytes} bytes; no backup of ours has such a one`)
  const reading = parseManifest((await collect(archive.contents(MANIFEST_NAME), CAPS.manifestBytes)).toString('utf8'))
  switch (reading.is) {
    case 'read':
      return ok(reading.manifest)
    case 'newer':
      return fail(
        'backup/newer',
        `it was made by a newer Smeshkeeper (format ${reading.version}, this one knows ${MANIFEST_VERSION}): update Smeshkeeper, or unpack it with age and unzip`,
      )
    case 'foreign':
      return fail('backup/foreign', `its manifest.json is not ours: ${reading.why}`)
    case 'bad':
      return fail('backup/damaged', `its manifest.json cannot be used: ${reading.why}. Unpack it with age and unzip`)
    default:
      return assertNever(reading)
  }
}

/** How the archive and its manifest disagree. */
function unlike(archive: Archive, manifest: Manifest): string | undefined {
  const inArchive = new Map(archive.entries.map((entry) => [entry.name, entry]))
  const listed = new Set<string>()
  for (const { name, bytes } of manifest.entries) {
    if (listed.has(name)) return `the manifest names ${JSON.stringify(name)} twice`
    listed.add(name)
    const entry = inArchive.get(name)
    if (entry === undefined) return `${JSON.stringify(name)} is missing`
    if (entry.bytes !== bytes) return `${JSON.stringify(name)} has ${entry.bytes} bytes instead of ${bytes}`
  }
  const more = archive.entries.find(({ name }) => name !== MANIFEST_NAME && name !== README_NAME && !listed.has(name))
  return more === undefined ? undefined : `${JSON.stringify(more.name)} is in it without being in the manifest`
}

async function collect(pieces: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > mostBytes) throw new BadArchive('refused', `an entry has more than ${mostBytes} bytes`)
    parts.push(piece)
  }
  return Buffer.concat(parts)
}

function opened(plain: PlainContent, archive: Archive, manifest: Manifest): OpenedBackup {
  async function* contents(entry: ManifestEntry): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of archive.contents(entry.name)) {
      bytes += piece.length
      if (bytes > entry.bytes)
        throw new BadArchive('refused', `${entry.name} unpacks to more than the ${entry.bytes} bytes of the manifest`)
      hash.update(piece)
      yield piece
    }
    if (bytes !== entry.bytes || hash.digest('hex') !== entry.sha256)
      throw new BadArchive('refused', `${entry.name} does not have the SHA-256 of the manifest`)
  }
  return {
    manifest,
    contents,
    whole: (entry) => collect(contents(entry), entry.part === 'keys' ? CAPS.keyBytes : CAPS.textBytes),
    close: () => plain.close(),
  }
}

export interface CheckedContents {
  readonly bytes: number
  readonly identities: readonly IdentityId[]
}

/**
 * Reads every entry: its SHA-256 is compared, and of each key the public key is derived again.
 * @param onBytes  bytes read so far
 */
export async function checkContents(
  backup: OpenedBackup,
  onBytes: (bytes: number) => void = () => {},
): Promise<Result<CheckedContents, 'backup/damaged' | 'backup/not-there'>> {
  const identities: IdentityId[] = []
  const broken: string[] = []
  let done = 0
  let why = ''
  for (const entry of backup.manifest.entries) {
    try {
      if (entry.part === 'keys') {
        identities.push(identityOf(entry, await backup.whole(entry)))
        onBytes((done += entry.bytes))
      } else for await (const piece of backup.contents(entry)) onBytes((done += piece.length))
    } catch (cause) {
      const fault = contentFault(cause, entry.name)
      if (!fault.ok && fault.fault.code === 'backup/not-there') return fault
      broken.push(entry.name)
      why = why === '' && !fault.ok ? fault.fault.detail : why
    }
  }
  if (broken.length === 0) return ok({ bytes: done, identities })
  const more =
    broken.length === 1
      ? ''
      : ` With it ${plural(broken.length - 1, 'more file')}: ${broken.slice(1, 4).join(', ')}${broken.length > 4 ? ' …' : ''}.`
  return fail('backup/damaged', `${why}.${more}`, { retry: 'never', context: { entry: broken[0] ?? '', broken: broken.length } })
}

/** @throws BadArchive when the bytes are not the key that the manifest names; its text never holds the key */
export function identityOf(entry: ManifestEntry, bytes: Uint8Array): IdentityId {
  const reading = parseKeyBytes(bytes)
  bytes.fill(0)
  if (reading.identity === undefined || reading.form !== 'good') throw new BadArchive('refused', `${entry.name} holds no usable key`)
  if (reading.identity !== entry.identity)
    throw new BadArchive('refused', `${entry.name} is the key of another identity than the manifest says`)
  return reading.identity
}
