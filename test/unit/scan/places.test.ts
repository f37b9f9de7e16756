import { describe, expect, it } from 'vitest'
import { parseMacMounts, parseMountInfo } from '../../../electron/hardware/index.ts'
import { defaultPlaces, planScan, type ScanMachine } from '../../../electron/scan/places.ts'
import type { ScanRequest } from '../../../electron/scan/request.ts'
import { volumesOf } from '../../../electron/scan/volumes.ts'

const request = (parts: Partial<ScanRequest> = {}): ScanRequest => ({
  home: '/home/me/.local/share/smeshkeeper',
  quarantine: '/home/me/.local/share/smeshkeeper/quarantine',
  homedir: '/home/me',
  platform: 'linux',
  ...parts,
})
const machine = (parts: Partial<ScanMachine> = {}): ScanMachine => ({
  platform: 'linux',
  mounts: [],
  env: {},
  resolve: (folder) => folder,
  ...parts,
})

const LINUX = parseMountInfo(`22 28 0:21 / /proc rw shared:1 - proc proc rw
23 28 0:22 / /sys rw - sysfs sysfs rw
25 28 0:5 / /dev rw - devtmpfs udev rw
26 25 0:24 / /dev/shm rw - tmpfs tmpfs rw
27 28 0:25 / /run rw - tmpfs tmpfs rw
28 1 8:2 / / rw - ext4 /dev/sda2 rw
40 28 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
41 28 8:17 / /mnt/north rw - ext4 /dev/sdb1 rw
42 27 8:33 / /run/media/me/West\\040disk rw - exfat /dev/sdc1 rw
43 28 0:50 / /mnt/nas rw - nfs4 nas:/pos rw
44 28 8:17 /post /srv/post rw - ext4 /dev/sdb1 rw
45 28 0:60 / /tmp rw - tmpfs tmpfs rw
46 27 0:61 / /run/user/1000 rw - tmpfs tmpfs rw
47 28 0:62 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
48 46 0:63 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
49 28 0:64 /@data /data rw - btrfs /dev/sdd1 rw
50 28 0:64 /@home /home rw - btrfs /dev/sdd1 rw
51 28 8:17 / /mnt/again rw - ext4 /dev/sdb1 rw
52 28 0:65 / /misc rw - autofs auto rw
`)

describe('volumes', () => {
  it('are the real ones, each once, network shares last', () => {
    expect(volumesOf(LINUX, 'linux').map((one) => one.mountPoint)).toEqual([
      '/',
      '/mnt/north',
      '/run/media/me/West disk',
      '/tmp',
      '/data',
      '/home',
      '/mnt/nas',
    ])
  })

  it('of a container begin with its overlay', () => {
    const mounts = parseMountInfo('1 0 0:40 / / rw - overlay overlay rw\n2 1 8:1 /srv/pos /pos rw - ext4 /dev/sda1 rw\n')
    expect(volumesOf(mounts, 'linux').map((one) => one.mountPoint)).toEqual(['/', '/pos'])
  })

  it('hidden by a later mount on the same point are not told', () => {
    const mounts = parseMountInfo('1 0 8:1 / /mnt/x rw - ext4 /dev/sda1 rw\n2 1 8:2 / /mnt/x rw - autofs auto rw\n')
    expect(volumesOf(mounts, 'linux')).toEqual([])
  })

  it('of macOS leave out the parts that are seen through the root', () => {
    const mounts = parseMacMounts(
      '/dev/disk3s1s1 on / (apfs, sealed, local)\ndevfs on /dev (devfs, local)\n/dev/disk3s5 on /System/Volumes/Data (apfs, local)\n' +
        '/dev/disk5s1 on /Volumes/West (exfat, local)\n//me@nas/pos on /Volumes/pos (smbfs, nodev)\n',
    )
    expect(volumesOf(mounts, 'darwin').map((one) => one.mountPoint)).toEqual(['/', '/Volumes/West', '/Volumes/pos'])
  })
})

describe('the plan of a scan', () => {
  it('begins with what the user named, then running programs, default places, home and volumes', () => {
    const plan = planScan(request({ roots: ['/mnt/north/old'] }), machine({ mounts: LINUX }), ['/srv/node', 'relative'])
    expect(plan.roots.map((root) => root.path)).toEqual([
      '/mnt/north/old',
      '/srv/node',
      '/home/me/spacemesh',
      '/home/me/post',
      '/home/me/.config/Spacemesh',
      '/home/me',
      '/',
      '/mnt/north',
      '/run/media/me/West disk',
      '/tmp',
      '/data',
      '/home',
      '/mnt/nas',
    ])
    expect(plan.roots[0]).toMatchObject({ is: 'folder', volume: '/mnt/north', label: 'north' })
    expect(plan.roots[1]).toMatchObject({ is: 'maybe', volume: '/', label: 'System disk' })
  })

  it('crosses no mount and no other root, and stays out of its own practice network', () => {
    const { stops } = planScan(request(), machine({ mounts: LINUX }))
    expect(stops).toEqual(
      expect.arrayContaining(['/proc', '/misc', '/srv/post', '/mnt/nas', '/home/me', '/home/me/.local/share/smeshkeeper/practice']),
    )
    expect(stops).not.toContain('/home/me/.local/share/smeshkeeper/quarantine')
  })

  it('does not look at a practice network that is running, unless it is the set-up', () => {
    const folder = '/home/me/.local/share/smeshkeeper/practice/network-1/node'
    expect(planScan(request(), machine(), [folder]).roots.map((root) => root.path)).not.toContain(folder)
    const own = request({ nodes: [{ dataFolder: folder, label: 'Smeshkeeper' }] })
    expect(planScan(own, machine(), [folder]).roots.map((root) => root.path)).toContain(folder)
  })

  it('names no root twice', () => {
    const { roots } = planScan(
      request({ roots: ['/mnt/north', '/mnt/north/'], nodes: [{ dataFolder: '/home/me/spacemesh', label: 'x' }] }),
      machine({ mounts: LINUX }),
    )
    const paths = roots.map((root) => root.path)
    expect(new Set(paths).size).toBe(paths.length)
    expect(paths[0]).toBe('/mnt/north')
  })

  it('looks at the folders of the set-up wherever they lie', () => {
    const { roots } = planScan(request({ posFolders: { ['ab'.repeat(32)]: '/far/away/post' } }), machine())
    expect(roots).toContainEqual({ path: '/far/away/post', is: 'maybe', volume: '/far/away/post', label: 'post' })
  })

  it('tries every drive letter of Windows', () => {
    const { roots } = planScan(
      request({ homedir: String.raw`C:\Users\me`, platform: 'win32' }),
      machine({ platform: 'win32', env: { APPDATA: String.raw`C:\Users\me\AppData\Roaming` } }),
    )
    expect(roots).toContainEqual({ path: 'D:\\', volume: 'D:\\', label: 'D:\\', is: 'maybe' })
    expect(roots[2]).toMatchObject({ path: String.raw`C:\Users\me\AppData\Roaming\Spacemesh`, volume: 'C:\\' })
  })

  it.each([
    ['linux', {}, '/home/me/.config/Spacemesh'],
    ['linux', { XDG_CONFIG_HOME: '/cfg' }, '/cfg/Spacemesh'],
    ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/me/.config/Spacemesh'],
    ['darwin', {}, '/home/me/Library/Application Support/Spacemesh'],
  ] as const)('knows the default places of %s with %j', (platform, env, smapp) => {
    expect(defaultPlaces('/home/me', { platform, env })).toEqual(['/home/me/spacemesh', '/home/me/post', smapp])
  })
})
