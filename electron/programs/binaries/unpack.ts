import { createWriteStream } from 'node:fs'
import { mkdir, open, statfs } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { errorCode } from '../error-code.ts'

export type UnpackFault = 'binary/bad-archive' | 'binary/unreadable' | 'binary/no-space'

/** A release is about 100 MiB in a dozen files. */
const MAX_ENTRIES = 500
const MAX_BYTES = 2 * 1024 ** 3
const MAX_RATIO = 200
/** Room that must stay free on the disk. */
const MARGIN_BYTES = 64 * 1024 ** 2

const [TYPE_MASK, TYPE_FILE, TYPE_FOLDER] = [0o170000, 0o100000, 0o040000]

const systemFreeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Unpacks a zip into an empty folder; every entry is judged before the first byte is written. Files get mode 0600. */
export async function unpack(
  archive: string,
  folder: string,
  freeBytes: (folder: string) => Promise<number> = systemFreeBytes,
): Promise<Result<void, UnpackFault>> {
  let zip: ZipFile
  try {
    zip = await openPromise(archive, { autoClose: false, strictFileNames: false, validateEntrySizes: true })
  } catch (cause) {
    const code = errorCode(cause)
    if (isSystemError(code)) return fail('binary/unreadable', `${archive} cannot be read: ${textOf(cause)}`)
    return fail('binary/bad-archive', `${archive} is not a whole zip archive (${textOf(cause)}): download it again`)
  }
  try {
    const entries = await judged(zip)
    if (!entries.ok) return entries
    const neededBytes = entries.value.reduce((sum, entry) => sum + entry.uncompressedSize, 0)
    if ((await freeBytes(folder)) < neededBytes + MARGIN_BYTES) {
      return fail('binary/no-space', `unpacking needs ${Math.ceil(neededBytes / 1024 ** 2)} MiB and some more on the disk of ${folder}`)
    }
    for (const entry of entries.value) await write(zip, entry, folder)
    return ok(undefined)
  } catch (cause) {
    return writeFault(archive, cause)
  } finally {
    zip.close()
  }
}

function writeFault(archive: string, cause: unknown): Result<never, UnpackFault> {
  const code = errorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT') return fail('binary/no-space', 'the disk became full while unpacking; nothing was kept')
  // Two entries with one name, or one name as file and folder, are the archive's fault.
  const isOfArchive = code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENAMETOOLONG'
  if (isSystemError(code) && !isOfArchive) return fail('binary/unreadable', textOf(cause))
  return fail('binary/bad-archive', `${archive} is damaged (${textOf(cause)}): download it again`)
}

const isSystemError = (code: string | undefined): boolean => code !== undefined && /^E[A-Z0-9]+$/.test(code)

async function judged(zip: ZipFile): Promise<Result<Entry[], UnpackFault>> {
  if (zip.entryCount > MAX_ENTRIES) return fail('binary/bad-archive', `the archive has ${zip.entryCount} entries; a release has a dozen`)
  const entries: Entry[] = []
  let total = 0
  for await (const entry of zip.eachEntry()) {
    const wrong = wrongEntry(entry)
    if (wrong !== undefined) return fail('binary/bad-archive', `the archive is refused: ${wrong}`)
    total += entry.uncompressedSize
    if (total > MAX_BYTES) return fail('binary/bad-archive', 'the archive is refused: unpacked it would be larger than any release')
    entries.push(entry)
  }
  return ok(entries)
}

/** Why one entry makes the archive unusable. */
function wrongEntry(entry: Entry): string | undefined {
  const name = JSON.stringify(entry.fileName.slice(0, 200))
  const parts = entry.fileName.split('/')
  if (/^\/|[\\:\0]/.test(entry.fileName) || parts.includes('..')) return `${name} would be written outside its folder`
  const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK
  if (type !== 0 && type !== TYPE_FILE && type !== TYPE_FOLDER) return `${name} is a link or a device`
  if (entry.isEncrypted()) return `${name} is encrypted`
  if (entry.uncompressedSize > 1024 ** 2 && entry.uncompressedSize > entry.compressedSize * MAX_RATIO)
    return `${name} grows beyond all measure`
  return undefined
}

async function write(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const target = path.join(folder, ...entry.fileName.split('/'))
  if (entry.fileName.endsWith('/')) {
    await mkdir(target, { recursive: true, mode: 0o700 })
    return
  }
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
  let checksum = 0
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  }
  await pipeline(await zip.openReadStreamPromise(entry), counted, createWriteStream(target, { flags: 'wx', mode: 0o600 }))
  // yauzl compares sizes, not checksums: a single flipped bit would make a program that nobody has built.
  if (checksum !== entry.crc32) throw new Error(`wrong checksum of ${entry.fileName.slice(0, 200)}`)
  const handle = await open(target, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
