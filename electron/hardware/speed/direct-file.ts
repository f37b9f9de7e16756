import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import koffi from 'koffi'
import { forgetPages } from '../../lib/page-cache.ts'

/** A file read or written block by block; the layer below all measurements, replaced in tests. */
export interface BlockFile {
  /** Past the system's memory. Otherwise its copies were dropped before, as far as the system does that. */
  readonly isDirect: boolean
  /** In memory where the disk takes it from and puts it to. */
  readonly block: Uint8Array
  /** Fills the block from an offset that is a multiple of its size. @returns bytes, fewer at the end. @throws the system's error */
  read(offset: number): number
  /** Writes the block. @throws the system's error */
  write(offset: number): number
  sync(): void
  close(): void
}

/** Largest sector of today's disks: direct blocks begin at a multiple of it, on the disk and in memory. */
const SECTOR = 4096
/** Memory that V8 gives begins at a multiple of this. */
const STEP = 16
/** FILE_FLAG_NO_BUFFERING. @source libuv include/uv/win.h, UV_FS_O_DIRECT */
const WINDOWS_DIRECT = 0x02_00_00_00
/** @source macOS fcntl(2) */
const F_NOCACHE = 48

const DIRECT: Readonly<Partial<Record<NodeJS.Platform, number>>> = { linux: constants.O_DIRECT, win32: WINDOWS_DIRECT }

const codeOf = (cause: unknown): string | undefined => (cause instanceof Error && 'code' in cause ? String(cause.code) : undefined)

function avoidCache(fd: number): boolean {
  if (process.platform !== 'darwin') return false
  try {
    return koffi.load('/usr/lib/libSystem.B.dylib').func('int fcntl(int fd, int cmd, ...)')(fd, F_NOCACHE, 'int', 1) === 0
  } catch {
    return false // then a part may come from memory, and the answer says so
  }
}

/**
 * A block at a multiple of a sector. Node tells no addresses, so places are tried until the system takes one.
 * @param attempt  reads or writes one sector; throws EINVAL for a place that is not taken
 */
function alignedBlock(blockBytes: number, attempt: (sector: Uint8Array) => void): Uint8Array | undefined {
  const room = Buffer.allocUnsafeSlow(blockBytes + SECTOR)
  for (let shift = 0; shift < SECTOR; shift += STEP) {
    try {
      attempt(room.subarray(shift, shift + SECTOR))
    } catch (cause) {
      if (codeOf(cause) === 'EINVAL') continue
      // Taken, and then the disk failed: the measurement meets that where it comes to it, and says where.
    }
    return room.subarray(shift, shift + blockBytes)
  }
  return undefined
}

const blockFile = (fd: number, block: Uint8Array, isDirect: boolean): BlockFile => ({
  isDirect,
  block,
  read: (offset) => readSync(fd, block, 0, block.length, offset),
  write: (offset) => writeSync(fd, block, 0, block.length, offset),
  sync: () => fsyncSync(fd),
  close: () => closeSync(fd),
})

/** undefined where the file system or the platform knows no direct access. */
function openDirect(file: string, flags: number, blockBytes: number): BlockFile | undefined {
  const flag = DIRECT[process.platform]
  if (flag === undefined) return undefined
  let fd: number
  try {
    fd = openSync(file, flags | flag, 0o600)
  } catch (cause) {
    if (codeOf(cause) === 'EINVAL') return undefined
    throw cause
  }
  const isRead = flags === constants.O_RDONLY
  const block = alignedBlock(blockBytes, (at) => (isRead ? readSync(fd, at, 0, SECTOR, 0) : writeSync(fd, at, 0, SECTOR, 0)))
  if (block !== undefined) return blockFile(fd, block, true)
  closeSync(fd)
  return undefined
}

/** An existing file, only for reading. @throws the system's error */
export async function openForReading(file: string, blockBytes: number): Promise<BlockFile> {
  const direct = openDirect(file, constants.O_RDONLY, blockBytes)
  if (direct !== undefined) return direct
  const fd = openSync(file, constants.O_RDONLY)
  const isDirect = avoidCache(fd)
  if (!isDirect) await forgetPages(fd, 0, 0)
  return blockFile(fd, Buffer.allocUnsafeSlow(blockBytes), isDirect)
}

/** A file that was made empty just now and is only ours. @throws the system's error */
export function openForWriting(file: string, blockBytes: number): BlockFile {
  const direct = openDirect(file, constants.O_WRONLY, blockBytes)
  if (direct !== undefined) return direct
  const fd = openSync(file, constants.O_WRONLY)
  return blockFile(fd, Buffer.allocUnsafeSlow(blockBytes), avoidCache(fd))
}
