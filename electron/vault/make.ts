import { createHash } from 'node:crypto'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { BackupEntry, VaultProgress } from '../../shared/domain/backup.ts'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import type { IdentityId, UnixMs } from '../../shared/domain/ids.ts'
import { codeOf } from '../identities/index.ts'
import type { Files } from '../lib/files.ts'
import type { OpenSecret } from './age-reader.ts'
import { plannedBytes, type CollectItem } from './collect.ts'
import { encrypterFor, RecipientError, streamOf } from './encrypter.ts'
import {
  backupFileName,
  MANIFEST_NAME,
  MANIFEST_VERSION,
  parseManifest,
  README_NAME,
  type Manifest,
  type ManifestEntry,
  type Opener,
} from './format.ts'
import { gather, SourceError, type Gathering, type GatherTools } from './gather.ts'
import { createPartial, discard, publish, sweepPartials, sweepTemporary } from './new-file.ts'
import { checkContents, openBackup } from './open.ts'
import { readmeText } from './readme-text.ts'
import { isFull, isGone, isReadOnly } from './system-codes.ts'
import { zipOf, type ZipSource } from './zip-writer.ts'

export interface MakeJob {
  readonly kind: Manifest['kind']
  readonly items: readonly CollectItem[]
  readonly folder: string
  readonly passphrase?: string
  /** `age1…`. With a passphrase too, a second file is written: age allows only one of them in a file. */
  readonly recipients: readonly string[]
  readonly madeAt: UnixMs
  /** "Smeshkeeper 0.1.0". */
  readonly madeBy: string
  readonly genesisId?: string
  /** Small letters and digits that tell this machine's unfinished files from another's. */
  readonly mark: string
}

export interface MakeTools extends GatherTools {
  readonly onProgress?: (step: VaultProgress['step'], doneBytes: number, totalBytes: number) => void
  /** log2 of scrypt's work; 18 but in tests. */
  readonly workFactor?: number
}

export type MakeFault =
  | 'backup/nothing'
  | 'backup/no-secret'
  | 'backup/no-place'
  | 'backup/no-space'
  | 'backup/not-written'
  | 'backup/not-read-back'
  | 'backup/unreadable-source'

export interface MadeBackup {
  /** The one that a passphrase opens, when there are two. */
  readonly file: string
  readonly files: readonly string[]
  readonly madeAt: UnixMs
  readonly bytes: number
  /** Of `file`, hex. */
  readonly sha256: string
  readonly identities: readonly IdentityId[]
  readonly openedBy: BackupEntry['openedBy']
  /** Sentences: what was asked for and is not in it. */
  readonly leftOut: readonly string[]
}

interface Sealed {
  readonly partial: string
  readonly opener: Opener
  readonly secret: OpenSecret
  readonly bytes: number
  readonly sha256: string
  readonly manifest: Manifest
}

/**
 * Makes a backup: collected, zipped and encrypted into an unfinished file, synced, read back from there, decrypted,
 * every SHA-256 compared and every public key derived again. Only then does it get its name.
 */
export async function makeBackup(job: MakeJob, tools: MakeTools): Promise<Result<MadeBackup, MakeFault>> {
  const openers: Opener[] = [
    ...(job.passphrase === undefined ? [] : ['passphrase' as const]),
    ...(job.recipients.length === 0 ? [] : ['recipients' as const]),
  ]
  if (openers.length === 0) return fail('backup/no-secret', 'give a passphrase or an age recipient: a backup is never written in clear')
  if (job.items.length === 0) return fail('backup/nothing', 'there is nothing to back up')
  const place = folderFault(job.folder, tools.files)
  if (place !== undefined) return place
  sweepPartials(job.folder, { mark: job.mark, now: job.madeAt, files: tools.files })
  sweepTemporary(tools.temporary, tools.files)
  tools.onProgress?.('collecting', 0, plannedBytes(job.items))
  const gathering = gather(job.items, tools)
  if (!gathering.ok) return gathering
  const sealed: Sealed[] = []
  try {
    for (const opener of openers) {
      const one = await seal(job, gathering.value, { opener, tools })
      if (!one.ok) return one
      sealed.push(one.value)
      const back = await readBack(one.value, tools)
      if (!back.ok) return back
    }
    const made = nameThem(job, sealed, tools.files)
    if (made.ok) sealed.length = 0
    return made
  } finally {
    for (const { partial } of sealed) discard(partial, tools.files)
    gathering.value.end()
  }
}

function folderFault(folder: string, files: Files): Result<never, 'backup/no-place'> | undefined {
  try {
    files.list(folder)
    return undefined
  } catch (cause) {
    return fail('backup/no-place', `${folder} cannot be used (${textOf(cause)}): connect the drive, or choose another folder`)
  }
}

async function seal(
  job: MakeJob,
  gathering: Gathering,
  by: { readonly opener: Opener; readonly tools: MakeTools },
): Promise<Result<Sealed, MakeFault>> {
  const { files } = by.tools
  const total = plannedBytes(job.items)
  let partial: ReturnType<typeof createPartial> | undefined
  try {
    const { encrypter, secret } = await encrypterFor(job, by.opener, by.tools.workFactor)
    partial = createPartial(job.folder, job.mark, files)
    const { sources, manifest } = archiveOf(job, gathering)
    const stream = await encrypter.encrypt(streamOf(zipOf(sources, new Date(job.madeAt))))
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of stream) {
      files.write(partial.fd, chunk)
      hash.update(chunk)
      bytes += chunk.length
      by.tools.onProgress?.('writing', bytes, Math.max(total, bytes))
    }
    files.sync(partial.fd)
    files.close(partial.fd)
    return ok({ partial: partial.file, opener: by.opener, secret, bytes, sha256: hash.digest('hex'), manifest: manifest() })
  } catch (cause) {
    if (partial !== undefined) abandon(partial, files)
    if (cause instanceof RecipientError) return fail('backup/no-secret', cause.message)
    if (cause instanceof SourceError) return fail('backup/unreadable-source', `${cause.message}. Nothing was backed up`)
    return targetFault(job.folder, cause, files)
  }
}

