import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../electron/hardware/opencl/doctor.ts'
import type { OpenclFacts } from '../../../../electron/hardware/opencl/facts.ts'
import type { RawDevice } from '../../../../electron/hardware/opencl/protocol.ts'
import type { ProbeRun } from '../../../../electron/hardware/opencl/run-probe.ts'
import type { Advice } from '../../../../shared/domain/machine.ts'
import { anOpenclFacts } from '../../../builders/opencl-facts.ts'

const CARD: RawDevice = {
  platform: 'NVIDIA CUDA',
  name: 'GeForce RTX 4070',
  vendor: 'NVIDIA Corporation',
  driver: '570.86',
  version: 'OpenCL 3.0 CUDA',
  type: 4,
  computeUnits: 46,
  memoryBytes: 12 * 2 ** 30,
  maxBufferBytes: 3 * 2 ** 30,
  isMemoryShared: false,
  isAvailable: true,
  gpuIndex: 0,
}
const { gpuIndex: _none, ...UNLISTED } = CARD
const PROCESSOR: RawDevice = {
  ...UNLISTED,
  platform: 'Portable Computing Language',
  name: 'pthread-haswell',
  type: 2,
  isMemoryShared: true,
}
const POCL = { name: 'Portable Computing Language', vendor: 'The pocl project', version: 'OpenCL 3.0' }
const CUDA = { name: 'NVIDIA CUDA', vendor: 'NVIDIA Corporation', version: 'OpenCL 3.0' }

const aRun = (more: Partial<ProbeRun> = {}): ProbeRun => ({
  end: { is: 'done' },
  tookMs: 90,
  loader: '/usr/lib/libOpenCL.so.1',
  status: 0,
  platforms: [],
  devices: [],
  isListed: true,
  drivers: [],
  ...more,
})
const onlyCpu = aRun({ platforms: [POCL], devices: [PROCESSOR] })
const withoutLoader = (said: string): ProbeRun => {
  const { loader: _gone, ...run } = aRun({ noLoader: said })
  return run
}
const advise = (run: ProbeRun, facts: Partial<OpenclFacts> = {}): readonly Advice[] => diagnose(run, anOpenclFacts(facts))
const first = (run: ProbeRun, facts: Partial<OpenclFacts> = {}): Advice | undefined => advise(run, facts)[0]

