import { describe, expect, it } from 'vitest'
import { openclFacts, type FactSource } from '../../../../electron/hardware/opencl/facts.ts'

const TEXTS: Readonly<Record<string, string>> = {
  '/sys/bus/pci/devices/0000:00:1f.0/class': '0x060100',
  '/sys/bus/pci/devices/0000:01:00.0/class': '0x030000',
  '/sys/bus/pci/devices/0000:01:00.0/vendor': '0x10de',
  '/sys/bus/pci/devices/0000:05:00.0/class': '0x030200',
  '/sys/bus/pci/devices/0000:05:00.0/vendor': '0x1002',
  '/sys/bus/pci/devices/0000:07:00.0/class': '0x030000',
  '/etc/os-release': 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n',
  '/etc/group': 'root:x:0:\nvideo:x:44:\nrender:x:105:anna,ben\n',
}
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  '/sys/bus/pci/devices': ['0000:00:1f.0', '0000:01:00.0', '0000:05:00.0', '0000:07:00.0'],
  '/dev': ['kfd', 'null', 'nvidia0', 'nvidiactl', 'nvidia-uvm'],
  '/dev/dri': ['by-path', 'card0', 'renderD128'],
}

const aSource = (more: Partial<FactSource> = {}): FactSource => ({
  platform: 'linux',
  env: {},
  memoryBytes: 16 * 2 ** 30,
  userName: 'anna',
  readText: (file) => TEXTS[file],
  realPath: (link) => (link.includes('0000:05') ? '/sys/bus/pci/drivers/amdgpu' : undefined),
  list: (folder) => FOLDERS[folder] ?? [],
  mayOpen: () => true,
  groupIdOf: () => 105,
  registered: () => [],
  ...more,
})

describe('what Linux tells beside the drivers', () => {
  it('are cards by PCI, their kernel driver, and device files', () => {
    const facts = openclFacts(aSource())
    expect(facts.cards).toEqual([{ vendor: 'nvidia' }, { vendor: 'amd', kernelDriver: 'amdgpu' }, { vendor: 'other' }])
    expect(facts.deviceFiles).toEqual(['/dev/dri/renderD128', '/dev/kfd', '/dev/nvidia0', '/dev/nvidiactl'])
    expect(facts).toMatchObject({ distribution: 'ubuntu', closed: [], isContainer: false, isRemoteDesktop: false })
  })

  it('are closed files with their group, and whether the user is in it by now', () => {
    const mayOpen = (file: string): boolean => file !== '/dev/kfd'
    expect(openclFacts(aSource({ mayOpen })).closed).toEqual([{ path: '/dev/kfd', group: 'render', isMember: true }])
    expect(openclFacts(aSource({ mayOpen, userName: 'carl' })).closed).toEqual([{ path: '/dev/kfd', group: 'render', isMember: false }])
    expect(openclFacts(aSource({ mayOpen, groupIdOf: () => undefined })).closed).toEqual([{ path: '/dev/kfd', isMember: false }])
  })

  it.each([
    ['ID=debian', 'debian'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'suse'],
    ['ID=rocky\nID_LIKE="rhel centos fedora"', 'fedora'],
    ['ID=manjaro\nID_LIKE=arch', 'arch'],
    ['ID=ubuntu\nID_LIKE=debian', 'ubuntu'],
    ['', 'other'],
  ])('is a distribution: %j', (text, distribution) => {
    const readText = (file: string): string | undefined => (file === '/etc/os-release' ? text : undefined)
    expect(openclFacts(aSource({ readText })).distribution).toBe(distribution)
  })

  it('is a container by its mark', () => {
    const marked = (name: string) => openclFacts(aSource({ readText: (file) => (file === name ? '' : undefined) })).isContainer
    expect([marked('/.dockerenv'), marked('/run/.containerenv'), marked('/nothing')]).toEqual([true, true, false])
    expect(openclFacts(aSource({ env: { container: 'lxc' } })).isContainer).toBe(true)
  })
})

describe('what other systems tell', () => {
  it('is whether Windows shows itself from afar', () => {
    const from = (SESSIONNAME: string) => openclFacts(aSource({ platform: 'win32', env: { SESSIONNAME } })).isRemoteDesktop
    expect([from('RDP-Tcp#12'), from('Console')]).toEqual([true, false])
  })

  it('reads no file of Linux', () => {
    expect(openclFacts(aSource({ platform: 'darwin' }))).toMatchObject({ cards: [], deviceFiles: [], closed: [], distribution: 'other' })
  })
})
