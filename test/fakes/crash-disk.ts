import path from 'node:path'

/** A number in [0, 1), the same row for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** An error as the system throws it. */
export const systemError = (code: string, what: string): Error => Object.assign(new Error(`${code}: ${what}`), { code })

const SECTOR_BYTES = 512

interface FileNode {
  readonly is: 'file'
  readonly inode: number
  readonly mode: number
  bytes: Buffer
  /** How many of the first bytes survive a cut for certain. */
  durableBytes: number
  modifiedAt: number
}

export interface FolderNode {
  readonly is: 'folder'
  readonly inode: number
  readonly mode: number
  /** What programs see now. */
  readonly names: Map<string, number>
  /** What is on the disk for certain. */
  durable: Map<string, number>
  /** Per name, all that it stood for since the last sync of this folder; undefined = not there. */
  readonly unsynced: Map<string, (number | undefined)[]>
  modifiedAt: number
}

interface OtherNode {
  readonly is: 'link' | 'other'
  readonly inode: number
  readonly mode: number
  readonly target: string
  readonly modifiedAt: number
}

export type Node = FileNode | FolderNode | OtherNode

/** What survives a cut: a random choice, or nothing, or everything that was not synced. */
export type Survival = 'random' | 'nothing' | 'everything'

/** Inodes and names of a small disk that knows what of it is durable. POSIX paths. */
export interface CrashDisk {
  readonly root: FolderNode
  /** @param follow  whether a link as the last part is followed; links before it always are */
  find(file: string, follow: boolean): Node | undefined
  /** @throws ENOENT, ENOTDIR */
  folder(folder: string): FolderNode
  addFile(bytes: Buffer, mode: number): FileNode
  addFolder(mode: number): FolderNode
  addOther(is: 'link' | 'other', target: string): OtherNode
  /** Gives or takes (undefined) a name, not durable until `syncNames`. */
  setName(folder: FolderNode, name: string, inode: number | undefined): void
  syncNames(folder: FolderNode): void
  syncAll(): void
  /** The disk as it is found after a power cut now. */
  cut(random: () => number, survival: Survival): CrashDisk
}

export function createCrashDisk(nodes = new Map<number, Node>()): CrashDisk {
  let time = 1_700_000_000_000
  const later = (): number => (time += 1000)
  let next = Math.max(0, ...nodes.keys()) + 1
  const keep = <N extends Node>(node: N): N => {
    nodes.set(node.inode, node)
    return node
  }
  const addFolder = (mode: number): FolderNode =>
    keep({ is: 'folder', inode: next++, mode, names: new Map(), durable: new Map(), unsynced: new Map(), modifiedAt: later() })
  const root = nodes.get(1) ?? addFolder(0o755)
  if (root.is !== 'folder') throw new Error('inode 1 must be the root')

  function find(file: string, follow: boolean, depth = 0): Node | undefined {
    if (depth > 8) throw systemError('ELOOP', file)
    // The whole run goes through here: paths of our own are not normalized again.
    const parts = (file.includes('/.') || file.includes('//') ? path.posix.normalize(file) : file).split('/')
    let at: Node = root
    for (let index = 1; index < parts.length; index += 1) {
      const part = parts[index] ?? ''
      if (part === '') continue
      if (at.is !== 'folder') throw systemError('ENOTDIR', file)
      const inode = at.names.get(part)
      let node: Node | undefined = inode === undefined ? undefined : nodes.get(inode)
      if (node?.is === 'link' && (follow || index < parts.length - 1)) {
        const base = parts.slice(0, index).join('/') || '/'
        node = find(path.posix.resolve(base, node.target), true, depth + 1)
      }
      if (node === undefined) return undefined
      at = node
    }
    return at
  }

  const disk: CrashDisk = {
    root,
    find,
    folder(folder) {
      const node = find(folder, true)
      if (node === undefined) throw systemError('ENOENT', folder)
      if (node.is !== 'folder') throw systemError('ENOTDIR', folder)
      return node
    },
    addFile: (bytes, mode) => keep({ is: 'file', inode: next++, mode, bytes, durableBytes: 0, modifiedAt: later() }),
    addFolder,
    addOther: (is, target) => keep({ is, inode: next++, mode: 0o777, target, modifiedAt: later() }),
    setName(folder, name, inode) {
      if (inode === undefined) folder.names.delete(name)
      else folder.names.set(name, inode)
      const states = folder.unsynced.get(name) ?? []
      states.push(inode)
      folder.unsynced.set(name, states)
      folder.modifiedAt = later()
    },
    syncNames(folder) {
      folder.durable = new Map(folder.names)
      folder.unsynced.clear()
    },
    syncAll() {
      for (const node of nodes.values()) {
        if (node.is === 'folder') disk.syncNames(node)
        else if (node.is === 'file') node.durableBytes = node.bytes.length
      }
    },
    cut: (random, survival) =>
      createCrashDisk(new Map([...nodes].map(([inode, node]) => [inode, survivorOf(node, random, survival)] as const))),
  }
  return disk
}

function survivorOf(node: Node, random: () => number, survival: Survival): Node {
  if (node.is === 'file') {
    const bytes = survivingBytes(node, random, survival)
    return { ...node, bytes, durableBytes: bytes.length }
  }
  if (node.is !== 'folder') return node
  const names = new Map(node.durable)
  for (const [name, states] of node.unsynced) {
    const pick =
      survival === 'nothing' ? -1 : survival === 'everything' ? states.length - 1 : Math.floor(random() * (states.length + 1)) - 1
    if (pick < 0) continue
    const inode = states[pick]
    if (inode === undefined) names.delete(name)
    else names.set(name, inode)
  }
  return { ...node, names, durable: new Map(names), unsynced: new Map() }
}

/** The synced part whole; behind it any length, and each sector either written or zeros. */
function survivingBytes(node: FileNode, random: () => number, survival: Survival): Buffer {
  const { bytes, durableBytes } = node
  // Written bytes are never changed in place: disks share them.
  if (survival === 'everything' || durableBytes === bytes.length) return bytes
  if (survival === 'nothing') return Buffer.from(bytes.subarray(0, durableBytes))
  const die = random()
  const end = die < 0.3 ? durableBytes : die < 0.7 ? bytes.length : durableBytes + Math.floor(random() * (bytes.length - durableBytes + 1))
  const kept = Buffer.from(bytes.subarray(0, end))
  for (let at = durableBytes; at < end;) {
    const sectorEnd = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES)
    if (random() < 0.5) kept.fill(0, at, sectorEnd)
    at = sectorEnd
  }
  return kept
}
