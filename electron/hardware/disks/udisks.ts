import type { DiskReport } from '../../../shared/domain/machine.ts'
import { plural } from '../../../shared/domain/words.ts'
import type { HostSystem } from '../host.ts'

/** What udisks, which runs with more rights than we, tells of a drive. */
export interface UdisksDrive {
  readonly isHealthKnown: boolean
  readonly isFailing: boolean
  readonly badSectors?: number
  /** The drive stops turning after this long; absent = never, or not set through udisks. */
  readonly standbyMs?: number
}

const ASK = ['--system', '--json=short', 'call', 'org.freedesktop.UDisks2', '/org/freedesktop/UDisks2']
const CALL = ['org.freedesktop.DBus.ObjectManager', 'GetManagedObjects']

type Value = { readonly data?: unknown }
type Interfaces = Readonly<Record<string, Readonly<Record<string, Value | undefined>> | undefined>>

/** Drives by the name of their block device, e.g. `sda`. Empty where udisks does not run: nothing is started for it. */
export async function readUdisks(host: HostSystem): Promise<ReadonlyMap<string, UdisksDrive>> {
  return parseUdisks((await host.run('busctl', [...ASK, ...CALL])) ?? '')
}

/**
 * Answer of `GetManagedObjects` as busctl writes it in JSON.
 * @source udisks 2.10 reference, org.freedesktop.UDisks2.Drive, Drive.Ata, NVMe.Controller
 */
export function parseUdisks(text: string): ReadonlyMap<string, UdisksDrive> {
  const objects = objectsOf(text)
  const found = new Map<string, UdisksDrive>()
  for (const [path, interfaces] of Object.entries(objects)) {
    const block = interfaces['org.freedesktop.UDisks2.Block']
    const driveAt = block?.['Drive']?.data
    const drive = typeof driveAt === 'string' ? objects[driveAt] : undefined
    const name = /\/block_devices\/([^/]+)$/.exec(path)?.[1]
    if (name !== undefined && drive !== undefined) found.set(name, driveOf(drive))
  }
  return found
}

function objectsOf(text: string): Readonly<Record<string, Interfaces>> {
  try {
    const answer = JSON.parse(text) as { readonly data?: readonly unknown[] }
    const first = answer.data?.[0]
    return typeof first === 'object' && first !== null ? (first as Readonly<Record<string, Interfaces>>) : {}
  } catch {
    return {} // no busctl, no udisks, or another form than we know
  }
}

function driveOf(drive: Interfaces): UdisksDrive {
  const ata = drive['org.freedesktop.UDisks2.Drive.Ata']
  const nvme = drive['org.freedesktop.UDisks2.NVMe.Controller']
  const config = drive['org.freedesktop.UDisks2.Drive']?.['Configuration']?.data as
    Readonly<Record<string, Value | undefined>> | null | undefined
  const bad = Number(ata?.['SmartNumBadSectors']?.data ?? -1)
  const warnings = nvme?.['SmartCriticalWarning']?.data
  const standbyMs = standbyOf(Number(config?.['ata-pm-standby']?.data ?? 0))
  return {
    // `…Updated` is 0 until the drive was asked once.
    isHealthKnown: Number((ata ?? nvme)?.['SmartUpdated']?.data ?? 0) > 0,
    isFailing: ata?.['SmartFailing']?.data === true || (Array.isArray(warnings) && warnings.length > 0),
    ...(bad >= 0 ? { badSectors: bad } : {}),
    ...(standbyMs === undefined ? {} : { standbyMs }),
  }
}

/** ATA's code of a standby time: 1 to 240 in steps of 5 s, 241 to 251 in steps of half an hour. @source hdparm(8), -S */
export function standbyOf(code: number): number | undefined {
  if (code >= 1 && code <= 240) return code * 5000
  if (code >= 241 && code <= 251) return (code - 240) * 1_800_000
  return undefined
}

/** SMART in a sentence; without udisks only an administrator can ask the drive. */
export function healthOf(drive: UdisksDrive | undefined): DiskReport['smart'] {
  if (drive === undefined || !drive.isHealthKnown) {
    const text =
      'Its health cannot be read without an administrator’s rights. “sudo smartctl -H” tells it; with udisks running it is read here.'
    return { is: 'unreadable', text }
  }
  if (drive.isFailing)
    return {
      is: 'failing',
      text: 'The drive itself expects to fail: what is on it may be gone any day. Move its PoS data to another disk.',
    }
  if ((drive.badSectors ?? 0) > 0)
    return { is: 'good', text: `${plural(drive.badSectors ?? 0, 'bad sector')}, replaced or waiting; the drive does not expect to fail` }
  return { is: 'good', text: 'the drive does not expect to fail' }
}
