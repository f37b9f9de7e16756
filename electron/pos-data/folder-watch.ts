import { textOf } from '../../shared/domain/fault.ts'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Observation, PosFolderState, VolumeState } from '../../shared/domain/observation.ts'
import { diskSystem, type DiskSystem } from '../hardware/index.ts'
import type { Clock } from '../lib/clock.ts'
import { silentLogger, type Logger } from '../lib/logger.ts'
import type { PosMetadata } from './metadata.ts'
import type { LaunchProbe } from './probe-child.ts'
import { createProbePool, type ProbePool } from './probe-pool.ts'
import { identityOf, isMountPlace, placeOf } from './volumes.ts'

export interface WatchedFolder {
  readonly identity: IdentityId
  /** Absolute. */
  readonly path: string
}

/** Mount points on which data was last seen, by identity: kept so that a restart without the disk still says "gone". */
export interface VolumeMemory {
  read(): Readonly<Record<string, string>>
  write(byIdentity: Readonly<Record<string, string>>): void
}

export interface FolderWatchOptions {
  readonly launchProbe: LaunchProbe
  readonly clock: Clock
  readonly emit: (seen: Observation) => void
  readonly folders: readonly WatchedFolder[]
  readonly log?: Logger
  readonly system?: DiskSystem
  readonly memory?: VolumeMemory
  /** While true, names and sizes only: not even the metadata file is read. */
  readonly isProving?: (identity: IdentityId) => boolean
  /** ms; for tests. */
  readonly pace?: {
    readonly volumeMs?: number
    readonly sizesMs?: number
    readonly spaceDeadlineMs?: number
    readonly folderDeadlineMs?: number
  }
}

export interface FolderWatch {
  /** Looks at everything now, sizes too. Resolves when all have answered or let their deadline pass. */
  refresh(): Promise<void>
  setFolders(folders: readonly WatchedFolder[]): void
  /** Probe processes that hang in the kernel and cannot be ended. */
  readonly stuckProbes: number
  close(): void
}

const PACE = { volumeMs: 15_000, sizesMs: 600_000, spaceDeadlineMs: 8000, folderDeadlineMs: 30_000 }

interface Followed {
  readonly folder: WatchedFolder
  lastVolume: string | undefined
  /** Which file system was there at the last look at sizes. */
  seenOn: string
  sizesAt: number
  metadata: PosMetadata | undefined
  /** The look that is going on: a slow one is not overtaken, and holds up no other. */
  looking: Promise<void> | undefined
}

/** Watches PoS folders and their volumes through processes that a dead disk may hang. Emits `volume` and `pos-folder`. */
export function createFolderWatch(options: FolderWatchOptions): FolderWatch {
  return new Watch(options)
}

class Watch implements FolderWatch {
  readonly #options: FolderWatchOptions
  readonly #system: DiskSystem
  readonly #pace: typeof PACE
  readonly #pool: ProbePool
  readonly #log: Logger
  #followed: Followed[] = []
  #remembered: Record<string, string>
  readonly #cancel: () => void
  #isClosed = false

  constructor(options: FolderWatchOptions) {
    this.#options = options
    this.#system = options.system ?? diskSystem()
    this.#pace = { ...PACE, ...options.pace }
    this.#log = options.log ?? silentLogger
    this.#pool = createProbePool({ launch: options.launchProbe, clock: options.clock, log: this.#log })
    this.#remembered = { ...options.memory?.read() }
    this.setFolders(options.folders)
    this.#cancel = options.clock.every(this.#pace.volumeMs, () => this.#look())
  }

  get stuckProbes(): number {
    return this.#pool.stuck
  }

