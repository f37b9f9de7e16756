import path from 'node:path'
import type { FileFacts, Files } from '../../electron/lib/files.ts'
import { createCrashDisk, systemError, type CrashDisk, type FolderNode, type Survival } from './crash-disk.ts'

export { seededRandom, type Survival } from './crash-disk.ts'

/** Thrown by every operation from the cut on: the machine is off, whoever catches this can do nothing any more. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

export interface Operation {
  readonly name: keyof Files
  readonly path: string
  /** Reads are operations too (they can fail), but a cut before one is the cut after the change before it. */
  readonly changes: boolean
}

export interface CrashFilesOptions {
  /** Folders that are other file systems: between them `rename` and `link` give EXDEV. The longest prefix counts. */
  readonly devices?: Readonly<Record<string, number>>
  /** false = as on FAT: `link` gives EPERM. */
  readonly hasLinks?: boolean
}

/**
 * `Files` in memory that know what a power cut takes. Bytes are durable after `sync` of their file, names (create, rename,
 * link, unlink, mkdir) after `syncFolder` of their folder; a rename is two changes of names that survive independently.
 */
export interface CrashFiles extends Files {
  /** All operations so far, in order. */
  readonly operations: readonly Operation[]
  readonly isCut: boolean
  /** Throws PowerCut at the n-th operation (from 0), before or after it is done, and at all that follow. */
  failAt(index: number, when?: 'before' | 'after'): void
  /** The n-th operation fails with this code; `forGood`: and every later change. A failing `write` has written half. */
  errorAt(index: number, code: string, how?: { readonly forGood?: boolean }): void
  /** The disk as it is found after a power cut now, with a fresh count. */
  crash(random: () => number, survival?: Survival): CrashFiles
  /** Below: for the test itself; durable at once and not counted. */
  put(file: string, content: string | Uint8Array, mode?: number): void
  putFolder(folder: string): void
  putLink(file: string, target: string): void
  /** A fifo or a socket. */
  putOther(file: string): void
  remove(file: string): void
  /** Every file with its bytes, sorted by path; links and folders are left out. */
  all(): readonly { readonly path: string; readonly bytes: Buffer; readonly mode: number }[]
  content(file: string): Buffer | undefined
}

export const createCrashFiles = (options: CrashFilesOptions = {}): CrashFiles => over(createCrashDisk(), options)

/** Makes `folder` and what is missing above it. */
function makeFolders(disk: CrashDisk, folder: string, mode: number): FolderNode {
  const found = disk.find(folder, true)
  if (found !== undefined) {
    if (found.is !== 'folder') throw systemError('EEXIST', folder)
    return found
  }
  const parent = makeFolders(disk, path.posix.dirname(folder), mode)
  const made = disk.addFolder(mode)
  disk.setName(parent, path.posix.basename(folder), made.inode)
  return made
}

type Gate = <T>(name: keyof Files, at: string, work: (error?: Error) => T) => T

const READS: readonly string[] = ['openRead', 'openAppend', 'read', 'readWhole', 'list', 'facts', 'close']

interface Operations {
  readonly gate: Gate
  readonly controls: Pick<CrashFiles, 'failAt' | 'errorAt'>
  readonly list: readonly Operation[]
  isCut(): boolean
}

/** Counts operations, cuts the power and plays errors. */
function countOperations(): Operations {
  const list: Operation[] = []
  let cut: { readonly index: number; readonly when: 'before' | 'after' } | undefined
  let error: { readonly index: number; readonly code: string; readonly forGood: boolean } | undefined
  let isCut = false
  const gate: Gate = (name, at, work) => {
    if (isCut) throw new PowerCut(`off since operation ${cut?.index ?? 0}`)
    const index = list.length
    const changes = !READS.includes(name)
    list.push({ name, path: at, changes })
    if (cut?.index === index && cut.when === 'before') {
      isCut = true
      throw new PowerCut(`before operation ${index}: ${name} ${at}`)
    }
    const fails = error !== undefined && (error.index === index || (error.forGood && changes && index > error.index))
    const result = work(fails ? systemError(error?.code ?? 'EIO', `${name} ${at}`) : undefined)
    if (cut?.index === index) {
      isCut = true
      throw new PowerCut(`after operation ${index}: ${name} ${at}`)
    }
    return result
  }
  return {
    gate,
    list,
    isCut: () => isCut,
    controls: {
      failAt: (index, when = 'before') => (cut = { index, when }),
      errorAt: (index, code, how = {}) => (error = { index, code, forGood: how.forGood === true }),
    },
  }
}

