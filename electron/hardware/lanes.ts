import { isWithin, mountOf, NETWORK_FS, windowsRootOf, type Mount } from './mounts.ts'
import type { DiskSystem } from './system.ts'

/** The physical disk (or disks working as one) that holds a folder: two proofs on one lane slow each other. */
export interface DiskLane {
  /** The same after a restart and for another name of the disk, where the disk tells a serial number. */
  readonly id: string
  readonly label: string
  /** E.g. `HDD, USB, 14.0 TB`. */
  readonly detail: string
}

const DEEPEST = 8

/** One physical disk, or what stands for one. */
export interface LaneDisk extends DiskLane {
  /** Its node below `/sys`, on Linux. */
  readonly node?: string
}

/** A lane with what it was worked out from. */
export interface LaneParts {
  readonly lane: DiskLane
  readonly disks: readonly LaneDisk[]
  /** Absent on Windows. */
  readonly mount?: Mount
}

/**
 * Which lane holds each of `folders`. Folders whose disk sets overlap share a lane (a volume over two disks keeps both busy).
 * Reads `/proc` and `/sys` only; folders on volumes that are gone get the lane of the mount they fall back to, so ask for mounted ones.
 */
export function lanesOf(folders: readonly string[], system: DiskSystem): Map<string, DiskLane> {
  return new Map([...lanePartsOf(folders, system)].map(([folder, { lane }]) => [folder, lane]))
}

/** The same with the disks of each lane: of all folders that share it. */
export function lanePartsOf(folders: readonly string[], system: DiskSystem): Map<string, LaneParts> {
  const mounts = system.mounts()
  const byMount = new Map<Mount, readonly LaneDisk[]>()
  const sets = folders.map((folder) => ({ folder, disks: disksOf(folder, { system, mounts, depth: 0, byMount }) }))
  const groups = mergeOverlaps(sets.map(({ disks }) => disks)).map((disks) => ({ disks, lane: laneOf(disks) }))
  return new Map(
    sets.map(({ folder, disks }) => {
      const group = groups.find((one) => one.disks.some((disk) => disks.some((own) => own.id === disk.id))) ?? {
        disks,
        lane: laneOf(disks),
      }
      const mount = system.platform === 'win32' ? undefined : mountOf(mounts, system.resolve(folder, mounts))
      return [folder, { ...group, ...(mount === undefined ? {} : { mount }) }]
    }),
  )
}

function laneOf(disks: readonly LaneDisk[]): DiskLane {
  const [first] = disks
  if (first === undefined) return { id: 'unknown', label: 'Unknown disk', detail: 'the system does not tell which' }
  if (disks.length === 1) return { id: first.id, label: first.label, detail: first.detail }
  return {
    id: disks.map((disk) => disk.id).join('+'),
    label: disks.map((disk) => disk.label).join(' + '),
    detail: `${disks.length} disks working as one: ${disks.map((disk) => disk.detail).join('; ')}`,
  }
}

/** Groups of disks such that no disk is in two groups; each sorted by id. */
function mergeOverlaps(sets: readonly (readonly LaneDisk[])[]): LaneDisk[][] {
  let groups: LaneDisk[][] = []
  for (const set of sets) {
    const touched = groups.filter((group) => group.some((disk) => set.some((own) => own.id === disk.id)))
    const all = new Map([...touched.flat(), ...set].map((disk) => [disk.id, disk]))
    const joined = [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    groups = [...groups.filter((group) => !touched.includes(group)), joined]
  }
  return groups
}

interface Search {
  readonly system: DiskSystem
  readonly mounts: readonly Mount[]
  readonly depth: number
  /** What was found out already: many folders lie on few disks, and each disk is a dozen small files to read. */
  readonly byMount: Map<Mount, readonly LaneDisk[]>
}

function disksOf(folder: string, search: Search): readonly LaneDisk[] {
  const { system } = search
  if (system.platform === 'win32') {
    const root = windowsRootOf(folder)
    return root === undefined
      ? []
      : [{ id: `volume:${root}`, label: root, detail: 'by drive letter: two letters of one disk count as two' }]
  }
  const mount = mountOf(search.mounts, system.resolve(folder, search.mounts))
  if (mount === undefined) return []
  if (NETWORK_FS.test(mount.fsType)) {
    const host = /^(?:\/\/)?(\[[^\]]+\]|[^:/]+)/.exec(mount.source)?.[1] ?? mount.source
    return [{ id: `network:${host}`, label: host, detail: `network share (${mount.fsType})` }]
  }
  if (system.platform !== 'linux')
    return [
      { id: `volume:${mount.mountPoint}`, label: nameOf(mount.mountPoint), detail: 'by volume: two volumes of one disk count as two' },
    ]
  const disks = search.byMount.get(mount) ?? linuxDisks(mount, search)
  search.byMount.set(mount, disks)
  return disks
}

