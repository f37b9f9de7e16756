import type { DiskReport } from '../../../shared/domain/machine.ts'
import type { HostSystem } from '../host.ts'
import type { LaneDisk, LaneParts } from '../lanes.ts'
import type { DiskSystem } from '../system.ts'
import { shingledByName } from './shingled.ts'
import { healthOf, readUdisks, type UdisksDrive } from './udisks.ts'
import type { PlatformFacts } from './look.ts'

/** From `/sys`, and from udisks where it runs: it may read what we may not. */
export async function linuxFacts(lanes: readonly LaneParts[], system: DiskSystem, host: HostSystem): Promise<readonly PlatformFacts[]> {
  const drives = lanes.some(({ disks }) => disks.some(({ node }) => node !== undefined)) ? await readUdisks(host) : new Map()
  return lanes.map((lane) => factsOf(lane, system, drives))
}

function factsOf({ disks }: LaneParts, system: DiskSystem, drives: ReadonlyMap<string, UdisksDrive>): PlatformFacts {
  const each = disks.map((disk) => diskFacts(disk, system, drives))
  const sizes = each.map(({ sizeBytes }) => sizeBytes ?? 0)
  const sleeps = each.flatMap(({ sleepsAfterMs }) => sleepsAfterMs ?? [])
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0)
  return {
    // Of disks that work as one, the slowest kind and the worst health are what counts.
    media: worst(
      each.map(({ media }) => media),
      ['network', 'hdd', 'card', 'unknown', 'ssd', 'nvme', 'memory'],
    ),
    bus: worst(
      each.map(({ bus }) => bus),
      ['network', 'usb', 'unknown', 'virtual', 'sata', 'sas', 'nvme'],
    ),
    shingled: worst(
      each.map(({ shingled }) => shingled),
      ['yes', 'maybe', 'unknown', 'no'],
    ),
    smart: each.map(({ smart }) => smart).toSorted((a, b) => BAD_FIRST.indexOf(a.is) - BAD_FIRST.indexOf(b.is))[0] ?? healthOf(undefined),
    ...(sizeBytes > 0 ? { sizeBytes } : {}),
    ...(sleeps.length > 0 ? { sleepsAfterMs: Math.min(...sleeps) } : {}),
  }
}

const BAD_FIRST: readonly DiskReport['smart']['is'][] = ['failing', 'unreadable', 'good']

const worst = <T extends string>(found: readonly T[], order: readonly [T, ...T[]] | readonly T[]): T | 'unknown' =>
  order.find((one) => found.includes(one)) ?? 'unknown'

function diskFacts(disk: LaneDisk, system: DiskSystem, drives: ReadonlyMap<string, UdisksDrive>): PlatformFacts {
  const { node } = disk
  if (node === undefined) return withoutNode(disk)
  const read = (file: string): string | undefined => system.readText(`${node}/${file}`)
  const name = node.slice(node.lastIndexOf('/') + 1)
  const drive = drives.get(name)
  const media = mediaOf(name, read('queue/rotational'))
  const bytes = Number(read('size') ?? '0') * 512
  const sleepsAfterMs = drive?.standbyMs ?? autosuspendMs(read)
  return {
    media,
    bus: busOf(name, node, read('device/vendor')),
    ...(bytes > 0 ? { sizeBytes: bytes } : {}),
    shingled: media === 'hdd' ? shingledOf(read('queue/zoned'), read('device/model') ?? '') : 'no',
    smart: stateText(read('device/state')) ?? healthOf(drive),
    ...(sleepsAfterMs === undefined ? {} : { sleepsAfterMs }),
  }
}

function withoutNode({ id }: LaneDisk): PlatformFacts {
  const is = id.startsWith('network:') ? 'network' : 'unknown'
  const text =
    is === 'network'
      ? 'The disk is in another machine: its health is known there only.'
      : 'The system does not tell the health of this disk.'
  return { media: id === 'memory' ? 'memory' : is, bus: is, shingled: 'unknown', smart: { is: 'unreadable', text } }
}

const mediaOf = (name: string, rotational: string | undefined): DiskReport['media'] => {
  if (name.startsWith('nvme')) return 'nvme'
  if (name.startsWith('mmcblk')) return 'card'
  if (rotational === undefined) return 'unknown'
  // Disks of virtual machines say "rotating" or not as they like.
  if (/^(vd|xvd|zram|ram)/.test(name)) return name.startsWith('zram') || name.startsWith('ram') ? 'memory' : 'unknown'
  return rotational === '1' ? 'hdd' : 'ssd'
}

function busOf(name: string, node: string, vendor: string | undefined): DiskReport['bus'] {
  if (node.includes('/usb')) return 'usb'
  if (name.startsWith('nvme')) return 'nvme'
  if (/^(vd|xvd|loop|dm-|md|zram|ram)/.test(name) || /\/(virtio|vmbus|xen)/.test(node)) return 'virtual'
  if (/\/ata\d+\//.test(node) || vendor === 'ATA') return node.includes('/end_device-') ? 'sas' : 'sata'
  return node.includes('/end_device-') ? 'sas' : 'unknown'
}

/** `none` says nothing of drives that hide their shingles: the model's name does. @source kernel Documentation/ABI queue/zoned */
function shingledOf(zoned: string | undefined, model: string): DiskReport['shingled'] {
  if (zoned === 'host-aware' || zoned === 'host-managed') return 'yes'
  return shingledByName(model)
}

/** Only where runtime power management is switched on for the disk. @source kernel Documentation/ABI power/autosuspend_delay_ms */
function autosuspendMs(read: (file: string) => string | undefined): number | undefined {
  if (read('device/power/control') !== 'auto') return undefined
  const delay = Number(read('device/power/autosuspend_delay_ms') ?? 'none')
  return Number.isFinite(delay) && delay >= 0 ? delay : undefined
}

/** The kernel has given the disk up. @source kernel drivers/scsi/scsi_sysfs.c, sdev_states */
function stateText(state: string | undefined): DiskReport['smart'] | undefined {
  if (state === undefined || !['offline', 'transport-offline', 'blocked'].includes(state)) return undefined
  return {
    is: 'failing',
    text: `The system has given this disk up (“${state}”). Look at its cable and its power, then save what is on it.`,
  }
}
