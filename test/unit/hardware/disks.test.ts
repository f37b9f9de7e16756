import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parsePlist } from '../../../electron/hardware/disks/plist.ts'
import { parseDiskInfo, parsePmset } from '../../../electron/hardware/disks/mac.ts'
import { shingledByName } from '../../../electron/hardware/disks/shingled.ts'
import { healthOf, parseUdisks, standbyOf } from '../../../electron/hardware/disks/udisks.ts'
import { parsePowercfg, parseStorage } from '../../../electron/hardware/disks/windows.ts'
import {
  lookAtDisks,
  parseMacMounts,
  parseMountInfo,
  type DiskFacts,
  type DiskSystem,
  type HostSystem,
} from '../../../electron/hardware/index.ts'

const fixture = (name: string): string => readFileSync(path.resolve('test/fixtures/disks', name), 'utf8')

const hostWith = (platform: NodeJS.Platform, answers: Readonly<Record<string, string>>): HostSystem => ({
  platform,
  exists: () => false,
  readText: () => undefined,
  list: () => [],
  run: (file, args) =>
    Promise.resolve(Object.entries(answers).find(([key]) => `${path.posix.basename(file)} ${args.join(' ')}`.startsWith(key))?.[1]),
})

const ATA = '/sys/devices/pci0/ata1/host0/target0/0:0:0:0/block/sda'
const USB = '/sys/devices/pci0/usb2/2-1/host6/block/sdb'
const NVME = '/sys/devices/pci0/nvme/nvme0/nvme0n1'
const SAS = '/sys/devices/pci0/host1/port-1:0/end_device-1:0/target1/block/sdc'
const FILES: Readonly<Record<string, string>> = {
  [`${ATA}/queue/rotational`]: '1',
  [`${ATA}/queue/zoned`]: 'none',
  [`${ATA}/device/model`]: 'ST16000NM001G',
  [`${ATA}/device/state`]: 'running',
  [`${ATA}/size`]: '31251759104',
  [`${USB}/queue/rotational`]: '1',
  [`${USB}/device/model`]: 'Expansion HDD',
  [`${USB}/device/power/control`]: 'auto',
  [`${USB}/device/power/autosuspend_delay_ms`]: '600000',
  [`${USB}/device/state`]: 'offline',
  [`${NVME}/queue/rotational`]: '0',
  [`${SAS}/queue/rotational`]: '1',
  [`${SAS}/queue/zoned`]: 'host-managed',
}
const NODES: Readonly<Record<string, string>> = { '8:0': ATA, '8:16': USB, '259:0': NVME, '8:32': SAS }
const linux: DiskSystem = {
  platform: 'linux',
  mounts: () =>
    parseMountInfo(
      [
        '1 0 8:0 / /mnt/north rw - ext4 /dev/sda rw',
        '2 0 8:16 / /mnt/usb rw - exfat /dev/sdb ro,relatime',
        '3 0 259:0 / /mnt/fast rw - xfs /dev/nvme0n1 rw',
        '4 0 0:60 / /mnt/nas rw - nfs4 nas.lan:/pos rw',
        '5 0 8:32 / /mnt/zoned rw - ext4 /dev/sdc rw',
        '6 0 0:71 / /mnt/mem rw - tmpfs tmpfs rw',
        '7 0 9:0 / /mnt/raid rw - ext4 /dev/md0 rw',
      ].join('\n'),
    ),
  readText: (file) => FILES[file],
  realPath: (link) => {
    const name = link.slice(link.lastIndexOf('/') + 1)
    return name === '9:0'
      ? '/sys/devices/virtual/block/md0'
      : (NODES[name] ?? Object.values(NODES).find((node) => node.endsWith(`/${name}`)))
  },
  list: (folder) => (folder === '/sys/devices/virtual/block/md0/slaves' ? ['sda', 'sdc'] : []),
  resolve: (folder) => folder,
}
const at = (folder: string) => ({ identity: folder, path: folder })

async function only(folders: readonly string[], system = linux, host = hostWith('linux', {})): Promise<DiskFacts> {
  const [disk, more] = await lookAtDisks(folders.map(at), { system, host })
  if (disk === undefined || more !== undefined) throw new Error('not one disk')
  return disk
}

