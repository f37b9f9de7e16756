import { describe, expect, it } from 'vitest'
import type { DiskSystem } from '../../../electron/hardware/index.ts'
import { backupPlaces, type PlaceLook, type PlacesInput } from '../../../electron/vault/places.ts'

const GIB = 1024 ** 3
const mount = (mountPoint: string, device: string, more: object = {}) => ({
  mountPoint,
  device,
  fsType: 'ext4',
  source: `/dev/${device}`,
  superOptions: 'rw',
  ...more,
})
const MOUNTS = [
  mount('/', '8:1', { source: '/dev/sda1' }),
  mount('/proc', '0:5', { fsType: 'proc', source: 'proc' }),
  mount('/run', '0:6', { fsType: 'tmpfs', source: 'tmpfs' }),
  mount('/boot/efi', '8:2', { fsType: 'vfat', source: '/dev/sda2' }),
  mount('/mnt/north', '8:17', { source: '/dev/sdb1' }),
  mount('/mnt/bind', '8:17', { source: '/dev/sdb1' }),
  mount('/media/KEYS-1', '8:33', { source: '/dev/sdc1', fsType: 'vfat' }),
  mount('/mnt/nas', '0:50', { fsType: 'nfs4', source: 'nas:/pos' }),
]

const system = (changes: Partial<DiskSystem> = {}): DiskSystem => ({
  platform: 'linux',
  mounts: () => MOUNTS,
  readText: (file) =>
    file.endsWith('/partition') && !/sd[abc]$/.test(file)
      ? /sd[abc]\d\//.test(file)
        ? '1'
        : undefined
      : file.endsWith('sdc/device/model')
        ? 'Stick'
        : undefined,
  realPath(link) {
    const device = /^\/sys\/dev\/block\/8:(\d+)$/.exec(link)?.[1]
    const name = { '1': 'sda/sda1', '2': 'sda/sda2', '17': 'sdb/sdb1', '33': 'sdc/sdc1' }[device ?? '']
    if (name !== undefined) return `/sys/devices/pci/block/${name}`
    if (link === '/dev/disk/by-uuid/ABCD-1234' || link === '/dev/disk/by-label/KEYS\\x20ONE') return '/dev/sdc1'
    return link.startsWith('/dev/sd') ? link : undefined
  },
  list: (folder) => (folder.endsWith('by-uuid') ? ['ABCD-1234'] : folder.endsWith('by-label') ? ['KEYS\\x20ONE'] : []),
  resolve: (folder) => folder,
  ...changes,
})

const input = (changes: Partial<PlacesInput> = {}): PlacesInput => ({
  folders: [],
  withVolumes: true,
  mounts: MOUNTS,
  keyFolders: ['/home/u/node/identities'],
  posFolders: [{ path: '/mnt/north/pos-1', name: 'Amber' }],
  home: '/home/u',
  system: system(),
  ...changes,
})

const free =
  (freeBytes = 12 * GIB, canWrite = true) =>
  async (): Promise<PlaceLook> => ({ is: 'seen', freeBytes, canWrite })
const verdicts = async (
  changes: Partial<PlacesInput>,
  look: (folder: string) => Promise<PlaceLook> = free(),
): Promise<Record<string, string>> =>
  Object.fromEntries((await backupPlaces(input(changes), look)).map(({ folder, verdict }) => [folder, verdict]))

describe('places for a backup', () => {
  it('are the volumes that people keep files on, once each', async () => {
    expect(await verdicts({})).toEqual({
      '/mnt/north': 'shares-pos-data',
      '/media/KEYS-1': 'own-disk',
      '/mnt/nas': 'own-disk',
      '/home/u': 'same-disk-as-keys',
    })
  })

  it('are told by label, disk and free space, and known again by their file system', async () => {
    const stick = (await backupPlaces(input(), free())).find(({ folder }) => folder === '/media/KEYS-1')
    expect(stick).toMatchObject({ label: 'KEYS ONE', volumeId: 'ABCD-1234', freeBytes: 12 * GIB, isWritable: true })
    expect(stick?.detail).toMatch(/SSD, 12\u{2009}?.GiB free/u)
    const north = (await backupPlaces(input(), free())).find(({ folder }) => folder === '/mnt/north')
    expect(north?.sentence).toMatch(/Amber/)
  })

  it('say what is wrong with them', async () => {
    const folders = ['/run/user/1', '/tmp/x', '/home/u/Dropbox/keys', '/media/KEYS-1/sub']
    expect(await verdicts({ withVolumes: false, folders })).toEqual({
      '/run/user/1': 'not-persistent',
      '/tmp/x': 'not-persistent',
      '/home/u/Dropbox/keys': 'synced-in-clear',
      '/media/KEYS-1/sub': 'own-disk',
    })
    const one = { withVolumes: false, folders: ['/media/KEYS-1'] }
    expect(await verdicts(one, free(1000))).toEqual({ '/media/KEYS-1': 'full' })
    expect(await verdicts(one, free(GIB, false))).toEqual({ '/media/KEYS-1': 'read-only' })
    expect(await verdicts(one, async () => ({ is: 'not-answering' }))).toEqual({ '/media/KEYS-1': 'unknown' })
    expect(await verdicts(one, async () => ({ is: 'absent' }))).toEqual({ '/media/KEYS-1': 'unknown' })
  })

  it('know folders that programs carry off, on every platform', async () => {
    const mac = system({ platform: 'darwin', mounts: () => [] })
    const folder = '/Users/u/Library/Mobile Documents/com~apple~CloudDocs/x'
    expect(await verdicts({ withVolumes: false, folders: [folder], mounts: [], system: mac })).toEqual({ [folder]: 'synced-in-clear' })
    const windows = system({ platform: 'win32', mounts: () => [] })
    const where = {
      mounts: [],
      system: windows,
      home: 'C:\\Users\\u',
      keyFolders: ['C:\\node'],
      posFolders: [{ path: 'D:\\pos', name: 'Amber' }],
    }
    const look = async (at: string): Promise<PlaceLook> =>
      /^[CDE]:/.test(at) ? { is: 'seen', freeBytes: GIB, canWrite: true } : { is: 'absent' }
    expect(await verdicts({ ...where, folders: ['C:\\Users\\u\\OneDrive - Firm\\b'] }, look)).toEqual({
      'C:\\Users\\u\\OneDrive - Firm\\b': 'synced-in-clear',
      'C:\\Users\\u': 'same-disk-as-keys',
      'D:\\': 'shares-pos-data',
      'E:\\': 'own-disk',
    })
  })
})
