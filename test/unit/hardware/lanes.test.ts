import { describe, expect, it } from 'vitest'
import {
  diskSystem,
  followLinks,
  lanesOf,
  mountOf,
  parseMacMounts,
  parseMountInfo,
  windowsRootOf,
  type DiskSystem,
} from '../../../electron/hardware/index.ts'

const MOUNTINFO = String.raw`1 0 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
2 1 8:17 / /mnt/north rw,relatime - ext4 /dev/sdb1 rw
3 1 253:1 / /mnt/my\040disk\134x rw - xfs /dev/mapper/luks-west rw
4 1 0:55 /@pos /mnt/btr rw - btrfs /dev/sdd1 rw,subvolid=256
5 1 0:60 / /mnt/nas rw - nfs4 nas.lan:/export/pos rw,vers=4.2
6 1 0:61 / /mnt/win rw - cifs //box/pos rw
7 1 259:3 / /mnt/fast rw - ext4 /dev/nvme0n1p3 rw
8 1 9:0 / /mnt/raid rw - ext4 /dev/md0 rw
9 1 7:0 / /mnt/loop rw - ext4 /dev/loop0 rw
10 1 0:70 / /mnt/over rw - overlay overlay rw,lowerdir=/l,upperdir=/mnt/north/up,workdir=/mnt/north/work
11 1 0:71 / /mnt/mem rw - tmpfs tmpfs rw
12 1 0:72 / /mnt/tank rw - zfs tank/pos rw
13 1 253:2 / /mnt/lv rw - ext4 /dev/mapper/vg-lv rw
14 2 8:49 / /mnt/north/inner rw - ext4 /dev/sdd1 rw
15 1 0:73 / /mnt/odd rw - fuse.odd odd rw
a line that does not fit
`

const files: Record<string, string> = {}
const links: Record<string, string> = {}
const folders: Record<string, string[]> = {}

function disk(name: string, devNo: string, at: string, about: Record<string, string> = {}): void {
  const node = `/sys/devices/${at}/block/${name}`
  links[`/sys/dev/block/${devNo}`] = node
  links[`/sys/class/block/${name}`] = node
  for (const [file, text] of Object.entries(about)) files[`${node}/${file}`] = text
}
function partition(name: string, devNo: string, ofNode: string): void {
  links[`/sys/dev/block/${devNo}`] = `${ofNode}/${name}`
  links[`/sys/class/block/${name}`] = `${ofNode}/${name}`
  files[`${ofNode}/${name}/partition`] = '1'
}
const SATA = 'pci0/ata1/host0/target0/0:0:0:0'
disk('sda', '8:0', SATA, { 'queue/rotational': '0', 'device/model': 'Samsung 870', size: '1953525168', 'device/wwid': 'naa.5002538f1' })
partition('sda2', '8:2', `/sys/devices/${SATA}/block/sda`)
disk('sdb', '8:16', 'pci0/usb2/2-1/host6', { 'queue/rotational': '1', 'device/model': 'Expansion', size: '27344764928' })
partition('sdb1', '8:17', '/sys/devices/pci0/usb2/2-1/host6/block/sdb')
disk('sdc', '8:32', 'pci0/ata2', { 'queue/rotational': '1', size: '7814037168' })
disk('sdd', '8:48', 'pci0/ata3', { 'queue/rotational': '1', size: '7814037168' })
partition('sdd1', '8:49', '/sys/devices/pci0/ata3/block/sdd')
disk('nvme0n1', '259:0', 'pci0/nvme/nvme0', { 'queue/rotational': '0', 'device/model': 'WD SN850', wwid: 'eui.1', size: '3907029168' })
partition('nvme0n1p3', '259:3', '/sys/devices/pci0/nvme/nvme0/block/nvme0n1')
disk('dm-1', '253:1', 'virtual', { 'dm/name': 'luks-west' })
folders['/sys/devices/virtual/block/dm-1/slaves'] = ['sdc']
disk('dm-2', '253:2', 'virtual', { 'dm/name': 'vg-lv' })
folders['/sys/devices/virtual/block/dm-2/slaves'] = ['md0']
disk('md0', '9:0', 'virtual')
folders['/sys/devices/virtual/block/md0/slaves'] = ['sdb1', 'sdc']
disk('loop0', '7:0', 'virtual', { 'loop/backing_file': '/mnt/north/image.ext4' })
folders['/sys/fs/btrfs'] = ['features', '1234-uuid']
folders['/sys/fs/btrfs/1234-uuid/devices'] = ['sdc', 'sdd1']
folders['/sys/class/block'] = ['sda', 'dm-1', 'dm-2']

