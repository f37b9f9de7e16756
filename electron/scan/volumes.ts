import { NETWORK_FS, type Mount } from '../hardware/index.ts'
import { pathsOf } from './names.ts'

/** One mounted file system that files of a user may lie on. */
export interface Volume {
  readonly mountPoint: string
  /** For the user. */
  readonly label: string
  readonly isNetwork: boolean
}

/** File systems that hold no files of anybody: the kernel's own, read-only images of programs, layers of containers. */
const UNREAL = new Set(
  (
    'proc sysfs devtmpfs devpts devfs cgroup cgroup2 securityfs debugfs tracefs configfs pstore bpf mqueue hugetlbfs fusectl ' +
    'binfmt_misc autofs rpc_pipefs nsfs efivarfs nfsd selinuxfs squashfs erofs iso9660 udf overlay aufs fuse.portal ' +
    'fuse.gvfsd-fuse fuse.lxcfs fuse.snapfuse fuse.gocryptfs-mount'
  ).split(' '),
)
/** Memory of the running system; sticks and disks that are mounted below /run/media are others' kinds. */
const SYSTEM_MEMORY = /^\/(?:dev|run|sys|proc)(?:\/|$)/
/** macOS shows the parts of one disk as many mounts; what users keep is reached through `/`. */
const MAC_PARTS = /^\/(?:System|private\/var\/vm|dev)(?:\/|$)/

function isReal(mount: Mount, platform: NodeJS.Platform): boolean {
  const { fsType, mountPoint } = mount
  if (mountPoint === '/') return true // also a container's overlay
  if (UNREAL.has(fsType)) return false
  if (fsType === 'tmpfs' || fsType === 'ramfs') return !SYSTEM_MEMORY.test(mountPoint)
  return platform !== 'darwin' || !MAC_PARTS.test(mountPoint)
}

const within = (folder: string, outer: string): boolean => outer === '/' || folder === outer || folder.startsWith(`${outer}/`)

/** Whether all of `mount` is seen through `other` as well: a folder that is mounted once more somewhere else. */
function isSeenThrough(mount: Mount, other: Mount): boolean {
  if (mount === other || mount.device === '' || mount.device !== other.device) return false
  if (mount.root === undefined || other.root === undefined || !within(mount.root, other.root)) return false
  // Twice the same: the first stands for both.
  return true
}

function withoutRepeats(mounts: readonly Mount[]): Mount[] {
  return mounts.filter((mount, at) =>
    mounts.every((other, otherAt) => !isSeenThrough(mount, other) || (mount.root === other.root && at < otherAt)),
  )
}

/** Of several on one point only the last is seen. */
const visible = (mounts: readonly Mount[]): Mount[] => [...new Map(mounts.map((mount) => [mount.mountPoint, mount])).values()]

function labelOf(mountPoint: string): string {
  return mountPoint === '/' ? 'System disk' : pathsOf('linux').basename(mountPoint)
}

/** Volumes to be scanned: the system's first, network shares last, since one of them may not answer. */
export function volumesOf(mounts: readonly Mount[], platform: NodeJS.Platform): Volume[] {
  const volumes = withoutRepeats(visible(mounts).filter((mount) => isReal(mount, platform))).map(({ mountPoint, fsType }) => ({
    mountPoint,
    label: labelOf(mountPoint),
    isNetwork: NETWORK_FS.test(fsType),
  }))
  return [...volumes.filter((one) => !one.isNetwork), ...volumes.filter((one) => one.isNetwork)]
}

/** Every letter that a drive may have; those without a drive say that they do not exist. */
export const windowsDrives = (): string[] => 'CDEFGHIJKLMNOPQRSTUVWXYZAB'.split('').map((letter) => `${letter}:\\`)