function linuxDisks(mount: Mount, search: Search): readonly LaneDisk[] {
  const { system, depth } = search
  const fallback = (what: string): LaneDisk[] => [{ id: `mount:${mount.mountPoint}`, label: nameOf(mount.mountPoint), detail: what }]
  if (depth > DEEPEST) return fallback('disk unknown')
  if (mount.fsType === 'tmpfs' || mount.fsType === 'ramfs')
    return [{ id: 'memory', label: 'Memory', detail: `${mount.fsType}: gone after a restart` }]
  if (mount.fsType === 'zfs') {
    const pool = mount.source.split('/')[0] ?? mount.source
    return [{ id: `zfs:${pool}`, label: pool, detail: 'ZFS pool' }]
  }
  if (mount.fsType === 'overlay') {
    const upper = /(?:^|,)upperdir=([^,]+)/.exec(mount.superOptions)?.[1]
    const under =
      upper === undefined
        ? undefined
        : mountOf(
            search.mounts.filter((other) => other !== mount),
            upper,
          )
    if (under !== undefined && under.fsType !== 'overlay') return linuxDisks(under, { ...search, depth: depth + 1 })
    return fallback('overlay: disk unknown')
  }
  if (!mount.device.startsWith('0:')) {
    const node = system.realPath(`/sys/dev/block/${mount.device}`)
    if (node !== undefined) return blockDisks(node, { ...search, depth: depth + 1 })
  }
  const name = nameOf(mount.source)
  if (mount.fsType === 'btrfs') {
    const members = btrfsMembers(name, system)
    if (members.length > 0) return members.flatMap((member) => namedDisk(member, search))
  }
  const named = mount.source.startsWith('/dev/') ? namedDisk(name, search) : []
  return named.length > 0 ? named : fallback(`${mount.fsType}: disk unknown`)
}

/** All devices of the btrfs file system that `device` belongs to. */
function btrfsMembers(device: string, system: DiskSystem): readonly string[] {
  const real = nameOf(system.realPath(`/sys/class/block/${device}`) ?? device)
  for (const uuid of system.list('/sys/fs/btrfs')) {
    const members = system.list(`/sys/fs/btrfs/${uuid}/devices`)
    if (members.includes(real) || members.includes(device)) return members
  }
  return []
}

function namedDisk(name: string, search: Search): readonly LaneDisk[] {
  const mapped = search.system.realPath(`/sys/class/block/${name}`) ?? mapperNode(name, search.system)
  return mapped === undefined ? [] : blockDisks(mapped, { ...search, depth: search.depth + 1 })
}

/** `/dev/mapper/NAME` is a device-mapper node that carries its name in `dm/name`. */
function mapperNode(name: string, system: DiskSystem): string | undefined {
  const found = system
    .list('/sys/class/block')
    .find((dm) => dm.startsWith('dm-') && system.readText(`/sys/class/block/${dm}/dm/name`) === name)
  return found === undefined ? undefined : system.realPath(`/sys/class/block/${found}`)
}

/** From a block node of `/sys` down to whole disks: partition → disk, dm-crypt, LVM and md → members, loop → disk of its file. */
function blockDisks(node: string, search: Search): readonly LaneDisk[] {
  const { system, depth } = search
  if (depth > DEEPEST) return []
  if (system.readText(`${node}/partition`) !== undefined) return blockDisks(parentOf(node), { ...search, depth: depth + 1 })
  const members = system.list(`${node}/slaves`)
  if (members.length > 0) return members.flatMap((member) => namedDisk(member, search))
  const backing = system.readText(`${node}/loop/backing_file`)
  if (backing !== undefined) {
    const holder = mountOf(
      search.mounts.filter((mount) => !isLoopOf(mount, node)),
      backing,
    )
    if (holder !== undefined && isWithin(backing, holder.mountPoint)) return linuxDisks(holder, { ...search, depth: depth + 1 })
  }
  return [wholeDisk(node, system)]
}

const isLoopOf = (mount: Mount, node: string): boolean => nameOf(mount.source) === nameOf(node)

function wholeDisk(node: string, system: DiskSystem): LaneDisk {
  const name = nameOf(node)
  const model = system.readText(`${node}/device/model`)
  const serial =
    system.readText(`${node}/wwid`) ??
    system.readText(`${node}/device/wwid`) ??
    system.readText(`${node}/device/serial`) ??
    system.readText(`${node}/serial`)
  const bytes = Number(system.readText(`${node}/size`) ?? '0') * 512
  const kind = name.startsWith('nvme')
    ? 'NVMe'
    : name.startsWith('mmcblk')
      ? 'memory card'
      : system.readText(`${node}/queue/rotational`) === '1'
        ? 'HDD'
        : 'SSD'
  const parts = [kind, ...(node.includes('/usb') ? ['USB'] : []), ...(bytes > 0 ? [sizeText(bytes)] : [])]
  return {
    id: `disk:${serial === undefined || serial === '' ? name : serial.replaceAll(/\s+/g, '_')}`,
    label: model === undefined || model === '' ? name : model,
    detail: parts.join(', '),
    node,
  }
}

/** As printed on the disk: powers of ten. */
function sizeText(bytes: number): string {
  return bytes >= 1e12
    ? `${(bytes / 1e12).toFixed(1)} TB`
    : bytes >= 1e9
      ? `${Math.round(bytes / 1e9)} GB`
      : `${Math.round(bytes / 1e6)} MB`
}

const nameOf = (path: string): string => path.split('/').findLast((part) => part !== '') ?? path
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))
