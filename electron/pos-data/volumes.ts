import { mountOf, windowsRootOf, type DiskSystem, type Mount } from '../hardware/index.ts'

/** The volume that a folder is on now, and whether it is the one that should be there. */
export type Place =
  | { readonly is: 'there'; readonly volume: string; readonly device: string }
  /** The mount that held the data is not there; what lies below is an empty folder of another volume. */
  | { readonly is: 'gone'; readonly lastVolume: string }

/** Where removable and extra disks are mounted: a folder that is missing there means a missing disk. */
const MOUNT_PLACES = /^\/(?:media|run\/media|mnt|Volumes)\//

/**
 * @param folder      links resolved (`DiskSystem.resolve`)
 * @param lastVolume  mount point on which the data was last seen
 */
export function placeOf(
  folder: string,
  lastVolume: string | undefined,
  system: Pick<DiskSystem, 'platform'> & { mounts: readonly Mount[] },
): Place {
  if (system.platform === 'win32') {
    const root = windowsRootOf(folder) ?? folder
    return { is: 'there', volume: root, device: root }
  }
  const mount = mountOf(system.mounts, folder)
  const volume = mount?.mountPoint ?? '/'
  if (lastVolume !== undefined && lastVolume !== volume && !system.mounts.some((other) => other.mountPoint === lastVolume)) {
    return { is: 'gone', lastVolume }
  }
  return { is: 'there', volume, device: mount?.source ?? '' }
}

/** Whether "does not exist" at `folder` is better read as "its disk is not there". */
export const isMountPlace = (folder: string): boolean => MOUNT_PLACES.test(folder)

/** Changes when another file system is mounted there: sizes are looked at again. */
export const identityOf = (mounts: readonly Mount[], folder: string): string => {
  const mount = mountOf(mounts, folder)
  return mount === undefined ? '' : `${mount.device} ${mount.source} ${mount.mountPoint}`
}