const linux: DiskSystem = {
  platform: 'linux',
  mounts: () => parseMountInfo(MOUNTINFO),
  readText: (file) => files[file],
  realPath: (link) => links[link],
  list: (folder) => folders[folder] ?? [],
  resolve: (folder) => folder,
}
const laneOf = (folder: string, system = linux) => lanesOf([folder], system).get(folder)

describe('parseMountInfo', () => {
  it('reads escapes, optional fields and ignores what does not fit', () => {
    const mounts = parseMountInfo(MOUNTINFO)
    expect(mounts).toHaveLength(15)
    expect(mounts[2]).toMatchObject({ mountPoint: '/mnt/my disk\\x', device: '253:1', fsType: 'xfs', source: '/dev/mapper/luks-west' })
  })
  it('finds the deepest mount, of several on one point the last, and never by half a name', () => {
    const mounts = parseMountInfo(MOUNTINFO)
    expect(mountOf(mounts, '/mnt/north/inner/pos')?.source).toBe('/dev/sdd1')
    expect(mountOf(mounts, '/mnt/northern/pos')?.mountPoint).toBe('/')
    const hidden = parseMountInfo('1 0 8:1 / /m rw - ext4 /dev/old rw\n2 0 8:2 / /m rw - ext4 /dev/new rw')
    expect(mountOf(hidden, '/m/x')?.source).toBe('/dev/new')
  })
  it('reads this machine’s own table', () => {
    if (process.platform !== 'linux') return
    expect(mountOf(diskSystem().mounts(), '/proc/self')?.fsType).toBe('proc')
  })
})

describe('lanesOf on Linux', () => {
  it('goes from a partition to its disk and tells kind, bus and size', () => {
    expect(laneOf('/home/me/pos')).toEqual({ id: 'disk:naa.5002538f1', label: 'Samsung 870', detail: 'SSD, 1.0 TB' })
    expect(laneOf('/mnt/north/pos')).toEqual({ id: 'disk:sdb', label: 'Expansion', detail: 'HDD, USB, 14.0 TB' })
    expect(laneOf('/mnt/fast/pos')).toEqual({ id: 'disk:eui.1', label: 'WD SN850', detail: 'NVMe, 2.0 TB' })
  })
  it('goes through dm-crypt to the disk below', () => {
    expect(laneOf('/mnt/my disk\\x/pos')?.id).toBe('disk:sdc')
  })
  it('takes LVM on a RAID as all its disks', () => {
    expect(laneOf('/mnt/lv/pos')?.id).toBe('disk:sdb+disk:sdc')
  })
  it('finds the disks of btrfs, which has no device number of its own', () => {
    expect(laneOf('/mnt/btr/pos')?.id).toBe('disk:sdc+disk:sdd')
  })
  it('gives folders whose disks overlap one lane', () => {
    const lanes = lanesOf(['/mnt/north/pos', '/mnt/raid/pos', '/mnt/fast/pos'], linux)
    expect(lanes.get('/mnt/north/pos')?.id).toBe('disk:sdb+disk:sdc')
    expect(lanes.get('/mnt/raid/pos')).toEqual(lanes.get('/mnt/north/pos'))
    expect(lanes.get('/mnt/fast/pos')?.id).toBe('disk:eui.1')
  })
  it('gives a network share a lane by its host', () => {
    expect(laneOf('/mnt/nas/pos')).toEqual({ id: 'network:nas.lan', label: 'nas.lan', detail: 'network share (nfs4)' })
    expect(laneOf('/mnt/win/pos')?.id).toBe('network:box')
  })
  it('follows a loop image and an overlay to the disk that holds them', () => {
    expect(laneOf('/mnt/loop/pos')?.id).toBe('disk:sdb')
    expect(laneOf('/mnt/over/pos')?.id).toBe('disk:sdb')
  })
  it('names memory, ZFS pools and what it does not know', () => {
    expect(laneOf('/mnt/mem/pos')?.id).toBe('memory')
    expect(laneOf('/mnt/tank/pos')?.id).toBe('zfs:tank')
    expect(laneOf('/mnt/odd/pos')).toEqual({ id: 'mount:/mnt/odd', label: 'odd', detail: 'fuse.odd: disk unknown' })
  })
  it('does not run in circles when /sys does', () => {
    const circle: DiskSystem = { ...linux, list: (folder) => (folder.endsWith('/slaves') ? ['dm-1'] : []) }
    expect(laneOf('/mnt/my disk\\x/pos', circle)).toEqual({
      id: 'unknown',
      label: 'Unknown disk',
      detail: 'the system does not tell which',
    })
  })
})