function over(disk: CrashDisk, options: CrashFilesOptions): CrashFiles {
  const counted = countOperations()
  return {
    ...fileOperations(disk, counted.gate),
    ...nameOperations(disk, counted.gate, options),
    ...counted.controls,
    ...forTests(disk),
    operations: counted.list,
    get isCut() {
      return counted.isCut()
    },
    crash: (random, survival = 'random') => over(disk.cut(random, survival), options),
  }
}

function fileOperations(
  disk: CrashDisk,
  gate: Gate,
): Pick<Files, 'create' | 'openRead' | 'openAppend' | 'write' | 'read' | 'sync' | 'syncFiles' | 'close' | 'readWhole'> {
  const open = new Map<number, { readonly file: string; readonly canWrite: boolean }>()
  const nodes = new Map<number, NonNullable<ReturnType<CrashDisk['find']>>>()
  let nextFd = 3
  const openOne = (file: string, canWrite: boolean, node: NonNullable<ReturnType<CrashDisk['find']>>): number => {
    open.set(nextFd, { file, canWrite })
    nodes.set(nextFd, node)
    return nextFd++
  }
  const nameOf = (fd: number): string => open.get(fd)?.file ?? `fd ${fd}`
  const fileAt = (fd: number) => {
    const node = nodes.get(fd)
    if (node === undefined) throw systemError('EBADF', `fd ${fd}`)
    if (node.is !== 'file') throw systemError(node.is === 'folder' ? 'EISDIR' : 'EINVAL', nameOf(fd))
    return node
  }
  return {
    create: (file, mode) =>
      gate('create', file, (error) => {
        if (error) throw error
        const folder = disk.folder(path.posix.dirname(file))
        if (disk.find(file, false) !== undefined) throw systemError('EEXIST', file)
        const node = disk.addFile(Buffer.alloc(0), mode)
        disk.setName(folder, path.posix.basename(file), node.inode)
        return openOne(file, true, node)
      }),
    openRead: (file) =>
      gate('openRead', file, (error) => {
        if (error) throw error
        const node = disk.find(file, true)
        if (node === undefined) throw systemError('ENOENT', file)
        return openOne(file, false, node)
      }),
    openAppend: (file) =>
      gate('openAppend', file, (error) => {
        if (error) throw error
        const node = disk.find(file, true)
        if (node === undefined) throw systemError('ENOENT', file)
        return openOne(file, true, node)
      }),
    syncFiles: (files) =>
      gate('syncFiles', files.join(' '), (error) => {
        if (error) throw error
        for (const file of files) {
          const node = disk.find(file, true)
          if (node === undefined) throw systemError('ENOENT', file)
          if (node.is === 'file') node.durableBytes = node.bytes.length
        }
      }),
    write: (fd, bytes) =>
      gate('write', nameOf(fd), (error) => {
        const node = fileAt(fd)
        if (open.get(fd)?.canWrite !== true) throw systemError('EBADF', nameOf(fd))
        const written = error ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes
        node.bytes = Buffer.concat([node.bytes, written])
        node.modifiedAt += 1
        if (error) throw error
      }),
    read: (fd, length, position) =>
      gate('read', nameOf(fd), (error) => {
        if (error) throw error
        return Buffer.from(fileAt(fd).bytes.subarray(position, position + length))
      }),
    sync: (fd) =>
      gate('sync', nameOf(fd), (error) => {
        if (error) throw error
        const node = fileAt(fd)
        node.durableBytes = node.bytes.length
      }),
    // An error of close comes after the descriptor is gone, as the system does it.
    close: (fd) =>
      gate('close', nameOf(fd), (error) => {
        if (!open.delete(fd)) throw systemError('EBADF', `fd ${fd}`)
        nodes.delete(fd)
        if (error) throw error
      }),
    readWhole: (file, mostBytes) =>
      gate('readWhole', file, (error) => {
        if (error) throw error
        const node = disk.find(file, true)
        if (node === undefined) throw systemError('ENOENT', file)
        if (node.is !== 'file') throw systemError(node.is === 'folder' ? 'EISDIR' : 'EINVAL', file)
        if (node.bytes.length > mostBytes) throw systemError('EFBIG', file)
        return Buffer.from(node.bytes)
      }),
  }
}

