import { execFileSync } from 'node:child_process'
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
  /** `folder` with links followed as far as that is possible without touching other volumes than the system's own. */
  resolve(folder: string): string
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined // a file that /sys does not have here is an answer too
  }
}

/** The real one. */
export const diskSystem = (platform: NodeJS.Platform = process.platform): DiskSystem => ({
  platform,
  mounts: () => {
    if (platform === 'linux') return parseMountInfo(attempt(() => readFileSync('/proc/self/mountinfo', 'utf8')) ?? '')
    if (platform === 'darwin') return parseMacMounts(attempt(() => execFileSync('/sbin/mount', { timeout: 2000, encoding: 'utf8' })) ?? '')
    return []
  },
  readText: (file) => attempt(() => readFileSync(file, 'utf8').trim()),
  realPath: (link) => attempt(() => realpathSync(link)),
  list: (folder) => attempt(() => readdirSync(folder)) ?? [],
  resolve(folder) {
    if (platform === 'win32') return path.win32.normalize(folder)
    const home = os.homedir()
    const isOwn = (mount: Mount | undefined): boolean => mount !== undefined && isWithin(home, mount.mountPoint)
    const mounts = this.mounts()
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
