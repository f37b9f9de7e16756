import type { FoundNode, FoundPosFolder, KeyCopy } from '../../shared/domain/inventory.ts'
import { genesisIdOf } from './genesis.ts'
import { readCandidate, type Candidate } from './key-candidate.ts'
import { hintOf, pathsOf } from './names.ts'
import type { ScanLine } from './protocol.ts'
import type { Readers } from './readers.ts'
import type { KeyPlace } from './request.ts'
import type { FolderSeen } from './walk.ts'

export interface FindingsOptions {
  readonly readers: Readers
  readonly platform: NodeJS.Platform
  readonly quarantine: string
  /** Of the volume that is walked. */
  readonly label: string
  readonly emit: (line: ScanLine) => void
}

/** Turns what the walk meets into findings. One for each root. */
export class Findings {
  readonly #options: FindingsOptions
  readonly #paths: ReturnType<typeof pathsOf>
  /** Keys of the folder that is being listed: what they are depends on names that may come later. */
  #pending: { readonly path: string; readonly name: string; readonly found: Candidate }[] = []
  /** `identities` folders of nodes, told as a whole already; each ends in a separator. */
  readonly #told = new Set<string>()
  /** Key files that could not be opened or read. */
  unreadable = 0

  constructor(options: FindingsOptions) {
    this.#options = options
    this.#paths = pathsOf(options.platform)
  }

  /** @param folder  ends in a separator */
  readonly onFile = (folder: string, name: string): void => {
    if (this.#told.has(folder)) return
    const path = folder + name
    try {
      const found = readCandidate(path, name, this.#options.readers.parseKeyBytes)
      if (found !== undefined) this.#pending.push({ path, name, found })
    } catch (cause: unknown) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause
      // One that vanished meanwhile is no news.
      if (cause.code !== 'ENOENT') this.unreadable += 1
    }
  }

  readonly onFolder = (seen: FolderSeen): void => {
    const { emit, readers, label } = this.#options
    const isPosFolder = seen.marks.has('postdata_metadata.json') || seen.hasPosData
    for (const { path, name, found } of this.#pending) {
      emit({ is: 'key', key: { path, ...found, ...this.#placeOf(seen.path, name, isPosFolder) } })
    }
    this.#pending = []
    if (isPosFolder) {
      const folder: FoundPosFolder = { path: seen.path, state: readers.inspectPosFolder(seen.path), volume: label }
      emit({ is: 'pos-folder', folder })
    }
    if (isNodeFolder(seen)) this.#node(seen)
    for (const name of seen.hints) this.#hint(seen.path, name)
    for (const file of seen.backups) emit({ is: 'backup', file })
  }

  #hint(folder: string, name: string): void {
    const hint = hintOf(name)
    if (hint === undefined) return
    this.#options.emit({ is: 'hint', hint, path: hint === 'smappFolders' ? folder : this.#paths.join(folder, name) })
  }

  #placeOf(folder: string, name: string, isPosFolder: boolean): KeyPlace {
    const { quarantine, readers } = this.#options
    const isIn = (outer: string): boolean => folder === outer || folder.startsWith(outer + this.#paths.sep)
    if (isIn(quarantine)) return { place: 'quarantine' }
    if (this.#paths.basename(folder) === 'identities') {
      return { place: 'node', nodeFolder: this.#paths.dirname(folder), isLoaded: readers.isLoadedByNode(name) }
    }
    return { place: isPosFolder ? 'pos-folder' : 'loose' }
  }

  #node(seen: FolderSeen): void {
    const node = readNode(seen.path, this.#options.readers)
    if (node === undefined) return
    this.#told.add(this.#paths.join(seen.path, 'identities') + this.#paths.sep)
    for (const key of node.keys) this.#options.emit({ is: 'key', key })
    this.#options.emit({ is: 'node', node: node.found })
  }
}

/** Whether names look like a data folder; a folder `identities` alone may be anybody's and is judged by its keys. */
const isNodeFolder = ({ marks }: FolderSeen): boolean =>
  marks.has('identities') || marks.has('local.sql') || marks.has('local.sql-wal') || marks.has('node_state.sql')

/** Everything about one data folder; undefined when it is none. */
export function readNode(
  dataFolder: string,
  readers: Readers,
): { readonly found: FoundNode; readonly keys: readonly KeyCopy[] } | undefined {
  const { keys, problems } = readers.readIdentitiesFolder(dataFolder)
  const local = readers.readLocalDatabase(dataFolder)
  const genesisId = genesisIdOf(dataFolder)
  const loaded = keys.filter((key) => key.isLoaded === true)
  if (loaded.length === 0 && local.is === 'absent' && genesisId === undefined) return undefined
  const isSupervised = loaded.length === 1 && /[\\/]local\.key$/.test(loaded[0]?.path ?? '')
  const found: FoundNode = {
    dataFolder,
    local,
    ...(genesisId === undefined ? {} : { genesisId }),
    identities: loaded.flatMap(({ identity }) => identity ?? []),
    mode: loaded.length === 0 ? 'empty' : isSupervised ? 'supervised' : 'remote',
    starters: [],
    ...(problems.length === 0 ? {} : { problems }),
  }
  return { found, keys }
}
