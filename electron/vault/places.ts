import path from 'node:path'
import type { BackupPlace } from '../../shared/domain/backup.ts'
import { bytes as size } from '../../shared/domain/words.ts'
import { isWithin, lanesOf, mountOf, windowsRootOf, type DiskLane, type DiskSystem, type Mount } from '../hardware/index.ts'

/** What one look at a folder told; a volume that does not answer is an answer too. */
export type PlaceLook =
  | { readonly is: 'seen'; readonly freeBytes: number; readonly canWrite: boolean }
  | { readonly is: 'absent' }
  | { readonly is: 'not-answering' }

export interface PlacesInput {
  /** Folders to judge. With `volumes`, those that the mounted volumes offer come after them. */
  readonly folders: readonly string[]
  readonly withVolumes: boolean
  readonly mounts: readonly Mount[]
  /** Folders that hold keys now. */
  readonly keyFolders: readonly string[]
  readonly posFolders: readonly { readonly path: string; readonly name: string }[]
  readonly home: string
  readonly system: DiskSystem
}

/** Less than this is no room for a backup. */
const LEAST_FREE = 16 * 1024 ** 2
const IN_MEMORY = /^(tmpfs|ramfs|devtmpfs)$/
/** File systems that nobody keeps files on. */
const NO_VOLUME =
  /^(proc|sysfs|cgroup2?|devpts|devtmpfs|tmpfs|ramfs|mqueue|hugetlbfs|debugfs|tracefs|securityfs|pstore|bpf|configfs|fusectl|autofs|overlay|squashfs|erofs|iso9660|udf|efivarfs|binfmt_misc|rpc_pipefs|nsfs|selinuxfs|fuse\.(portal|gvfsd-fuse|lxcfs|snapfuse))$/
const NO_PLACE = [
  '/boot',
  '/snap',
  '/proc',
  '/sys',
  '/dev',
  '/System',
  '/private/var',
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/snap',
]

/** Folders that a program carries off to other machines. */
const SYNCED: readonly (readonly [RegExp, string])[] = [
  [/^Dropbox( \(.+\))?$/i, 'Dropbox'],
  [/^OneDrive( - .+)?$/i, 'OneDrive'],
  [/^(iCloud ?Drive|com~apple~CloudDocs)$/i, 'iCloud'],
  [/^(Google ?Drive|GoogleDrive-.+|My Drive)$/i, 'Google Drive'],
  [/^Nextcloud\d*$/i, 'Nextcloud'],
  [/^ownCloud$/i, 'ownCloud'],
  [/^(Sync|Syncthing)$/i, 'Syncthing'],
  [/^pCloud ?Drive$/i, 'pCloud'],
]

/**
 * Where backups can go, and what each place is worth: best a disk with nothing of the user's on it.
 * @param look  asks the volume itself, with a deadline
 */
export async function backupPlaces(input: PlacesInput, look: (folder: string) => Promise<PlaceLook>): Promise<BackupPlace[]> {
  const folders = [...new Set([...input.folders, ...(input.withVolumes ? volumeFolders(input) : [])])]
  const looks = await Promise.all(folders.map(look))
  const seen = folders.flatMap((folder, i) => {
    const found = looks[i] ?? { is: 'absent' as const }
    return found.is === 'absent' && !input.folders.includes(folder) ? [] : [{ folder, look: found }]
  })
  const lanes = lanesOf([...folders, ...input.keyFolders, ...input.posFolders.map((pos) => pos.path)], input.system)
  return seen.map((one) => judged(one.folder, one.look, { ...input, lanes }))
}

function volumeFolders({ mounts, home, system }: PlacesInput): string[] {
  if (system.platform === 'win32') return [home, ...Array.from({ length: 23 }, (_, i) => `${String.fromCharCode(68 + i)}:\\`)]
  const own = mountOf(mounts, home)
  const devices = new Set<string>()
  const folders = mounts.flatMap((mount) => {
    // One mounted over it hides it; of bind mounts the first counts.
    if (mount !== mountOf(mounts, mount.mountPoint) || NO_VOLUME.test(mount.fsType)) return []
    if (mount === own || mount.mountPoint === '/' || NO_PLACE.some((at) => isWithin(mount.mountPoint, at))) return []
    const device = mount.device.startsWith('0:') || mount.device === '' ? `${mount.source} ${mount.superOptions}` : mount.device
    if (devices.has(device) || (own !== undefined && own.device === mount.device && own.source === mount.source)) return []
    devices.add(device)
    return [mount.mountPoint]
  })
  return [...folders, home]
}

