import { constants } from 'node:fs'
import { link, lstat, mkdir, open, readdir, readFile, rename, rmdir, statfs, unlink, type FileHandle } from 'node:fs/promises'
import { codeOf } from '../../identities/index.ts'
import { forgetPages } from '../../lib/page-cache.ts'

export interface BulkFacts {
  readonly is: 'file' | 'folder' | 'link' | 'other'
  readonly bytes: number
  /** What it takes on the disk: less than `bytes` when it has holes. */
  readonly heldBytes: number
  /** Unix ms. */
  readonly modifiedAt: number
  /** Permission bits. */
  readonly mode: number
  readonly device: number
  readonly inode: number
}

/** An open file of PoS data. */
export interface BulkHandle {
  /** May read less than `into` holds; 0 = the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Cuts the file off, or lengthens it by a hole. */
  truncate(bytes: number): Promise<void>
  sync(): Promise<void>
  /** Drops a synced range from the system's memory, as far as the system lets us. */
  forget(position: number, length: number): Promise<void>
  close(): Promise<void>
}

/**
 * Files too large for the synchronous `Files`: everything on the volumes between which data moves goes through these, so that
 * a slow or dead disk never holds up our thread. Injected, so that disks that fail and power cuts can be played. Every method
 * fails with the system's error.
 */
export interface BulkFiles {
  openRead(file: string): Promise<BulkHandle>
  /** A new one, never an existing one. */
  create(file: string, mode: number): Promise<BulkHandle>
  /** One that is there, for reading and writing. */
  openWrite(file: string): Promise<BulkHandle>
  /** A small file. @fails with EFBIG above `mostBytes` */
  readSmall(file: string, mostBytes: number): Promise<Uint8Array>
  /** Does not follow links; undefined when there is nothing. */
  facts(file: string): Promise<BulkFacts | undefined>
  list(folder: string): Promise<readonly string[]>
  /** One folder; what is above it must be there. */
  makeFolder(folder: string, mode: number): Promise<void>
  /** A second name; fails with EEXIST when that is taken. */
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(file: string): Promise<void>
  /** Only an empty one. */
  removeFolder(folder: string): Promise<void>
  /** Makes names in `folder` durable. */
  syncFolder(folder: string): Promise<void>
  /** What is free for us on the volume of `folder`. */
  freeBytes(folder: string): Promise<number>
}

const BLOCK = 512

function handleOf(handle: FileHandle): BulkHandle {
  return {
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten
    },
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.sync(),
    forget: (position, length) => forgetPages(handle.fd, position, length),
    close: () => handle.close(),
  }
}

async function facts(file: string): Promise<BulkFacts | undefined> {
  try {
    const stat = await lstat(file)
    const is = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other'
    // Windows does not tell blocks: nothing is taken for sparse there.
    const heldBytes = process.platform === 'win32' ? stat.size : stat.blocks * BLOCK
    const { size: bytes, mtimeMs: modifiedAt, dev: device, ino: inode } = stat
    return { is, bytes, heldBytes, modifiedAt, mode: stat.mode & 0o777, device, inode }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return undefined
    throw cause
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // cannot open folders, and orders its own journal
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The real ones. */
export const systemBulkFiles: BulkFiles = {
  // Never waits for the other end of a fifo.
  openRead: async (file) => handleOf(await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))),
  async create(file, mode) {
    const handle = await open(file, 'wx+', mode)
    await handle.chmod(mode) // whatever the umask
    return handleOf(handle)
  },
  openWrite: async (file) => handleOf(await open(file, 'r+')),
  async readSmall(file, mostBytes) {
    const found = await facts(file)
    if (found !== undefined && found.bytes > mostBytes) throw Object.assign(new Error(`EFBIG: ${file}`), { code: 'EFBIG' })
    return readFile(file)
  },
  facts,
  list: (folder) => readdir(folder),
  makeFolder: (folder, mode) => mkdir(folder, { mode }),
  link,
  rename,
  unlink,
  removeFolder: rmdir,
  syncFolder,
  async freeBytes(folder) {
    const stat = await statfs(folder)
    return stat.bavail * stat.bsize
  },
}
