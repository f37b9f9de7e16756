import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import type { Files } from '../lib/files.ts'

/** What is read of other programs' files. Nothing is ever written. */
export type InteropFiles = Pick<Files, 'readWhole' | 'list' | 'facts'>

/** The machine, injected so that every platform can be tested on any. */
export interface InteropPlatform {
  readonly os: 'linux' | 'darwin' | 'win32'
  readonly home: string
  readonly userName: string
  /** -1 on Windows. */
  readonly uid: number
  readonly hostName: string
  /** The system's folder for temporary files. */
  readonly temporary: string
  /** XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR, APPDATA; nothing else is looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** This machine. A BSD counts as Linux. */
export function systemInterop(): InteropPlatform {
  const os = process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux'
  const user = userInfo()
  return { os, home: homedir(), userName: user.username, uid: user.uid, hostName: hostname(), temporary: tmpdir(), env: process.env }
}

/** Path rules of the platform that a path came from. */
export const pathsOf = (platform: Pick<InteropPlatform, 'os'>): path.PlatformPath => (platform.os === 'win32' ? path.win32 : path.posix)
