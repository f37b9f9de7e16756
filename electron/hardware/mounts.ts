/** One mounted file system. */
export interface Mount {
  readonly mountPoint: string
  /** `major:minor` of the block device; major 0 = no single one (network, memory, btrfs). Empty where the system has none. */
  readonly device: string
  readonly fsType: string
  /** What is mounted: `/dev/sda1`, `nas:/pos`, a file system's own name. */
  readonly source: string
  /** Options of the file system itself, e.g. overlay's `upperdir=…`. */
  readonly superOptions: string
  /** Folder of the file system that is seen at the mount point: `/` for all of it. Absent where the system does not tell. */
  readonly root?: string
}

const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/**
 * Lines of `/proc/self/mountinfo`, in order of mounting. Bytes above 127 come as they are in UTF-8; space, tab, newline
 * and backslash as three octal digits. Lines that do not fit are left out.
 *
 * @source proc_pid_mountinfo(5)
 */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [head = '', tail] = line.split(' - ')
    if (tail === undefined) return []
    const [, , device, root, mountPoint] = head.split(' ')
    const [fsType, source, superOptions = ''] = tail.split(' ')
    if (device === undefined || mountPoint === undefined || fsType === undefined || source === undefined) return []
    const names = { mountPoint: unescape(mountPoint), source: unescape(source), superOptions: unescape(superOptions) }
    return [{ ...names, device, fsType, ...(root === undefined ? {} : { root: unescape(root) }) }]
  })
}

/** Output of macOS' `mount`: `/dev/disk3s1 on /Volumes/West (apfs, local, nodev)`. */
export function parseMacMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(.+?) on (\/.*) \(([^,)]+)([^)]*)\)$/.exec(line)
    if (found === null) return []
    const [, source = '', mountPoint = '', fsType = '', superOptions = ''] = found
    return [{ mountPoint, device: '', fsType, source, superOptions: superOptions.replace(/^, /, '') }]
  })
}

/** Whether `path` is `folder` or lies in it. Both absolute, POSIX, normalised. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** File systems that reach another machine: slow, and silent when that machine is. */
export const NETWORK_FS =
  /^(nfs4?|cifs|smb3|smbfs|9p|ceph|afs|glusterfs|fuse\.(sshfs|glusterfs|rclone|ceph-fuse|s3fs|davfs2?)|afpfs|webdav)$/

/** The mount that holds `path`: the deepest, and of several on one point the last (it hides the others). */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    if (isWithin(path, mount.mountPoint) && (best === undefined || mount.mountPoint.length >= best.mountPoint.length)) best = mount
  }
  return best
}

/** Drive (`D:\`) or share (`\\nas\pos\`) of a Windows path; `undefined` for a relative one. */
export function windowsRootOf(path: string): string | undefined {
  const drive = /^(?:\\\\\?\\)?([A-Za-z]):[\\/]/.exec(path)
  if (drive?.[1] !== undefined) return `${drive[1].toUpperCase()}:\\`
  const share = /^\\\\([^\\/?.][^\\/]*)[\\/]([^\\/]+)/.exec(path)
  return share === null ? undefined : `\\\\${share[1]}\\${share[2]}\\`
}
