import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isWithin, mountOf, parseMacMounts, parseMountInfo, type Mount } from './mounts.ts'

/**
 * What we ask the system about disks. None of it touches the volumes themselves: a dead one cannot stop us.
 * Everything unreadable is `undefined` or empty.
 */
export interface DiskSystem {
  readonly platform: NodeJS.Platform
  mounts(): readonly Mount[]
  /** Text of a small file below `/sys`, trimmed. */
  readText(file: string): string | undefined
  /** Absolute path behind a link below `/sys`. */
  realPath(link: string): string | undefined
  list(folder: string): readonly string[]
  /**
   * `folder` with links followed as far as that is possible without touching other volumes than the system's own.
   * @param mounts  as just read; many folders are then resolved by one look at them
   */
  resolve(folder: string, mounts?: readonly Mount[]): string
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // a file that /sys does not have here is an answer too
  }
}

/** A table of mounts older than this is asked for anew, while the old one is still the answer. */
const MAC_MOUNTS_MS = 5000

export interface MacMountCommand {
  /** Blocks; the first look only. */
  now(): string | undefined
  later(answer: (text: string | undefined) => void): void
  monotonic(): number
}

const macMountCommand: MacMountCommand = {
  now: () => attempt(() => execFileSync('/sbin/mount', { timeout: 2000, encoding: 'utf8' })),
  later: (answer) => {
    execFile('/sbin/mount', { timeout: 10_000, encoding: 'utf8' }, (fault, stdout) => answer(fault === null ? stdout : undefined))
  },
  monotonic: () => performance.now(),
}

/** macOS tells its mounts through a program only: it is waited for once, and never again on our event loop. */
export function macMounts(command: MacMountCommand = macMountCommand): () => readonly Mount[] {
  let known: readonly Mount[] | undefined
  let askedAt = 0
  let isAsking = false
  return () => {
    if (known === undefined) {
      askedAt = command.monotonic()
      known = parseMacMounts(command.now() ?? '')
    } else if (!isAsking && command.monotonic() - askedAt >= MAC_MOUNTS_MS) {
      isAsking = true
      command.later((text) => {
        isAsking = false
        askedAt = command.monotonic()
        if (text !== undefined) known = parseMacMounts(text)
      })
    }
    return known
  }
}

const mountsOf = (platform: NodeJS.Platform): (() => readonly Mount[]) => {
  if (platform === 'linux') return () => parseMountInfo(attempt(() => readFileSync('/proc/self/mountinfo', 'utf8')) ?? '')
  return platform === 'darwin' ? macMounts() : () => []
}

/** The real one. */
export const diskSystem = (platform: NodeJS.Platform = process.platform): DiskSystem => ({
  platform,
  mounts: mountsOf(platform),
  readText: (file) => attempt(() => readFileSync(file, 'utf8').trim()),
  realPath: (link) => attempt(() => realpathSync(link)),
  list: (folder) => attempt(() => readdirSync(folder)) ?? [],
  resolve(folder, known) {
    if (platform === 'win32') return path.win32.normalize(folder)
    const home = os.homedir()
    const isOwn = (mount: Mount | undefined): boolean => mount !== undefined && isWithin(home, mount.mountPoint)
    const mounts = known ?? this.mounts()
    return followLinks(folder, { isOurs: (at) => isOwn(mountOf(mounts, at)), readLink: (at) => attempt(() => readlinkSync(at)) })
  },
})

/** Follows links part by part while `isOurs` allows to look at that part. */
export function followLinks(
  folder: string,
  look: { readonly isOurs: (at: string) => boolean; readonly readLink: (at: string) => string | undefined },
): string {
  let done = '/'
  const rest = path.posix.normalize(folder).split('/').filter(Boolean)
  for (let links = 0; rest.length > 0;) {
    const next = path.posix.join(done, rest.shift() ?? '')
    if (!look.isOurs(next)) return path.posix.join(next, ...rest)
    const target = links < 40 ? look.readLink(next) : undefined
    if (target === undefined) {
      done = next
      continue
    }
    links += 1
    const behind = target.startsWith('/') ? target : path.posix.join(done, target)
    rest.unshift(...path.posix.normalize(behind).split('/').filter(Boolean))
    done = '/'
  }
  return done
}
