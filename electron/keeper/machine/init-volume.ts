import type { InitHold, InitRecord } from '../../../shared/domain/init-job.ts'
import { bytes } from '../../../shared/domain/words.ts'
import { diskSystem, type DiskSystem } from '../../hardware/index.ts'
import { placeOf, type Place } from '../../pos-data/index.ts'
import { existingParent, roomAt } from './init-folder.ts'

/** Of a volume this little is left: postcli is stopped before the disk is full. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024

type DiskReason = Omit<InitHold, 'since'>

/** The disk that new data is written to: whether it is there, and whether there is room. */
export interface InitVolume {
  /** Mount point of the disk that a folder is on now. */
  mountPointOf(folder: string): string
  /** What says that the job's disk is gone; undefined = it is there. */
  gone(record: InitRecord): Promise<DiskReason | undefined>
  /** What says that all of the job has no room there; undefined = it has. */
  full(record: InitRecord, writtenBytes: number): Promise<DiskReason | undefined>
}

export function initVolume(system: DiskSystem = diskSystem()): InitVolume {
  const placeNow = (folder: string, lastVolume?: string): Place => {
    const mounts = system.mounts()
    return placeOf(system.resolve(folder, mounts), lastVolume, { platform: system.platform, mounts })
  }
  return {
    mountPointOf(folder) {
      const place = placeNow(folder)
      return place.is === 'there' ? place.volume : place.lastVolume
    },
    async gone({ folder, volume }) {
      // An empty mount point looks like a folder in which nothing was written yet: all would be made anew on another disk.
      const place = placeNow(folder, volume)
      if (place.is === 'gone')
        return { because: 'drive', text: `the disk at ${place.lastVolume} is gone; attach it there again, and it goes on` }
      if ((await existingParent(folder)) !== folder)
        return { because: 'drive', text: `its folder ${folder} is gone; attach its disk again, and it goes on` }
      return undefined
    },
    async full({ folder, totalBytes }, writtenBytes) {
      const room = await roomAt(folder)
      if (room === undefined) return { because: 'drive', text: 'its disk does not answer; attach it again, and it goes on' }
      const left = totalBytes - writtenBytes
      if (room.freeBytes >= Math.min(left, LEAST_FREE_BYTES)) return undefined
      const words = `its disk is full: ${bytes(room.freeBytes)} are free and ${bytes(left)} are still to be written`
      return { because: 'space', text: `${words}; free space on it, and it goes on` }
    },
  }
}
