import { Readable } from 'node:stream'
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl'
import { Damage, type PlainContent } from './age-reader.ts'
import { CAPS, unsafeName } from './format.ts'

const PIECE = 256 * 1024

/** Reads of yauzl, served from the encrypted file. */
class PlainReader extends RandomAccessReader {
  readonly #plain: PlainContent
  constructor(plain: PlainContent) {
    super()
    this.#plain = plain
  }
  override _readStreamForRange(start: number, end: number): Readable {
    const plain = this.#plain
    function* pieces(): Generator<Uint8Array> {
      for (let at = start; at < end; at += PIECE) {
        const piece = plain.read(at, Math.min(PIECE, end - at))
        if (piece.length === 0) return
        yield piece
      }
    }
    return Readable.from(pieces(), { objectMode: false })
  }
}

/** The archive is not one that we would open, whatever it holds. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive'
  readonly is: 'not-a-zip' | 'refused'
  constructor(is: BadArchive['is'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.is = is
  }
}

export interface ArchiveEntry {
  readonly name: string
  /** As the archive's table says; what comes out is counted again. */
  readonly bytes: number
  /** Where it begins in the archive. */
  readonly at: number
}

export interface Archive {
  /** In the order of their places. */
  readonly entries: readonly ArchiveEntry[]
  /** @throws Damage, BadArchive, and the system's error */
  contents(name: string): AsyncGenerator<Uint8Array>
}

/**
 * The table of the archive, with every name judged before any byte is unpacked.
 * @throws BadArchive, Damage, and the system's error
 */
export async function openArchive(plain: PlainContent): Promise<Archive> {
  const zip = await openZip(plain)
  const found = await entriesOf(zip, plain)
  const inOrder = [...found.values()].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)
  return {
    entries: inOrder.map((entry) => ({ name: entry.fileName, bytes: entry.uncompressedSize, at: entry.relativeOffsetOfLocalHeader })),
    async *contents(name) {
      const entry = found.get(name)
      if (entry === undefined) throw new BadArchive('refused', `${JSON.stringify(name)} is not in it`)
      try {
        for await (const piece of await zip.openReadStreamPromise(entry)) yield piece as Uint8Array
      } catch (cause) {
        throw archiveError(cause)
      }
    },
  }
}

async function openZip(plain: PlainContent): Promise<ZipFile> {
  try {
    const options = { autoClose: false, strictFileNames: true, validateEntrySizes: true }
    return await fromRandomAccessReaderPromise(new PlainReader(plain), plain.bytes, options)
  } catch (cause) {
    const known = archiveError(cause)
    throw known instanceof BadArchive ? new BadArchive('not-a-zip', known.message, { cause }) : known
  }
}

async function entriesOf(zip: ZipFile, plain: PlainContent): Promise<Map<string, Entry>> {
  if (zip.entryCount > CAPS.entries) throw new BadArchive('refused', `it has ${zip.entryCount} entries; no backup of ours has so many`)
  const found = new Map<string, Entry>()
  const folded = new Set<string>()
  let total = 0
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') && entry.uncompressedSize === 0) continue // a folder, as other zip programs write them
      const name = JSON.stringify(entry.fileName.slice(0, 200))
      const why = unsafeName(entry.fileName) ?? (entry.isEncrypted() ? 'it is encrypted once more' : undefined)
      if (why !== undefined) throw new BadArchive('refused', `the name ${name} is not safe: ${why}`)
      // Two names that differ in case only are one file on Windows and macOS.
      if (folded.has(entry.fileName.toLowerCase())) throw new BadArchive('refused', `${name} is in it twice`)
      folded.add(entry.fileName.toLowerCase())
      total += entry.uncompressedSize
      if (total > plain.bytes * CAPS.ratio + CAPS.freeBytes)
        throw new BadArchive('refused', 'unpacked it would be more than a hundred times its size: it is built to fill a disk')
      found.set(entry.fileName, entry)
    }
  } catch (cause) {
    throw archiveError(cause)
  }
  return found
}

/** yauzl's own complaints are about the archive; damage and the system's errors stay what they are. */
function archiveError(cause: unknown): unknown {
  if (cause instanceof Damage || cause instanceof BadArchive) return cause
  if (!(cause instanceof Error)) return new BadArchive('refused', String(cause))
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return /^E[A-Z]+$/.test(code) ? cause : new BadArchive('refused', cause.message, { cause })
}
