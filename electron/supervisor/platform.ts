import type { Result } from '../../shared/domain/fault.ts'
import type { ProcessRecord } from './table.ts'

/** Environment variable that every child carries: `<scope>:<encoded name>:<generation>`. */
export const MARKER = 'SMESHKEEPER_CHILD'

export interface Marker {
  /** One a process table, so that two homes never adopt each other's children. */
  readonly scope: string
  readonly name: string
  readonly generation: string
}

export const markerText = (m: Marker): string => `${m.scope}:${encodeURIComponent(m.name)}:${m.generation}`

export function parseMarker(text: string): Marker | undefined {
  const [scope, name, generation, more] = text.split(':')
  if (scope === undefined || name === undefined || generation === undefined || more !== undefined) return undefined
  try {
    return { scope, name: decodeURIComponent(name), generation }
  } catch {
    return undefined // not written by us
  }
}

/** What one cheap look at a pid tells. A zombie is gone. */
export type Glance =
  | { readonly is: 'gone' }
  /** `startTime` and `cpuMs` where the look is free. */
  | { readonly is: 'alive'; readonly startTime?: string; readonly cpuMs?: number }

/** A running process that carries our marker (or, where that cannot be read, matches an intent). */
export interface Found extends Marker {
  readonly pid: number
  readonly startTime: string
  /** Unix ms. */
  readonly startedAt: number
  readonly exe: string
  readonly args: readonly string[]
}

/** How a child ended, as far as the system tells. */
export interface Ending {
  readonly code?: number
  readonly signal?: string
}

export interface SpawnRequest {
  readonly marker: Marker
  readonly file: string
  readonly args: readonly string[]
  /** The whole environment, marker included. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  /** Open for appending; undefined: the log could not be opened. */
  readonly logFd?: number
  readonly stopWaitMs: number
}

export interface Spawned {
  readonly pid: number
  readonly unit?: string
  /** Only for our own children; others are polled. */
  readonly ended?: Promise<Ending>
}

/** A child that is to be signalled; whoever has its pid but another start time is left alone. */
export interface Target {
  readonly pid: number
  readonly startTime?: string
  readonly unit?: string
  readonly marker: Marker
}

export type SpawnFault = 'process/binary-missing' | 'process/binary-not-executable' | 'process/binary-wrong' | 'process/spawn-failed'

/** Everything that differs between operating systems, for tests as well. */
export interface Platform {
  readonly childrenIn: 'systemd' | 'session'
  readonly pollMs: number
  bootId(): Promise<string>
  /** Never starts a process, never waits. */
  glance(pid: number): Glance
  /** Start times are dates, which name a process also across boots; otherwise they count from the boot. */
  readonly hasDatedStarts?: boolean
  /** Start time of each pid that is alive, '' where the system would not tell; may start one helper process for all. */
  identify(pids: readonly number[]): Promise<ReadonlyMap<number, string>>
  /** Roots of our process trees, also those that no record knows. */
  findMarked(scope: string, intents: readonly ProcessRecord[]): Promise<readonly Found[]>
  spawn(request: SpawnRequest): Promise<Result<Spawned, SpawnFault>>
  /** The gentle signal, to the process itself. */
  terminate(target: Target): void
  /** The whole tree, at once. */
  kill(target: Target): void
  /** What the tree left behind after its root has ended. */
  sweep(target: Target): void
  /** For a child that is not our own: what the service manager remembers. */
  endingOf(target: Target): Promise<Ending | undefined>
}