function nameOperations(
  disk: CrashDisk,
  gate: Gate,
  options: CrashFilesOptions,
): Pick<Files, 'rename' | 'link' | 'unlink' | 'removeFolder' | 'makeFolder' | 'list' | 'facts' | 'syncFolder'> {
  const dirname = (file: string): string => path.posix.dirname(file)
  const basename = (file: string): string => path.posix.basename(file)
  const deviceOf = (file: string): number => {
    const prefixes = Object.entries(options.devices ?? {}).filter(([prefix]) => file === prefix || file.startsWith(`${prefix}/`))
    return prefixes.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? 1
  }
  const sameDevice = (from: string, to: string): void => {
    if (deviceOf(from) !== deviceOf(to)) throw systemError('EXDEV', `${from} -> ${to}`)
  }
  const there = (file: string) => {
    const node = disk.find(file, false)
    if (node === undefined) throw systemError('ENOENT', file)
    return node
  }
  const doing = <T>(name: keyof Files, file: string, work: () => T): T =>
    gate(name, file, (error) => {
      if (error) throw error
      return work()
    })
  return {
    rename: (from, to) =>
      doing('rename', `${from} -> ${to}`, () => {
        sameDevice(from, to)
        const node = there(from)
        const taken = disk.find(to, false)
        if (taken?.is === 'folder') throw systemError(node.is === 'folder' && taken.names.size > 0 ? 'ENOTEMPTY' : 'EISDIR', to)
        disk.setName(disk.folder(dirname(to)), basename(to), node.inode)
        disk.setName(disk.folder(dirname(from)), basename(from), undefined)
      }),
    link: (from, to) =>
      doing('link', `${from} -> ${to}`, () => {
        if (options.hasLinks === false) throw systemError('EPERM', to)
        sameDevice(from, to)
        const node = there(from)
        if (node.is === 'folder') throw systemError('EPERM', from)
        if (disk.find(to, false) !== undefined) throw systemError('EEXIST', to)
        disk.setName(disk.folder(dirname(to)), basename(to), node.inode)
      }),
    unlink: (file) =>
      doing('unlink', file, () => {
        if (there(file).is === 'folder') throw systemError('EISDIR', file)
        disk.setName(disk.folder(dirname(file)), basename(file), undefined)
      }),
    removeFolder: (folder) =>
      doing('removeFolder', folder, () => {
        if (disk.folder(folder).names.size > 0) throw systemError('ENOTEMPTY', folder)
        disk.setName(disk.folder(dirname(folder)), basename(folder), undefined)
      }),
    makeFolder: (folder, mode) => doing('makeFolder', folder, () => void makeFolders(disk, folder, mode)),
    list: (folder) => doing('list', folder, () => [...disk.folder(folder).names.keys()].sort()),
    facts: (file) =>
      doing('facts', file, (): FileFacts | undefined => {
        const node = disk.find(file, false)
        if (node === undefined) return undefined
        const { is, mode, inode, modifiedAt } = node
        return { is, bytes: node.is === 'file' ? node.bytes.length : 0, modifiedAt, mode, device: deviceOf(file), inode }
      }),
    syncFolder: (folder) => doing('syncFolder', folder, () => disk.syncNames(disk.folder(folder))),
  }
}

function forTests(disk: CrashDisk): Pick<CrashFiles, 'put' | 'putFolder' | 'putLink' | 'putOther' | 'remove' | 'all' | 'content'> {
  const dirname = (file: string): string => path.posix.dirname(file)
  const basename = (file: string): string => path.posix.basename(file)
  const name = (file: string, inode: number | undefined): void => {
    disk.setName(makeFolders(disk, dirname(file), 0o700), basename(file), inode)
    disk.syncAll()
  }
  const filesBelow = (folder: FolderNode, at: string): { path: string; bytes: Buffer; mode: number }[] =>
    [...folder.names.keys()].sort().flatMap((entry) => {
      const node = disk.find(`${at}/${entry}`, false)
      if (node?.is === 'folder') return filesBelow(node, `${at}/${entry}`)
      return node?.is === 'file' ? [{ path: `${at}/${entry}`, bytes: node.bytes, mode: node.mode }] : []
    })
  return {
    put: (file, content, mode = 0o600) => name(file, disk.addFile(Buffer.from(content), mode).inode),
    putFolder: (folder) => {
      makeFolders(disk, folder, 0o700)
      disk.syncAll()
    },
    putLink: (file, target) => name(file, disk.addOther('link', target).inode),
    putOther: (file) => name(file, disk.addOther('other', '').inode),
    remove: (file) => name(file, undefined),
    all: () => filesBelow(disk.root, ''),
    content: (file) => {
      const node = disk.find(file, true)
      return node?.is === 'file' ? node.bytes : undefined
    },
  }
}
