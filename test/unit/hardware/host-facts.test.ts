import { describe, expect, it } from 'vitest'
import { readCpu } from '../../../electron/hardware/cpu.ts'
import { hostSystem, type HostSystem } from '../../../electron/hardware/host.ts'
import { readMemory } from '../../../electron/hardware/memory.ts'
import { readTimeService, readTraffic } from '../../../electron/hardware/network.ts'

/** A system that tells what a test says; the outputs are written from the manuals of the tools, not recorded. */
const system = (
  platform: NodeJS.Platform,
  files: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>> = {},
): HostSystem => ({
  platform,
  exists: (file) => file in files,
  readText: (file) => files[file],
  list: () => [],
  run: (file, args) => Promise.resolve(outputs[[file, ...args].join(' ')]),
})

const four = Array.from({ length: 4 }, () => ({ model: ' Some Processor ' }))
const processor = (core: number, flags: string): string =>
  `processor\t: ${core}\nmodel name\t: Real Name\nphysical id\t: 0\ncore id\t\t: ${core >> 1}\nflags\t\t: fpu ${flags}\n`

describe('the processor', () => {
  it('has as many cores as pairs of package and core, and what its flags say', async () => {
    const text = [0, 1, 2, 3].map((core) => processor(core, 'aes avx avx2')).join('\n')
    expect(await readCpu(system('linux', { '/proc/cpuinfo': text }), four)).toEqual({
      model: 'Real Name',
      cores: 2,
      threads: 4,
      hasAes: true,
      hasAvx2: true,
    })
  })
  it('lacks what its flags do not name as a whole word', async () => {
    const cpu = await readCpu(system('linux', { '/proc/cpuinfo': processor(0, 'vaes avx') }), four)
    expect([cpu.hasAes, cpu.hasAvx2]).toEqual([false, false])
  })
  it('of another kind tells its features by another name', async () => {
    const cpu = await readCpu(system('linux', { '/proc/cpuinfo': 'processor\t: 0\nFeatures\t: fp asimd aes crc32\n' }), four)
    expect(cpu).toEqual({ model: 'Some Processor', cores: 4, threads: 4, hasAes: true, hasAvx2: false })
  })
  it('is asked by name on a Mac', async () => {
    const sysctl = '/usr/sbin/sysctl'
    const intel = system(
      'darwin',
      {},
      {
        [`${sysctl} hw.physicalcpu`]: 'hw.physicalcpu: 2\n',
        [`${sysctl} machdep.cpu.features`]: 'machdep.cpu.features: FPU SSE AES AVX1.0\n',
        [`${sysctl} machdep.cpu.leaf7_features`]: 'machdep.cpu.leaf7_features: BMI1 AVX2\n',
      },
    )
    expect(await readCpu(intel, four)).toMatchObject({ cores: 2, hasAes: true, hasAvx2: true })
    const apple = system('darwin', {}, { [`${sysctl} hw.optional.arm.FEAT_AES`]: 'hw.optional.arm.FEAT_AES: 1\n' })
    expect(await readCpu(apple, four)).toMatchObject({ cores: 4, hasAes: true, hasAvx2: false })
  })
  it('of Windows tells cores and says nothing of AES', async () => {
    const cim = 'powershell.exe -NoProfile -Command (Get-CimInstance Win32_Processor | Measure-Object NumberOfCores -Sum).Sum'
    expect(await readCpu(system('win32', {}, { [cim]: '2\r\n' }), four)).toMatchObject({ cores: 2, threads: 4, hasAes: undefined })
  })
  it('of this machine has cores', async () => {
    const cpu = await readCpu(hostSystem())
    expect(cpu.cores).toBeGreaterThan(0)
    expect(cpu.cores).toBeLessThanOrEqual(cpu.threads)
  })
})

describe('memory', () => {
  const meminfo = 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n'
  const basic = { totalBytes: 1_024_000, availableBytes: 1 }
  it('that can be had is what the system says, not what is free', async () => {
    expect(await readMemory(system('linux', { '/proc/meminfo': meminfo }), basic)).toEqual({
      totalBytes: 1_024_000,
      availableBytes: 614_400,
    })
  })
  it('ends at the limit of a container', async () => {
    const files = { '/proc/meminfo': meminfo, '/sys/fs/cgroup/memory.max': '500000\n', '/sys/fs/cgroup/memory.current': '450000\n' }
    expect(await readMemory(system('linux', files), basic)).toEqual({ totalBytes: 500_000, availableBytes: 50_000 })
    const none = { ...files, '/sys/fs/cgroup/memory.max': 'max\n' }
    expect((await readMemory(system('linux', none), basic)).totalBytes).toBe(1_024_000)
  })
  it('of a Mac counts what is taken back at once', async () => {
    const told =
      'Mach Virtual Memory Statistics: (page size of 16384 bytes)\nPages free:           10.\nPages active:         99.\nPages inactive:       20.\nPages speculative:     5.\n'
    expect(await readMemory(system('darwin', {}), basic)).toEqual(basic)
    const mac: HostSystem = { ...system('darwin', {}), run: () => Promise.resolve(told) }
    expect((await readMemory(mac, { totalBytes: 2 ** 30, availableBytes: 1 })).availableBytes).toBe(35 * 16_384)
  })
})

describe('the network', () => {
  it('carries what real cards carry', () => {
    const text =
      'Inter-|   Receive |  Transmit\n face |bytes packets\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0\ndocker0: 50 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n'
    expect(readTraffic(system('linux', { '/proc/net/dev': text }))).toEqual({ received: 100, sent: 20 })
    expect(readTraffic(system('darwin', {}))).toBeUndefined()
  })
  it('service that keeps the time is asked of the system', async () => {
    const ask = 'timedatectl show --property=NTPSynchronized --value'
    expect(await readTimeService(system('linux', {}, { [ask]: 'no\n' }))).toBe('no')
    expect(await readTimeService(system('linux', {}))).toBe('unknown')
    expect(await readTimeService(system('win32', {}, { 'sc.exe query w32time': 'STATE : 4 RUNNING' }))).toBe('yes')
  })
})