describe('the doctor of OpenCL', () => {
  it('has nothing to say where a graphics card answers', () => {
    expect(advise(aRun({ platforms: [CUDA], devices: [CARD] }))).toEqual([])
  })

  it.each([
    ['debian', 'sudo apt install ocl-icd-libopencl1'],
    ['ubuntu', 'sudo apt install ocl-icd-libopencl1'],
    ['fedora', "sudo dnf install 'libOpenCL.so.1()(64bit)'"],
    ['arch', 'sudo pacman -S ocl-icd'],
    ['suse', "sudo zypper install 'libOpenCL.so.1()(64bit)'"],
  ] as const)('misses the loader on %s', (distribution, command) => {
    const run = withoutLoader('libOpenCL.so.1: cannot open shared object file: No such file or directory')
    expect(first(run, { distribution })).toMatchObject({ key: 'opencl/no-loader', severity: 'bad', commands: [command] })
  })

  it('tells a loader that is broken from one that is absent', () => {
    expect(first(withoutLoader('libOpenCL.so.1: invalid ELF header'))).toMatchObject({ key: 'opencl/broken-loader' })
    expect(first(withoutLoader('libOpenCL.so.1: invalid ELF header'))?.text).toContain('invalid ELF header')
  })

  it.each(['win32', 'darwin'] as const)('misses the loader on %s, and offers no command of Linux', (platform) => {
    const advice = first(withoutLoader(''), { platform, cards: [], deviceFiles: [], distribution: 'other' })
    expect(advice).toMatchObject({ key: 'opencl/no-loader', severity: 'warn' })
    expect(advice).not.toHaveProperty('commands')
  })

  it('finds a loader without drivers and names the package for each card', () => {
    const cards = [
      { vendor: 'nvidia' as const, kernelDriver: 'nouveau' },
      { vendor: 'intel' as const, kernelDriver: 'i915' },
    ]
    const advice = first(aRun({ status: -1001 }), { cards, distribution: 'arch' })
    expect(advice).toMatchObject({
      key: 'opencl/no-driver',
      commands: ['sudo pacman -S opencl-nvidia', 'sudo pacman -S intel-compute-runtime'],
    })
    expect(advice?.text).toContain('nouveau')
    expect(advice?.text).toContain('NVIDIA and Intel')
  })

  it('finds closed device files: the group to join, once', () => {
    const closed = [
      { path: '/dev/dri/renderD128', group: 'render', isMember: false },
      { path: '/dev/kfd', group: 'render', isMember: false },
    ]
    const facts = { closed, deviceFiles: ['/dev/dri/renderD128', '/dev/kfd'] }
    expect(first(onlyCpu, facts)).toMatchObject({
      key: 'opencl/no-permission',
      severity: 'warn',
      commands: ['sudo usermod -aG render "$USER"'],
    })
    expect(first(onlyCpu, facts)?.title).toBe('You may not open /dev/dri/renderD128 and /dev/kfd.')
  })

  it('asks a member of the group to log in again, and gives no command', () => {
    const advice = first(onlyCpu, { closed: [{ path: '/dev/kfd', group: 'render', isMember: true }], deviceFiles: ['/dev/kfd'] })
    expect(advice?.text).toContain('Log out and in again')
    expect(advice).not.toHaveProperty('commands')
  })

  it('never asks anyone to join root', () => {
    const advice = first(onlyCpu, { closed: [{ path: '/dev/nvidia0', group: 'root', isMember: false }], deviceFiles: ['/dev/nvidia0'] })
    expect(advice?.text).toContain('udev')
    expect(advice).not.toHaveProperty('commands')
  })

  it('mentions a second card that is closed only by the way', () => {
    const run = aRun({ platforms: [CUDA], devices: [CARD] })
    const facts = { closed: [{ path: '/dev/kfd', group: 'render', isMember: false }], deviceFiles: ['/dev/kfd', '/dev/nvidia0'] }
    expect(first(run, facts)).toMatchObject({ key: 'opencl/no-permission', severity: 'info' })
  })

  it('names a registered driver that does not load, beside one that works', () => {
    const broken = {
      file: '/etc/OpenCL/vendors/amd.icd',
      library: 'libamdocl64.so',
      problem: 'libamdocl64.so: cannot open shared object file',
    }
    const facts = { registered: [broken, { file: '/etc/OpenCL/vendors/nvidia.icd', library: 'libnvidia-opencl.so.1' }] }
    expect(advise(aRun({ platforms: [CUDA], devices: [CARD], drivers: [broken] }), facts)).toMatchObject([
      { key: 'opencl/broken-driver', severity: 'info', about: broken.file },
    ])
    expect(advise(aRun({ status: -1001, drivers: [broken] }), { registered: [broken] })).toMatchObject([
      { key: 'opencl/broken-driver', severity: 'warn' },
    ])
  })

  it('sees only the processor: no card here, a card without a driver, a card without a device file', () => {
    expect(first(onlyCpu, { cards: [], deviceFiles: [] })).toMatchObject({ key: 'opencl/only-cpu', severity: 'info' })
    expect(first(onlyCpu, { cards: [{ vendor: 'other' }] })).toMatchObject({ key: 'opencl/only-cpu', severity: 'info' })
    expect(first(onlyCpu)).toMatchObject({ key: 'opencl/only-cpu', severity: 'warn', commands: ['sudo apt install mesa-opencl-icd'] })
    expect(first(onlyCpu, { deviceFiles: [] })).toMatchObject({ key: 'opencl/no-device-file' })
    expect(first(onlyCpu, { deviceFiles: [], isContainer: true })?.text).toContain('This is a container')
  })

  it('knows that Windows hides cards from a remote desktop', () => {
    const windows = { platform: 'win32' as const, distribution: 'other' as const, cards: [], deviceFiles: [] }
    expect(first(onlyCpu, { ...windows, isRemoteDesktop: true })).toMatchObject({ key: 'opencl/remote-desktop' })
    expect(first(onlyCpu, windows)).toMatchObject({ key: 'opencl/only-cpu' })
    expect(advise(aRun({ platforms: [CUDA], devices: [CARD] }), { ...windows, isRemoteDesktop: true })).toEqual([])
  })

  it('tells memory that cannot be, and a processor in disguise', () => {
    const lying = [0, 2 ** 60, Number.NaN, -5].map((memoryBytes) => ({ ...CARD, memoryBytes }))
    for (const device of lying) expect(advise(aRun({ devices: [device] })).map(({ key }) => key)).toEqual(['opencl/memory'])
    const disguised = { ...PROCESSOR, type: 4, gpuIndex: 1 }
    expect(advise(aRun({ devices: [CARD, disguised] })).map(({ key }) => key)).toEqual(['opencl/cpu-as-gpu'])
  })

  it('has an answer for a hang and a crash on every platform', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const hung = first(aRun({ end: { is: 'hung' }, isListed: false }), { platform })
      expect(hung).toMatchObject({ key: 'opencl/hung', action: 'look-again' })
      const crashed = first(aRun({ end: { is: 'crashed', text: 'it crashed (SIGSEGV)' }, isListed: false, platforms: [CUDA] }), {
        platform,
      })
      expect(crashed?.title).toBe('The OpenCL driver “NVIDIA CUDA” fails when it is asked: it crashed (SIGSEGV).')
    }
  })

  it('keeps what was listed when the end comes later', () => {
    expect(advise(aRun({ end: { is: 'hung' }, platforms: [CUDA], devices: [CARD] }))).toEqual([])
  })
})
