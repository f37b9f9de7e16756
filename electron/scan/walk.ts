import { opendirSync, type Dir, type Dirent } from 'node:fs'
import { setImmediate as pause } from 'node:timers/promises'
import { hintOf, isOurBackup, isSkippedFolder, mayBeKey, POS_DATA_FILE } from './names.ts'

/** Names whose presence says what a folder is. */
const MARKS = new Set(['postdata_metadata.json', 'local.sql', 'local.sql-wal', 'state.sql', 'node_state.sql', 'genesis.json', 'identities'])

/** What one folder's names say. */
export interface FolderSeen {
  readonly path: string
  readonly marks: ReadonlySet<string>
  /** Some `postdata_<n>.bin` lies here. */
  readonly hasPosData: boolean
  /** Names that lead to a set-up of another program. */
  readonly hints: readonly string[]
  readonly backups: readonly string[]
}

interface Found {
  readonly marks: Set<string>
  hasPosData: boolean
  readonly hints: string[]
  readonly backups: string[]
}

export interface WalkCounts {
  folders: number
  files: number
  /** No permission. */
  closed: number
  /** The disk or the share failed. */
  failed: number
  /** Names that are not UTF-8: nothing that uses text can open them. */
  unnameable: number
  /** Below the depth that was asked for. */
  tooDeep: number
}

export interface WalkOptions {
  readonly root: string
  readonly depth: number
  readonly platform: NodeJS.Platform
  /** Paths that are not entered. */
  readonly stops: ReadonlySet<string>
  /** A file whose name allows a key; called while its folder is being listed. */
  readonly onFile: (folder: string, name: string) => void
  /** After the last name of a folder. */
  readonly onFolder: (seen: FolderSeen) => void
  /** Often, also within one large folder. false ends the walk. */
  readonly onBeat: (counts: Readonly<WalkCounts>) => boolean
}

export interface Walked {
  readonly counts: WalkCounts
  readonly isWhole: boolean
  /** Why the root itself could not be listed: the system's code. */
  readonly rootFault?: string
}

/** Names between two looks at the time. */
const BEAT_NAMES = 256
/** The event loop gets its turn so often: lines go out and a cancelled parent is noticed, also where pipes are asynchronous. */
const TURN_MS = 50
const READ_AHEAD = 256

const codeOf = (cause: unknown): string => (cause instanceof Error && 'code' in cause ? String(cause.code) : '')

/**
 * Walks everything below one root by names: nothing is opened or asked about but folders.
 *
 * Links are never followed, so there are no loops; other mounts are known by their paths and not touched, so a dead one
 * cannot stop us. Only the folders still to do are kept in memory.
 */
export async function walk(options: WalkOptions): Promise<Walked> {
  return new Walk(options).run()
}

class Walk {
  readonly #options: WalkOptions
  readonly #counts: WalkCounts = { folders: 0, files: 0, closed: 0, failed: 0, unnameable: 0, tooDeep: 0 }
  /** Folders still to be listed, with their level; the last is the next. */
  readonly #rest: { readonly path: string; readonly level: number }[] = []
  readonly #separator: string
  #turnAt = performance.now() + TURN_MS
  #isOver = false

  constructor(options: WalkOptions) {
    this.#options = options
    this.#separator = options.platform === 'win32' ? '\\' : '/'
  }

  async run(): Promise<Walked> {
    const { root } = this.#options
    const rootFault = await this.#list(root, 0)
    for (let next = this.#rest.pop(); next !== undefined && !this.#isOver; next = this.#rest.pop()) {
      const fault = await this.#list(next.path, next.level)
      if (fault !== undefined) this.#count(fault, next.path)
    }
    return { counts: this.#counts, isWhole: !this.#isOver, ...(rootFault === undefined ? {} : { rootFault }) }
  }

  #count(code: string, at: string): void {
    if (at.includes('\uFFFD') && code === 'ENOENT') this.#counts.unnameable += 1
    else if (code === 'EACCES' || code === 'EPERM') this.#counts.closed += 1
    // One that vanished while we were on the way is no news.
    else if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#counts.failed += 1
  }

  /** @returns the system's code when the folder could not be read to its end */
  async #list(folder: string, level: number): Promise<string | undefined> {
    const found: Found = { marks: new Set(), hasPosData: false, hints: [], backups: [] }
    const base = folder.endsWith(this.#separator) ? folder : folder + this.#separator
    this.#counts.folders += 1
    let listing: Dir | undefined
    let fault: string | undefined
    try {
      listing = opendirSync(folder, { bufferSize: READ_AHEAD })
      let names = 0
      for (let entry = listing.readSync(); entry !== null && !this.#isOver; entry = listing.readSync()) {
        this.#take(entry, base, level, found)
        names += 1
        if (names % BEAT_NAMES === 0) await this.#beat()
      }
    } catch (cause: unknown) {
      fault = codeOf(cause)
      if (fault === '') throw cause
      // It was there and its list broke off: that is not the same as a folder that vanished.
      if (listing !== undefined && fault === 'ENOENT') fault = 'EIO'
    } finally {
      listing?.closeSync()
    }
    if (listing !== undefined) this.#options.onFolder({ path: folder, ...found })
    await this.#beat()
    return fault
  }

  #take(entry: Dirent, base: string, level: number, found: Found): void {
    const { name } = entry
    if (entry.isDirectory()) {
      if (MARKS.has(name)) found.marks.add(name)
      return this.#push(base + name, name, level)
    }
    // The node follows such a link, the walk does not.
    if (name === 'identities' && entry.isSymbolicLink()) found.marks.add(name)
    if (!entry.isFile()) return
    this.#counts.files += 1
    if (POS_DATA_FILE.test(name)) found.hasPosData = true
    else if (MARKS.has(name)) found.marks.add(name)
    else if (hintOf(name) !== undefined) found.hints.push(name)
    else if (isOurBackup(name)) found.backups.push(base + name)
    else if (mayBeKey(name)) this.#options.onFile(base, name)
  }

  #push(at: string, name: string, level: number): void {
    if (this.#options.stops.has(at) || isSkippedFolder(name, at, this.#options.platform)) return
    if (level >= this.#options.depth) this.#counts.tooDeep += 1
    else this.#rest.push({ path: at, level: level + 1 })
  }

  async #beat(): Promise<void> {
    if (!this.#options.onBeat(this.#counts)) this.#isOver = true
    if (performance.now() < this.#turnAt) return
    await pause()
    this.#turnAt = performance.now() + TURN_MS
  }
}
