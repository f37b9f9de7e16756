import type { DiskReport } from '../../../shared/domain/machine.ts'
import type { HostSystem } from '../host.ts'
import type { LaneParts } from '../lanes.ts'
import type { PlatformFacts } from './look.ts'
import { parsePlist, type Plist } from './plist.ts'
import { shingledByName } from './shingled.ts'

const DISKUTIL = '/usr/sbin/diskutil'

/** From `diskutil info` and `pmset`, which need no rights. */
export async function macFacts(lanes: readonly LaneParts[], host: HostSystem): Promise<readonly PlatformFacts[]> {
  const sleepsAfterMs = parsePmset((await host.run('/usr/bin/pmset', ['-g'])) ?? '')
  const all: PlatformFacts[] = []
  for (const lane of lanes) all.push(await laneFacts(lane, host, sleepsAfterMs))
  return all
}

async function laneFacts({ lane, mount }: LaneParts, host: HostSystem, sleepsAfterMs: number | undefined): Promise<PlatformFacts> {
  if (lane.id.startsWith('network:')) {
    const text = 'The disk is in another machine: its health is known there only.'
    return { media: 'network', bus: 'network', shingled: 'unknown', smart: { is: 'unreadable', text } }
  }
  const info = async (of: string): Promise<MacDisk> => parseDiskInfo((await host.run(DISKUTIL, ['info', '-plist', of])) ?? '')
  const volume = await info(mount?.mountPoint ?? '/')
  // An APFS volume lies in a container; the container in a partition; only the whole disk knows its speed and its health.
  const store = volume.physicalStore === undefined ? volume : await info(volume.physicalStore)
  const disk = store.parent === undefined ? store : await info(store.parent)
  const canSleep = disk.media === 'hdd' || disk.media === 'unknown'
  return {
    media: disk.media,
    bus: disk.bus,
    ...(disk.sizeBytes === undefined ? {} : { sizeBytes: disk.sizeBytes }),
    shingled: disk.media === 'hdd' ? shingledByName(disk.name) : disk.media === 'unknown' ? 'unknown' : 'no',
    smart: disk.smart,
    ...(sleepsAfterMs === undefined || !canSleep ? {} : { sleepsAfterMs }),
  }
}

/** What `diskutil info -plist` tells of a disk, a partition or a volume. */
export interface MacDisk {
  readonly name: string
  readonly media: DiskReport['media']
  readonly bus: DiskReport['bus']
  readonly sizeBytes?: number
  readonly smart: DiskReport['smart']
  /** Whole disk that it is a part of. */
  readonly parent?: string
  /** Partition behind an APFS volume. */
  readonly physicalStore?: string
}

const BUSES: readonly (readonly [RegExp, DiskReport['bus']])[] = [
  [/^usb/i, 'usb'],
  [/^s?ata/i, 'sata'],
  [/^sas/i, 'sas'],
  [/pci|nvm|apple fabric/i, 'nvme'],
  [/virtual|disk image/i, 'virtual'],
]

const SMART: Readonly<Record<string, DiskReport['smart']>> = {
  Verified: { is: 'good', text: 'the drive does not expect to fail' },
  Failing: {
    is: 'failing',
    text: 'The drive itself expects to fail: what is on it may be gone any day. Move its PoS data to another disk.',
  },
}

/** Output of `diskutil info -plist`. @source diskutil(8); keys as macOS 12 to 14 write them */
export function parseDiskInfo(text: string): MacDisk {
  const plist = parsePlist(text)
  const info: { readonly [key: string]: Plist } =
    typeof plist === 'object' && !Array.isArray(plist) ? (plist as { readonly [key: string]: Plist }) : {}
  const words = (key: string): string | undefined => (typeof info[key] === 'string' ? info[key] : undefined)
  const bus = BUSES.find(([name]) => name.test(words('BusProtocol') ?? ''))?.[1] ?? 'unknown'
  const parent = words('ParentWholeDisk')
  const store = storeOf(info['APFSPhysicalStores'])
  const size = info['TotalSize']
  return {
    name: words('MediaName') ?? '',
    media: info['SolidState'] === true ? (bus === 'nvme' ? 'nvme' : 'ssd') : info['SolidState'] === false ? 'hdd' : 'unknown',
    bus,
    ...(typeof size === 'number' && size > 0 ? { sizeBytes: size } : {}),
    smart: SMART[words('SMARTStatus') ?? ''] ?? {
      is: 'unreadable',
      text: bus === 'usb' ? 'Its box does not pass its health on.' : 'The system does not tell the health of this disk.',
    },
    ...(parent === undefined || parent === words('DeviceIdentifier') ? {} : { parent }),
    ...(store === undefined ? {} : { physicalStore: store }),
  }
}

function storeOf(stores: Plist | undefined): string | undefined {
  const first: unknown = Array.isArray(stores) ? stores[0] : undefined
  const name = typeof first === 'object' && first !== null && 'APFSPhysicalStore' in first ? first.APFSPhysicalStore : undefined
  return typeof name === 'string' ? name : undefined
}

/** `disksleep` of `pmset -g`, in minutes; 0 = never. */
export function parsePmset(text: string): number | undefined {
  const minutes = Number(/^\s*disksleep\s+(\d+)/m.exec(text)?.[1] ?? '0')
  return minutes > 0 ? minutes * 60_000 : undefined
}
