interface MountLine {
  readonly device: string
  /** What of the file system is mounted. */
  readonly root: string
  readonly mountPoint: string
  readonly fsType: string
}

const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** @source proc_pid_mountinfo(5) */
function mountLines(text: string): MountLine[] {
  return text.split('\n').flatMap((line) => {
    const [head = '', tail = ''] = line.split(' - ')
    const [, , device, root, mountPoint] = head.split(' ')
    const [fsType] = tail.split(' ')
    if (device === undefined || root === undefined || mountPoint === undefined || fsType === undefined || fsType === '') return []
    return [{ device, root: unescape(root), mountPoint: unescape(mountPoint), fsType }]
  })
}

const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** What of `path` lies below `folder`: empty, or beginning with a slash. */
const below = (path: string, folder: string): string => (folder === '/' ? (path === '/' ? '' : path) : path.slice(folder.length))

const joined = (folder: string, rest: string): string => (folder === '/' ? rest || '/' : `${folder}${rest}`)

function deepest(mounts: readonly MountLine[], length: (mount: MountLine) => number): MountLine | undefined {
  let best: MountLine | undefined
  // Of several on one point the last hides the others.
  for (const mount of mounts) if (best === undefined || length(mount) >= length(best)) best = mount
  return best
}

/**
 * How paths inside a container are called on this machine: its volumes are folders of ours, mounted a second time.
 * @param inside   `/proc/<pid>/mountinfo` of a process in the container
 * @param outside  our own
 * @returns undefined for a path in no volume: it lies in the container's own layer and goes away with it
 */
export function containerPaths(inside: string, outside: string): (path: string) => string | undefined {
  const theirs = mountLines(inside)
  // The own layer of a container is mounted here too, below docker's folder: nobody keeps anything there.
  const ours = mountLines(outside).filter((mount) => mount.fsType !== 'overlay')
  return (path) => {
    const mount = deepest(
      theirs.filter((one) => isWithin(path, one.mountPoint)),
      (one) => one.mountPoint.length,
    )
    if (mount === undefined) return undefined
    const source = joined(mount.root, below(path, mount.mountPoint))
    const host = deepest(
      ours.filter((one) => one.device === mount.device && isWithin(source, one.root)),
      (one) => one.root.length,
    )
    return host === undefined ? undefined : joined(host.mountPoint, below(source, host.root))
  }
}