describe('lanesOf of many folders', () => {
  it('reads the mounts once and each disk once', () => {
    const asked: string[] = []
    const counting = {
      ...linux,
      mounts: () => {
        asked.push('mounts')
        return linux.mounts()
      },
      readText: (file: string) => {
        asked.push(file)
        return linux.readText(file)
      },
    }
    const one = lanesOf(['/mnt/north/pos-0'], counting).get('/mnt/north/pos-0')
    const askedForOne = asked.splice(0)
    const many = Array.from({ length: 200 }, (_, i) => `/mnt/north/pos-${i}`)
    const lanes = lanesOf(many, counting)
    expect(new Set(many.map((folder) => lanes.get(folder)))).toEqual(new Set([one]))
    expect(asked).toEqual(askedForOne)
    expect(asked.filter((what) => what === 'mounts')).toHaveLength(1)
  })
})

describe('lanesOf elsewhere', () => {
  it('goes by drive letter or share on Windows, and says what that cannot know', () => {
    const windows: DiskSystem = { ...linux, platform: 'win32', mounts: () => [] }
    expect(laneOf('d:\\pos\\1', windows)).toMatchObject({
      id: 'volume:D:\\',
      detail: 'by drive letter: two letters of one disk count as two',
    })
    expect(windowsRootOf('\\\\nas\\pos\\1')).toBe('\\\\nas\\pos\\')
    expect(windowsRootOf('pos\\1')).toBeUndefined()
  })
  it('goes by volume on macOS', () => {
    const text =
      '/dev/disk3s1s1 on / (apfs, sealed, local, read-only)\n/dev/disk4s2 on /Volumes/West Side (apfs, local, nodev)\n//me@nas/pos on /Volumes/pos (smbfs, nodev)'
    const mac: DiskSystem = { ...linux, platform: 'darwin', mounts: () => parseMacMounts(text) }
    expect(laneOf('/Volumes/West Side/pos', mac)).toMatchObject({ id: 'volume:/Volumes/West Side', label: 'West Side' })
    expect(laneOf('/Volumes/pos/1', mac)?.detail).toBe('network share (smbfs)')
  })
})

describe('followLinks', () => {
  const target: Record<string, string> = { '/home/me/pos': '../../mnt/west/pos', '/mnt/west': '/elsewhere', '/loop': '/loop' }
  const look = { isOurs: (at: string) => !at.startsWith('/mnt'), readLink: (at: string) => target[at] }
  it('follows our own links and never looks into other volumes', () => {
    expect(followLinks('/home/me/pos/1', look)).toBe('/mnt/west/pos/1')
  })
  it('ends when links run in a circle', () => {
    expect(followLinks('/loop/x', look)).toBe('/loop/x')
  })
})
