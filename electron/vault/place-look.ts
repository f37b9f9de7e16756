import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import type { BackupPlace } from '../../shared/domain/backup.ts'
import { diskSystem } from '../hardware/index.ts'
import { codeOf } from '../identities/index.ts'
import { backupPlaces, type PlaceLook } from './places.ts'
import type { PlacesJob } from './protocol.ts'
import { isGone } from './system-codes.ts'

/** A drive that has not answered by then is not a place for a backup now. */
const DEADLINE_MS = 3000

async function lookAt(folder: string): Promise<PlaceLook> {
  const late = new Promise<PlaceLook>((resolve) => void setTimeout(() => resolve({ is: 'not-answering' }), DEADLINE_MS).unref())
  return await Promise.race([late, seen(folder)])
}

async function seen(folder: string): Promise<PlaceLook> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return { is: 'seen', freeBytes: bavail * bsize, canWrite: await canWrite(folder) }
  } catch (cause) {
    return { is: isGone(codeOf(cause)) ? 'absent' : 'not-answering' }
  }
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The real mounts, judged. Only the vault process asks: a hung drive keeps whoever asks it. */
export async function placesFor(job: PlacesJob): Promise<BackupPlace[]> {
  const system = diskSystem()
  return await backupPlaces({ ...job, system, mounts: system.mounts() }, lookAt)
}
