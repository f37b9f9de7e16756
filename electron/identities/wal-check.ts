/**
 * Whether SQLite would use all of a write-ahead log. A damaged frame ends the log for it, silently: the database then
 * opens in an older state and passes every integrity check. With a node's local.sql that older state can register or
 * publish a second time, so damage inside the log must be told.
 *
 * File: header of 32 bytes, then frames of 24 bytes and one page; integers big-endian. Header: magic, version, page size,
 * sequence, two salts, two checksums. Frame: page number, size after commit, the salts, checksums over everything before.
 * @source https://www.sqlite.org/fileformat2.html#walformat
 */

const HEADER = 32
const FRAME = 24
const MAGIC = 0x377f0682

interface Sums {
  readonly a: number
  readonly b: number
}

/** SQLite's running checksum over `bytes` (a multiple of 8); words are read in the order that the magic number names. */
function sumOver(bytes: DataView, from: number, to: number, { a, b, isBig }: Sums & { readonly isBig: boolean }): Sums {
  let first = a
  let second = b
  for (let at = from; at < to; at += 8) {
    first = (first + bytes.getUint32(at, !isBig) + second) >>> 0
    second = (second + bytes.getUint32(at + 4, !isBig) + first) >>> 0
  }
  return { a: first, b: second }
}

/**
 * @returns `whole` when the log is used to its end; `damaged` when a frame in the middle is not what was written, so that
 *          the frames after it are lost. A torn end (the writer was killed) is `whole`: nothing committed is behind it.
 */
export function checkWal(wal: Uint8Array): 'whole' | 'damaged' {
  if (wal.length < HEADER + FRAME) return 'whole'
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength)
  const magic = view.getUint32(0)
  if (wal.subarray(0, HEADER).every((byte) => byte === 0)) return 'whole'
  if (magic !== MAGIC && magic !== MAGIC + 1) return 'damaged'
  const isBig = magic === MAGIC + 1
  const pageBytes = view.getUint32(8)
  let sums = sumOver(view, 0, 24, { a: 0, b: 0, isBig })
  if (sums.a !== view.getUint32(24) || sums.b !== view.getUint32(28)) return 'damaged'
  if (pageBytes < 512 || pageBytes > 65_536) return 'damaged'
  const isCurrent = (at: number): boolean => view.getUint32(at + 8) === view.getUint32(16) && view.getUint32(at + 12) === view.getUint32(20)
  const size = FRAME + pageBytes
  for (let at = HEADER; at + size <= wal.length; at += size) {
    const next = sumOver(view, at, at + 8, { ...sums, isBig })
    sums = sumOver(view, at + FRAME, at + size, { ...next, isBig })
    const isGood = isCurrent(at) && sums.a === view.getUint32(at + 16) && sums.b === view.getUint32(at + 20)
    if (!isGood) return hasCurrentAfter(wal.length, at + size, size, isCurrent) ? 'damaged' : 'whole'
  }
  return 'whole'
}

/** Frames of this round of the log behind a bad one: writes come in order, so no kill leaves such a gap. */
function hasCurrentAfter(bytes: number, from: number, size: number, isCurrent: (at: number) => boolean): boolean {
  for (let at = from; at + size <= bytes; at += size) if (isCurrent(at)) return true
  return false
}
