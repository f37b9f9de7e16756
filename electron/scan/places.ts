import { mountOf, windowsRootOf, type Mount } from '../hardware/index.ts'
import { pathsOf } from './names.ts'
import type { ScanRequest, ScanRoot } from './request.ts'
import { volumesOf, windowsDrives } from './volumes.ts'

/** What the scan has to know of this machine, injected so that each platform can be tested on any. */
export interface ScanMachine {
  readonly platform: NodeJS.Platform
  readonly mounts: readonly Mount[]
  /** `APPDATA`, `XDG_CONFIG_HOME`; no other is looked at. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** A path with its links followed, as far as that touches no volume but the system's own. */
  readonly resolve: (folder: string) => string
}

/** Where node, Smapp and their data lie when nobody chose another place. @source facts/smapp-and-migration.md §1 */
export function defaultPlaces(homedir: string, machine: Pick<ScanMachine, 'platform' | 'env'>): string[] {
  const join = (...parts: string[]): string => pathsOf(machine.platform).join(...parts)
  const own = [join(homedir, 'spacemesh'), join(homedir, 'post')]
  if (machine.platform === 'win32') return [...own, join(machine.env['APPDATA'] ?? join(homedir, 'AppData', 'Roaming'), 'Spacemesh')]
  if (machine.platform === 'darwin') return [...own, join(homedir, 'Library', 'Application Support', 'Spacemesh')]
  const config = machine.env['XDG_CONFIG_HOME']
  return [...own, join(config !== undefined && config.startsWith('/') ? config : join(homedir, '.config'), 'Spacemesh')]
}

/** Of Smeshkeeper's home: a simulated network's keys and copies of databases are no findings. */
const OWN_FOLDERS = ['practice', 'state', 'logs', 'profile']

export interface ScanPlan {
  readonly roots: readonly ScanRoot[]
  readonly stops: readonly string[]
}

/**
 * What is walked, in this order: what the user, running programs and set-ups name, the default places, the rest of the home
 * folder, local volumes, network shares. When the time is over, what is most likely has been seen.
 *
 * @param found  folders of running programs and of set-ups
 */
export function planScan(request: ScanRequest, machine: ScanMachine, found: readonly string[] = []): ScanPlan {
  const { mounts, platform } = machine
  const paths = pathsOf(platform)
  const volumes =
    platform === 'win32'
      ? windowsDrives().map((drive) => ({ mountPoint: drive, label: drive, isNetwork: false }))
      : volumesOf(mounts, platform)
  const volumeOf = (folder: string): Pick<ScanRoot, 'volume' | 'label'> => {
    const at = platform === 'win32' ? windowsRootOf(folder) : mountOf(mounts, folder)?.mountPoint
    const known = volumes.find((volume) => volume.mountPoint === at)
    return { volume: known?.mountPoint ?? folder, label: known?.label ?? paths.basename(folder) }
  }
  const rootOf =
    (is: ScanRoot['is']) =>
    (folder: string): ScanRoot => ({ path: folder, is, ...volumeOf(folder) })
  const named = (request.roots ?? []).map((folder) => paths.resolve(folder)).map(rootOf('folder'))
  const own = [...(request.nodes ?? []).map((node) => node.dataFolder), ...Object.values(request.posFolders ?? {})]
  const closed = OWN_FOLDERS.map((name) => paths.join(request.home, name))
  // Our practice network may be running.
  const foreign = found.filter((folder) => !closed.some((one) => folder === one || folder.startsWith(one + paths.sep)))
  const likely = [...own, ...foreign].filter((folder) => paths.isAbsolute(folder)).map(machine.resolve)
  const usual = [...likely, ...defaultPlaces(request.homedir, machine), request.homedir].map(rootOf('maybe'))
  const whole = volumes.map(({ mountPoint, label }): ScanRoot => ({
    path: mountPoint,
    volume: mountPoint,
    label,
    is: platform === 'win32' ? 'maybe' : 'volume',
  }))
  const all = [...named, ...usual, ...whole]
  const roots = all.filter((root, at) => all.findIndex((other) => other.path === root.path) === at)
  return { roots, stops: [...new Set([...mounts.map((mount) => mount.mountPoint), ...roots.map((root) => root.path), ...closed])] }
}