describe('disks on Linux', () => {
  it('are told with media, bus, size and the folders that share them', async () => {
    const space = () => ({ totalBytes: 100, freeBytes: 40 })
    const disks = await lookAtDisks([at('/mnt/north/a'), at('/mnt/fast/c'), at('/mnt/north/b')], {
      system: linux,
      host: hostWith('linux', {}),
      space,
    })
    expect(disks).toMatchObject([
      {
        id: 'disk:sda',
        media: 'hdd',
        bus: 'sata',
        sizeBytes: 31251759104 * 512,
        shingled: 'unknown',
        smart: { is: 'unreadable' },
        volumes: [{ mountPoint: '/mnt/north', fsType: 'ext4', totalBytes: 100, freeBytes: 40 }],
        folders: [{ path: '/mnt/north/a' }, { path: '/mnt/north/b' }],
      },
      { id: 'disk:nvme0n1', media: 'nvme', bus: 'nvme', shingled: 'no' },
    ])
    expect(disks[0]).not.toHaveProperty('sleepsAfterMs')
    expect(disks[0]).not.toHaveProperty('node')
  })
  it('that sleep, hide their shingles, are gone for the kernel or cannot be written, say so', async () => {
    const usb = await only(['/mnt/usb/a'])
    expect(usb).toMatchObject({
      media: 'hdd',
      bus: 'usb',
      shingled: 'maybe',
      sleepsAfterMs: 600_000,
      smart: { is: 'failing' },
      volumes: [{ isReadOnly: true }],
    })
    expect(await only(['/mnt/zoned/a'])).toMatchObject({ shingled: 'yes', bus: 'sas' })
  })
  it('that work as one count as the slowest and the worst of them', async () => {
    expect(await only(['/mnt/raid/a', '/mnt/north/a'])).toMatchObject({ media: 'hdd', bus: 'sata', shingled: 'yes' })
  })
  it('elsewhere or in memory are known as that', async () => {
    expect(await only(['/mnt/nas/a'])).toMatchObject({
      media: 'network',
      bus: 'network',
      smart: { text: expect.stringContaining('another machine') as string },
    })
    expect(await only(['/mnt/mem/a'])).toMatchObject({ media: 'memory' })
  })
  it('tell health and standby where udisks may read them', async () => {
    const host = hostWith('linux', { 'busctl --system': fixture('udisks.json') })
    expect(await only(['/mnt/north/a'], linux, host)).toMatchObject({
      sleepsAfterMs: 1_200_000,
      smart: { is: 'good', text: '3 bad sectors, replaced or waiting; the drive does not expect to fail' },
    })
    expect(await only(['/mnt/fast/a'], linux, host)).toMatchObject({ smart: { is: 'failing' } })
  })
})

describe('udisks', () => {
  it('knows drives by the name of their block device, and nothing from a broken answer', () => {
    expect([...parseUdisks(fixture('udisks.json')).keys()]).toEqual(['sda', 'nvme0n1'])
    for (const text of ['', '{}', '{"data":[null]}', '{"data":7}', 'Failed to connect']) expect(parseUdisks(text).size).toBe(0)
  })
  it('reads ATA’s codes of standby', () => {
    expect([0, 1, 240, 241, 251, 252].map(standbyOf)).toEqual([undefined, 5000, 1_200_000, 1_800_000, 19_800_000, undefined])
  })
  it('says who can read the health when we cannot', () => {
    expect(healthOf(undefined)).toEqual({ is: 'unreadable', text: expect.stringContaining('sudo smartctl -H') as string })
  })
})

describe('disks on macOS', () => {
  const mac: DiskSystem = {
    ...linux,
    platform: 'darwin',
    mounts: () => parseMacMounts('/dev/disk5s1 on /Volumes/West & South (apfs, local, nodev)\n//me@nas/pos on /Volumes/pos (smbfs)'),
  }
  const host = hostWith('darwin', {
    'diskutil info -plist /Volumes/West & South': fixture('diskutil-volume.plist'),
    'diskutil info -plist disk4s2': fixture('diskutil-partition.plist'),
    'diskutil info -plist disk4': fixture('diskutil-disk.plist'),
    'pmset -g': ' standby              1\n disksleep            10\n',
  })
  it('are found through volume, container and partition', async () => {
    expect(await only(['/Volumes/West & South/pos'], mac, host)).toMatchObject({
      media: 'hdd',
      bus: 'usb',
      sizeBytes: 14000519643136,
      shingled: 'maybe',
      sleepsAfterMs: 600_000,
      smart: { is: 'unreadable', text: 'Its box does not pass its health on.' },
    })
  })
  it('elsewhere are asked nothing', async () => {
    expect(await only(['/Volumes/pos/1'], mac, host)).toMatchObject({ media: 'network' })
  })
  it('built in tell their health', () => {
    expect(parseDiskInfo(fixture('diskutil-internal.plist'))).toMatchObject({ media: 'nvme', bus: 'nvme', smart: { is: 'good' } })
  })
  it('stay unknown when diskutil says nothing', () => {
    for (const text of ['', 'Could not find disk: /x', '<plist><dict><key>a</key></dict></plist>', '<plist version="1.0"><array/></plist>'])
      expect(parseDiskInfo(text)).toMatchObject({ media: 'unknown', bus: 'unknown', smart: { is: 'unreadable' } })
    expect(parsePmset('nothing')).toBeUndefined()
  })
})

