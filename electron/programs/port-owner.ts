import { readdir, readFile, readlink } from 'node:fs/promises'
import { errorCode } from './error-code.ts'

/** Which process listens on a port of this machine. `unknown` where that cannot be asked: never a reason to distrust. */
export type PortOwner =
  | { readonly is: 'process'; readonly pids: readonly number[] }
  | { readonly is: 'nobody' }
  | { readonly is: 'unknown'; readonly why: string }

/** What the answer is read from; injected so that the other platforms can be tested here. */
export interface PortSource {
  readonly platform: NodeJS.Platform
  readFile(file: string): Promise<string>
  readdir(folder: string): Promise<readonly string[]>
  readlink(file: string): Promise<string>
}

export const systemPorts: PortSource = {
  platform: process.platform,
  readFile: (file) => readFile(file, 'utf8'),
  readdir: (folder) => readdir(folder),
  readlink: (file) => readlink(file),
}

const LISTEN = '0A'

/**
 * Asks the kernel who listens on `address`. Linux only: a socket's inode from `/proc/net/tcp[6]`, its holder among the
 * descriptors of `candidates`. Descriptors of other users cannot be read: then the answer is `unknown`.
 *
 * @param candidates pids that may be the owner, cheapest first; with none of them the owner is a process of someone else
 */
export async function portOwner(address: string, candidates: readonly number[], source: PortSource = systemPorts): Promise<PortOwner> {
  if (source.platform !== 'linux') return { is: 'unknown', why: 'this system does not tell who owns a port' }
  const port = Number(/:(\d+)$/.exec(address)?.[1])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return { is: 'unknown', why: `"${address}" has no port` }
  try {
    const inodes = await listeningInodes(port, source)
    if (inodes.size === 0) return { is: 'nobody' }
    const pids: number[] = []
    let isReadable = true
    for (const pid of candidates) {
      const holds = await holdsSocket(pid, inodes, source)
      if (holds === true) pids.push(pid)
      if (holds === undefined) isReadable = false
    }
    if (pids.length === 0 && !isReadable) return { is: 'unknown', why: 'the process belongs to another user' }
    return { is: 'process', pids }
  } catch {
    return { is: 'unknown', why: '/proc cannot be read' }
  }
}

/** Inodes of sockets that listen on `port`, of both address families. Lines: `sl local rem st … inode …`. */
async function listeningInodes(port: number, source: PortSource): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>()
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.allSettled([source.readFile('/proc/net/tcp'), source.readFile('/proc/net/tcp6')])
  if (tables[0].status === 'rejected') throw new Error('no /proc/net/tcp')
  for (const table of tables) {
    if (table.status === 'rejected') continue
    for (const line of table.value.split('\n').slice(1)) {
      const cells = line.trim().split(/\s+/)
      if (cells[3] === LISTEN && cells[1]?.endsWith(suffix) === true && cells[9] !== undefined) inodes.add(cells[9])
    }
  }
  return inodes
}

/** `undefined` when its descriptors may not be read. */
async function holdsSocket(pid: number, inodes: ReadonlySet<string>, source: PortSource): Promise<boolean | undefined> {
  let names: readonly string[]
  try {
    names = await source.readdir(`/proc/${pid}/fd`)
  } catch (cause) {
    return errorCode(cause) === 'ENOENT' ? false : undefined
  }
  const links = await Promise.allSettled(names.map((name) => source.readlink(`/proc/${pid}/fd/${name}`)))
  return links.some((link) => link.status === 'fulfilled' && inodes.has(/^socket:\[(\d+)\]$/.exec(link.value)?.[1] ?? ''))
}