  setFolders(folders: readonly WatchedFolder[]): void {
    const before = this.#followed
    this.#followed = folders.map(
      (folder) =>
        before.find((one) => one.folder.identity === folder.identity && one.folder.path === folder.path) ?? {
          folder,
          lastVolume: this.#remembered[`${folder.identity} ${folder.path}`],
          seenOn: '',
          sizesAt: Number.NEGATIVE_INFINITY,
          metadata: undefined,
          looking: undefined,
        },
    )
    this.#look()
  }

  async refresh(): Promise<void> {
    await this.#settled()
    for (const one of this.#followed) one.sizesAt = Number.NEGATIVE_INFINITY
    this.#look()
    await this.#settled()
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#followed.flatMap((one) => one.looking ?? []))
  }

  close(): void {
    this.#isClosed = true
    this.#cancel()
    this.#pool.close()
  }

  #look(): void {
    if (this.#isClosed) return
    const mounts = this.#system.mounts()
    for (const one of this.#followed) one.looking ??= this.#lookSafely(one, mounts)
  }

  async #lookSafely(one: Followed, mounts: ReturnType<DiskSystem['mounts']>): Promise<void> {
    try {
      await this.#lookAt(one, mounts)
    } catch (cause) {
      this.#log.error('pos-watch.look', { identity: one.folder.identity, detail: textOf(cause) })
    } finally {
      one.looking = undefined
    }
  }

  async #lookAt(one: Followed, mounts: ReturnType<DiskSystem['mounts']>): Promise<void> {
    const path = this.#system.resolve(one.folder.path, mounts)
    const place = placeOf(path, one.lastVolume, { platform: this.#system.platform, mounts })
    if (place.is === 'gone') {
      one.seenOn = ''
      this.#emitVolume(one, { is: 'gone', lastMountPoint: place.lastVolume })
      return
    }
    const { volume, device } = place
    const space = await this.#pool.ask(volume, { ask: 'space', path: volume }, this.#pace.spaceDeadlineMs)
    if (space === 'timeout' || space.is !== 'space') {
      one.seenOn = ''
      const isAbsent = space !== 'timeout' && space.is === 'error' && /^(ENOENT|ENODEV|ENXIO)$/.test(space.code)
      this.#emitVolume(one, isAbsent ? { is: 'gone', lastMountPoint: volume } : { is: 'not-answering', mountPoint: volume })
      return
    }
    const { freeBytes, totalBytes } = space
    const mounted: VolumeState = { is: 'mounted', mountPoint: volume, device, freeBytes, totalBytes }
    const seenOn = identityOf(mounts, path)
    const now = this.#options.clock.monotonic()
    if (seenOn === one.seenOn && now - one.sizesAt < this.#pace.sizesMs) {
      this.#emitVolume(one, mounted)
      return
    }
    await this.#lookAtSizes(one, { path, volume, mounted, seenOn })
  }

  async #lookAtSizes(one: Followed, at: { path: string; volume: string; mounted: VolumeState; seenOn: string }): Promise<void> {
    const known = this.#options.isProving?.(one.folder.identity) === true && at.seenOn === one.seenOn ? one.metadata : undefined
    const answer = await this.#pool.ask(
      at.volume,
      { ask: 'folder', path: at.path, ...(known === undefined ? {} : { known }) },
      this.#pace.folderDeadlineMs,
    )
    if (answer === 'timeout' || answer.is === 'space') {
      one.seenOn = ''
      this.#emitVolume(one, { is: 'not-answering', mountPoint: at.volume })
      return
    }
    const state: PosFolderState = answer.is === 'error' ? { is: 'unreadable', text: answer.text } : answer.state
    one.sizesAt = this.#options.clock.monotonic()
    one.seenOn = at.seenOn
    if (answer.is === 'folder') one.metadata = answer.metadata
    if (state.is === 'unreadable' && state.text.endsWith('does not exist') && isMountPlace(at.path) && one.lastVolume === undefined) {
      // Never seen, and in a place where disks are mounted: a missing disk rather than a wrong path.
      one.seenOn = ''
      this.#emitVolume(one, { is: 'gone' })
      return
    }
    if (state.is === 'present') this.#remember(one, at.volume)
    this.#emitVolume(one, at.mounted)
    this.#emit(one, { kind: 'pos-folder', at: this.#options.clock.now(), identity: one.folder.identity, folder: state })
  }

  #remember(one: Followed, volume: string): void {
    one.lastVolume = volume
    const key = `${one.folder.identity} ${one.folder.path}`
    if (this.#remembered[key] === volume) return
    this.#remembered = { ...this.#remembered, [key]: volume }
    this.#options.memory?.write(this.#remembered)
  }

  #emitVolume(one: Followed, volume: VolumeState): void {
    this.#emit(one, { kind: 'volume', at: this.#options.clock.now(), identity: one.folder.identity, volume })
  }

  /** A folder that was taken off the list meanwhile says nothing any more. */
  #emit(one: Followed, seen: Observation): void {
    if (!this.#isClosed && this.#followed.includes(one)) this.#options.emit(seen)
  }
}