function abandon(partial: { readonly file: string; readonly fd: number }, files: Files): void {
  try {
    files.close(partial.fd)
  } catch {
    // Closed before, or the drive is gone.
  }
  discard(partial.file, files)
}

/** README first, manifest last: what it lists is what was read, counted while it went by. */
function archiveOf(job: MakeJob, gathering: Gathering): { readonly sources: readonly ZipSource[]; readonly manifest: () => Manifest } {
  const entries: ManifestEntry[] = []
  const counted = gathering.entries.map((gathered): ZipSource => ({
    name: gathered.entry.name,
    async *open() {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const piece of gathered.open()) {
        hash.update(piece)
        bytes += piece.length
        yield piece
      }
      entries.push({ ...gathered.entry, bytes, sha256: hash.digest('hex') })
    },
  }))
  const manifest = (): Manifest => ({
    format: 'smeshkeeper-backup',
    version: MANIFEST_VERSION,
    kind: job.kind,
    madeAt: new Date(job.madeAt).toISOString(),
    madeBy: job.madeBy,
    ...(job.genesisId === undefined ? {} : { genesisId: job.genesisId }),
    entries,
    leftOut: gathering.leftOut,
  })
  const text = (name: string, content: () => string): ZipSource => ({
    name,
    async *open() {
      yield Buffer.from(content())
    },
  })
  return {
    sources: [
      text(README_NAME, () => readmeText(job.madeBy, new Date(job.madeAt))),
      ...counted,
      text(MANIFEST_NAME, () => `${JSON.stringify(manifest(), null, 1)}\n`),
    ],
    manifest,
  }
}

/** Opens what was written as anyone would, and compares it with what was read. */
async function readBack(sealed: Sealed, tools: MakeTools): Promise<Result<void, 'backup/not-read-back'>> {
  const notSame = (why: string): Result<never, 'backup/not-read-back'> =>
    fail('backup/not-read-back', `the file was written, but reading it back failed: ${why}. It was taken away again; try another drive`)
  const backup = await openBackup(sealed.partial, sealed.secret, tools.files)
  if (!backup.ok) return notSame(backup.fault.detail)
  try {
    const total = backup.value.manifest.entries.reduce((sum, entry) => sum + entry.bytes, 0)
    const written = parseManifest(JSON.stringify(sealed.manifest))
    if (written.is !== 'read' || !isDeepStrictEqual(backup.value.manifest, written.manifest)) return notSame('its manifest is another one')
    const checked = await checkContents(backup.value, (bytes) => tools.onProgress?.('reading-back', bytes, total))
    return checked.ok ? ok(undefined) : notSame(checked.fault.detail)
  } finally {
    backup.value.close()
  }
}

/** A name that is free for all of them; the same minute may have a backup already. */
function nameThem(job: MakeJob, sealed: readonly Sealed[], files: Files): Result<MadeBackup, MakeFault> {
  const made: string[] = []
  try {
    for (let count = 1; made.length < sealed.length && count < 1000; count += 1) {
      const names = sealed.map(({ opener }) => path.join(job.folder, nameOf(job, opener, count)))
      if (made.length === 0 && names.some((name) => files.facts(name) !== undefined)) continue
      for (const [index, one] of sealed.entries()) {
        const name = names[index]
        if (index < made.length || name === undefined) continue
        if (!publish(one.partial, name, files)) break
        made.push(name)
      }
    }
  } catch (cause) {
    return targetFault(job.folder, cause, files)
  }
  const [first] = sealed
  const [file] = made
  if (first === undefined || file === undefined || made.length < sealed.length)
    return fail('backup/not-written', `no name is free in ${job.folder}: clear it up, or choose another folder`)
  return ok({
    file,
    files: made,
    madeAt: job.madeAt,
    bytes: first.bytes,
    sha256: first.sha256,
    identities: first.manifest.entries.flatMap(({ part, identity }) => (part === 'keys' && identity !== undefined ? [identity] : [])),
    openedBy: sealed.length > 1 ? 'both' : first.opener,
    leftOut: first.manifest.leftOut.map(({ path: what, why }) => `${what} is not in the backup: ${why}`),
  })
}

const nameOf = (job: MakeJob, opener: Opener, count: number): string =>
  backupFileName({ kind: job.kind, madeAt: job.madeAt, count, isSecond: opener === 'recipients' })

function targetFault(folder: string, cause: unknown, files: Files): Result<never, MakeFault> {
  const code = codeOf(cause)
  const text = textOf(cause)
  if (code === '') throw cause
  if (isFull(code))
    return fail('backup/no-space', `the drive of ${folder} is full (${text}): make room, or choose another place. Nothing was kept`)
  if (isReadOnly(code))
    return fail('backup/not-written', `${folder} cannot be written (${text}): take off the write protection, or choose another folder`)
  // A stick that is pulled out gives EIO first.
  const isAway = (isGone(code) || code === 'EIO') && !isThere(folder, files)
  if (isAway) return fail('backup/no-place', `${folder} went away while the backup was written: connect the drive again and repeat it`)
  return fail('backup/not-written', `writing to ${folder} failed (${text}): check the drive, or choose another one`)
}

function isThere(folder: string, files: Files): boolean {
  try {
    return files.facts(folder) !== undefined
  } catch {
    return false
  }
}
