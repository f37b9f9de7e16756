import os from 'node:os'
import path from 'node:path'

/** Where Smeshkeeper keeps its own things. `SMESHKEEPER_HOME` moves it all. */
export interface Home {
  readonly root: string
  readonly config: string
  readonly state: string
  readonly logs: string
  readonly quarantine: string
  readonly profile: string
  /** A whole home of its own: nothing real is touched in practice. */
  readonly practice: string
  readonly lockFile: string
  readonly socket: string
}

interface Platform {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homedir: string
}

/** Each platform's conventional place for an application's own data. */
export function defaultRoot(p: Platform): string {
  const own = p.env['SMESHKEEPER_HOME']
  if (own !== undefined && own !== '') return path.resolve(own)
  if (p.platform === 'win32') return path.win32.join(p.env['APPDATA'] ?? path.win32.join(p.homedir, 'AppData', 'Roaming'), 'Smeshkeeper')
  if (p.platform === 'darwin') return path.posix.join(p.homedir, 'Library', 'Application Support', 'Smeshkeeper')
  const data = p.env['XDG_DATA_HOME']
  return path.posix.join(data !== undefined && data.startsWith('/') ? data : path.posix.join(p.homedir, '.local', 'share'), 'smeshkeeper')
}

export function homeAt(root: string, platform: NodeJS.Platform = process.platform): Home {
  const paths = platform === 'win32' ? path.win32 : path.posix
  const join = (...parts: string[]): string => paths.join(...parts)
  const pipeName = Buffer.from(root).toString('hex').slice(-48)
  return {
    root,
    config: join(root, 'config'),
    state: join(root, 'state'),
    logs: join(root, 'logs'),
    quarantine: join(root, 'quarantine'),
    profile: join(root, 'profile'),
    practice: join(root, 'practice'),
    lockFile: join(root, 'keeper.lock'),
    socket: platform === 'win32' ? `\\\\.\\pipe\\smeshkeeper-${pipeName}` : join(root, 'keeper.sock'),
  }
}

export const theHome = (): Home => homeAt(defaultRoot({ platform: process.platform, env: process.env, homedir: os.homedir() }))