interface Judging extends PlacesInput {
  readonly lanes: ReadonlyMap<string, DiskLane>
}

function judged(folder: string, look: PlaceLook, judging: Judging): BackupPlace {
  const { system, mounts } = judging
  const mount = system.platform === 'win32' ? undefined : mountOf(mounts, system.resolve(folder, mounts))
  const lane = judging.lanes.get(folder)
  const [verdict, sentence] = verdictOf(folder, look, { mount, lane, judging })
  const volumeId = mount === undefined ? undefined : linkTo('/dev/disk/by-uuid', mount.source, system)
  const free = look.is === 'seen' ? `${size(look.freeBytes)} free` : ''
  return {
    folder,
    label: labelOf(folder, mount, system),
    detail: [lane?.detail ?? '', free].filter((text) => text !== '').join(', '),
    ...(look.is === 'seen' ? { freeBytes: look.freeBytes } : {}),
    ...(volumeId === undefined ? {} : { volumeId }),
    verdict,
    sentence,
    isWritable: look.is === 'seen' && look.canWrite && verdict !== 'full',
  }
}

interface At {
  readonly mount: Mount | undefined
  readonly lane: DiskLane | undefined
  readonly judging: Judging
}

function verdictOf(folder: string, look: PlaceLook, { mount, lane, judging }: At): readonly [BackupPlace['verdict'], string] {
  if (look.is === 'absent') return ['unknown', 'It is not there: connect the drive, or choose another folder.']
  if (look.is === 'not-answering') return ['unknown', 'Its drive does not answer: check the cable or the network, or choose another place.']
  if ((mount !== undefined && IN_MEMORY.test(mount.fsType)) || isWithin(posix(folder), '/tmp'))
    return ['not-persistent', 'What lies here is gone after a restart: choose a drive.']
  if (!look.canWrite) return ['read-only', 'It cannot be written: take off the write protection, or choose another place.']
  if (look.freeBytes < LEAST_FREE) return ['full', `Only ${size(look.freeBytes)} are free: make room, or choose another place.`]
  const synced = syncedBy(folder)
  if (synced !== undefined)
    return [
      'synced-in-clear',
      `${synced} copies this folder to other machines. That is fine: the backup is encrypted, and it is then off this machine.`,
    ]
  if (lane === undefined || lane.id === 'unknown')
    return ['unknown', 'The system does not tell which disk this is: choose one that is not the disk of the keys.']
  const laneOf = (one: string): string | undefined => judging.lanes.get(one)?.id
  if (judging.keyFolders.some((one) => laneOf(one) === lane.id))
    return ['same-disk-as-keys', 'The keys are on this disk too: a backup here is no help when it dies.']
  const pos = judging.posFolders.filter((one) => laneOf(one.path) === lane.id).map(({ name }) => name)
  if (pos.length > 0) {
    const more = pos.length > 3 ? ` and ${pos.length - 3} more` : ''
    return ['shares-pos-data', `It holds PoS data of ${pos.slice(0, 3).join(', ')}${more}: what happens to this disk happens to both.`]
  }
  return ['own-disk', 'A disk of its own, with nothing of your smeshing on it.']
}

const posix = (folder: string): string => folder.replaceAll('\\', '/')

function syncedBy(folder: string): string | undefined {
  for (const part of posix(folder).split('/')) {
    const found = SYNCED.find(([name]) => name.test(part))
    if (found !== undefined) return found[1]
  }
  return undefined
}

/** Name of the link in `folder` (`by-uuid`, `by-label`) that leads to this device. */
function linkTo(folder: string, source: string, system: DiskSystem): string | undefined {
  if (system.platform !== 'linux' || !source.startsWith('/dev/')) return undefined
  const device = system.realPath(source) ?? source
  return system.list(folder).find((name) => system.realPath(`${folder}/${name}`) === device)
}

function labelOf(folder: string, mount: Mount | undefined, system: DiskSystem): string {
  if (system.platform === 'win32') return windowsRootOf(folder) === folder ? folder : path.win32.basename(folder)
  if (mount === undefined || mount.mountPoint !== folder) return path.posix.basename(folder) || 'System disk'
  const label = linkTo('/dev/disk/by-label', mount.source, system)?.replaceAll(/\\x([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return label ?? path.posix.basename(mount.mountPoint)
}
