import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import koffi from 'koffi'

export interface FileFacts {
  readonly is: 'file' | 'folder' | 'link' | 'other'
  readonly bytes: number
  readonly modifiedAt: number
  /** Permission bits. */
  readonly mode: number
  readonly device: number
  readonly inode: number
}

/**
 * The file operations that keys, backups and quarantine are made of, injected so that power cuts can be played: the fake
 * loses, reorders and tears what was not synced. Every method throws the system's error (`code`: ENOENT, EEXIST, ENOSPC …).
 */
export interface Files {
  /** A new file, never an existing one. Its bytes are durable after `sync`, its name after `syncFolder` of its folder. */
  create(file: string, mode: number): number
  openRead(file: string): number
  /** For `write` at the end of a file that is there. */
  openAppend(file: string): number
  /** Appends all of `bytes`. */
  write(fd: number, bytes: Uint8Array): void
  /** Up to `length` bytes at `position`; shorter at the end. */
  read(fd: number, length: number, position: number): Uint8Array
  sync(fd: number): void
  /** Makes the bytes of all these files durable, with few syncs where the system can; their names are not. */
  syncFiles(files: readonly string[]): void
  close(fd: number): void
  /** The whole file; `mostBytes` guards against the absurd. @throws Error with code EFBIG above it */
  readWhole(file: string, mostBytes: number): Uint8Array
  /** Replaces `to` on POSIX: whoever must not overwrite uses `link`. */
  rename(from: string, to: string): void
  /** Gives the file a second name; fails with EEXIST when that is taken. */
  link(from: string, to: string): void
  unlink(file: string): void
  /** Only an empty one. */
  removeFolder(folder: string): void
  makeFolder(folder: string, mode: number): void
  list(folder: string): readonly string[]
  /** Does not follow links; undefined when there is nothing. */
  facts(file: string): FileFacts | undefined
  /** Makes names made, moved or removed in `folder` durable. */
  syncFolder(folder: string): void
}

/** Makes names in `folder` durable. Windows cannot open folders and orders its own journal. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

let syncfs: ((fd: number) => number) | undefined

/**
 * One `syncfs` for each folder's file system, so that the fsync of each of many small files has nothing left to wait for.
 * Only an acceleration: what it says does not matter. Linux alone has it.
 */
function syncFileSystemsOf(files: readonly string[]): void {
  if (process.platform !== 'linux' || files.length < 8) return
  try {
    syncfs ??= koffi.load(null).func('int syncfs(int fd)') as (fd: number) => number
    for (const folder of new Set(files.map((file) => path.dirname(file)))) {
      const fd = openSync(folder, 'r')
      try {
        syncfs(fd)
      } finally {
        closeSync(fd)
      }
    }
  } catch {
    // The fsync of each file comes all the same.
  }
}

const tooLarge = (file: string, bytes: number): Error => Object.assign(new Error(`EFBIG: ${file} has ${bytes} bytes`), { code: 'EFBIG' })

/** The real ones. */
export const systemFiles: Files = {
  create: (file, mode) => {
    const fd = openSync(file, 'wx', mode)
    if (process.platform !== 'win32') chmodSync(file, mode) // whatever the umask
    return fd
  },
  openAppend: (file) => openSync(file, constants.O_WRONLY | constants.O_APPEND),
  // Never waits for the other end of a fifo.
  openRead: (file) => openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)),
  write(fd, bytes) {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
  },
  read(fd, length, position) {
    const buffer = Buffer.alloc(length)
    let done = 0
    while (done < length) {
      const got = readSync(fd, buffer, done, length - done, position + done)
      if (got === 0) break
      done += got
    }
    return buffer.subarray(0, done)
  },
  sync: fsyncSync,
  syncFiles(files) {
    syncFileSystemsOf(files)
    for (const file of files) {
      // Windows syncs only what is open for writing.
      const fd = openSync(file, process.platform === 'win32' ? 'r+' : 'r')
      try {
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    }
  },
  close: closeSync,
  readWhole(file, mostBytes) {
    const fd = this.openRead(file)
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile()) throw Object.assign(new Error(`${file} is not a file`), { code: 'EINVAL' })
      if (stat.size > mostBytes) throw tooLarge(file, stat.size)
      return readFileSync(fd)
    } finally {
      closeSync(fd)
    }
  },
  rename: renameSync,
  link: linkSync,
  unlink: unlinkSync,
  removeFolder: rmdirSync,
  makeFolder(folder, mode) {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode })
  },
  list: (folder) => readdirSync(folder),
  facts(file) {
    const stat = lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    const is = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other'
    return { is, bytes: stat.size, modifiedAt: stat.mtimeMs, mode: stat.mode & 0o777, device: stat.dev, inode: stat.ino }
  },
  syncFolder,
}