describe('property lists', () => {
  it('are read with entities, nesting, empty and unknown things', () => {
    const text =
      '<plist version="1.0"><dict><key>a&amp;b</key><array><integer>-7</integer><real>1.5</real><true/><false/><string/><dict/></array><key>t</key><date>2026-01-01T00:00:00Z</date><key>&#x41;</key><string>&lt;x&#66;&gt;</string></dict></plist>'
    expect(parsePlist(text)).toEqual({ 'a&b': [-7, 1.5, true, false, '', {}], t: '2026-01-01T00:00:00Z', A: '<xB>' })
  })
  it('end wherever they are torn', () => {
    const whole = fixture('diskutil-volume.plist')
    const body = whole.slice(0, whole.indexOf('</plist>'))
    for (let length = 0; length < body.length; length += 7) expect(() => parsePlist(`${body.slice(0, length)}</plist>`)).not.toThrow()
    expect(parsePlist(`<plist>${'<array>'.repeat(5000)}</plist>`)).toBeDefined()
  })
})

describe('disks on Windows', () => {
  const windows: DiskSystem = { ...linux, platform: 'win32', mounts: () => [] }
  const host = hostWith('win32', { 'powershell.exe': fixture('windows-storage.json'), 'powercfg.exe': fixture('powercfg.txt') })
  it('are told by letter, with the letters that share them', async () => {
    expect(await only(['d:\\pos\\1'], windows, host)).toMatchObject({
      media: 'hdd',
      bus: 'sata',
      sizeBytes: 4000787030016,
      shingled: 'yes',
      sleepsAfterMs: 1_200_000,
      detail: 'WDC WD40EFAX-68JH4N1, shared with E:',
      smart: { is: 'failing' },
    })
    expect(await only(['c:\\pos'], windows, host)).toMatchObject({
      media: 'nvme',
      smart: { is: 'good' },
      detail: 'Samsung SSD 990 PRO 2TB',
    })
    expect(await only(['f:\\pos'], windows, host)).toMatchObject({ media: 'unknown', bus: 'usb', smart: { is: 'unreadable' } })
  })
  it('stay unknown without PowerShell; shares are known as that', async () => {
    expect(await only(['d:\\pos'], windows, hostWith('win32', {}))).toMatchObject({
      media: 'unknown',
      detail: expect.stringContaining('by drive letter') as string,
    })
    expect(await only(['\\\\nas\\pos\\1'], windows, host)).toMatchObject({ media: 'network' })
  })
  it('come as one row or with a mark of the byte order, and rows that do not fit are left out', () => {
    expect(parseStorage('\uFEFF{"Letter":"d","MediaType":3,"BusType":11}')).toMatchObject([{ letter: 'D', media: 'hdd', bus: 'sata' }])
    expect(parseStorage('[1,null,{"Letter":""},{"Letter":"DD"}]')).toEqual([])
    expect(parseStorage('ConvertTo-Json : …')).toEqual([])
  })
  it('sleep after the time on mains power', () => {
    expect(parsePowercfg(fixture('powercfg.txt'))).toBe(1_200_000)
    expect(parsePowercfg('')).toBeUndefined()
  })
})

describe('shingled drives', () => {
  it('are known by what their makers said', () => {
    expect(shingledByName('WDC WD40EFAX-68JH4N1')).toBe('yes')
    expect(shingledByName('WDC WD40EFRX-68N32N0')).toBe('unknown')
    expect(shingledByName('ST8000DM004-2U9188')).toBe('yes')
    expect(shingledByName('My Passport 2626')).toBe('maybe')
  })
})
