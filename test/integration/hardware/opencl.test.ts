import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OpenclReport } from '../../../electron/hardware/index.ts'
import { FakeClock } from '../../../electron/lib/fake-clock.ts'
import { anOpenclFacts } from '../../builders/opencl-facts.ts'
import { badOpencl, detectionWith, has, type BadOpencl } from './bad-opencl.ts'

const isLinux = process.platform === 'linux'
const clinfo = isLinux && has('clinfo') ? spawnSync('clinfo', ['--json'], { encoding: 'utf8' }) : undefined
const canAgree = clinfo?.status === 0
if (!canAgree) console.log('skipped: agreement with clinfo needs clinfo and a driver (Debian: clinfo, pocl-opencl-icd)')
const canCompile = isLinux && has('gcc')
if (!canCompile) console.log('skipped: drivers that hang, crash and lie need gcc on Linux')

function seen(report: OpenclReport): Extract<OpenclReport, { is: 'seen' }> {
  if (report.is !== 'seen') throw new Error(report.text)
  return report
}

describe.skipIf(!canAgree)('OpenCL of this machine', () => {
  interface Told {
    readonly platforms: readonly Readonly<Record<string, unknown>>[]
    readonly devices: readonly { readonly online: readonly Readonly<Record<string, unknown>>[] }[]
  }

  it('is told as clinfo tells it', async () => {
    const told = JSON.parse(clinfo?.stdout ?? '') as Told
    const report = seen(await detectionWith({}).look())
    const plain = (text: unknown): string => String(text).replace(/\s+/g, ' ').trim().slice(0, 200)
    expect(report.loader).toMatch(/^\/.*libOpenCL\.so/)
    expect(report.platforms).toEqual(
      told.platforms.map((one) => ({
        name: one['CL_PLATFORM_NAME'],
        vendor: one['CL_PLATFORM_VENDOR'],
        version: plain(one['CL_PLATFORM_VERSION']),
      })),
    )
    expect(
      report.devices.map(({ name, vendor, driver, version, memoryBytes, computeUnits }) => [
        name,
        vendor,
        driver,
        version,
        memoryBytes,
        computeUnits,
      ]),
    ).toEqual(
      told.devices.flatMap(({ online }) =>
        online.map((one) => [
          one['CL_DEVICE_NAME'],
          one['CL_DEVICE_VENDOR'],
          one['CL_DRIVER_VERSION'],
          one['CL_DEVICE_VERSION'],
          one['CL_DEVICE_GLOBAL_MEM_SIZE'],
          one['CL_DEVICE_MAX_COMPUTE_UNITS'],
        ]),
      ),
    )
    expect(report.devices.some((device) => device.isMemoryDoubtful)).toBe(false)
  })

  it('gives pocl’s processor no number of postcli, and says what is missing', async () => {
    const report = seen(
      await detectionWith({ OCL_ICD_VENDORS: '/etc/OpenCL/vendors/pocl.icd' }, undefined, anOpenclFacts({ cards: [] })).look(),
    )
    expect(report.devices).toMatchObject([{ kind: 'cpu', platform: 'Portable Computing Language' }])
    expect(report.devices[0]).not.toHaveProperty('provider')
    expect(report.advice.map(({ key }) => key)).toEqual(['opencl/only-cpu'])
  })

  it('is a loader without drivers when none is registered', async () => {
    const report = seen(await detectionWith({ OCL_ICD_VENDORS: '/nowhere' }, undefined, anOpenclFacts()).look())
    expect(report).toMatchObject({
      platforms: [],
      devices: [],
      advice: [{ key: 'opencl/no-driver', commands: ['sudo apt install mesa-opencl-icd'] }],
    })
  })
})

describe.skipIf(!canCompile)('OpenCL that misbehaves', () => {
  let bad: BadOpencl
  beforeEach(() => (bad = badOpencl()))
  afterEach(() => bad.end())

  const look = async (env: Readonly<Record<string, string>>): Promise<OpenclReport> => detectionWith(env, undefined, anOpenclFacts()).look()
  const keys = ({ advice }: OpenclReport): readonly string[] => advice.map(({ key }) => key)
  const isGone = (pid: number): boolean => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  }

  it.each([
    ['the loader', 'hang', 'An OpenCL driver did not answer within 5\u2009s'],
    ['the second platform', 'hang-second', 'The OpenCL driver “Second [31mplatform” did not answer'],
  ])('hangs in %s: the process is ended at the deadline and it is said', async (_where, does, text) => {
    const clock = new FakeClock()
    const looking = detectionWith(bad.loader(does), clock, anOpenclFacts()).look()
    const pid = await bad.hanging()
    clock.advance(5000)
    const report = await looking
    expect(report).toMatchObject({ is: 'failed', why: 'hung' })
    expect(report.is === 'failed' && report.text).toContain(text)
    expect(keys(report)).toEqual(['opencl/hung'])
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 20_000 })
  })

  it.skipIf(!canAgree)('hangs while the real loader loads it: the one registered is named', async () => {
    const clock = new FakeClock()
    const registered = [{ file: '/etc/OpenCL/vendors/bad.icd', library: 'libbad.so' }]
    const looking = detectionWith(bad.driver('hang-on-load'), clock, anOpenclFacts({ registered })).look()
    await bad.hanging()
    clock.advance(5000)
    expect((await looking).advice[0]?.text).toContain('libbad.so (/etc/OpenCL/vendors/bad.icd)')
  })

  it('is stopped when nobody waits for it any more', async () => {
    const detection = detectionWith(bad.loader('hang'), new FakeClock(), anOpenclFacts())
    const looking = detection.look()
    const pid = await bad.hanging()
    detection.close()
    expect(await looking).toMatchObject({ is: 'failed', why: 'other' })
    await vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 20_000 })
  })

  it.each([
    ['crash', 'it crashed (SIGSEGV)'],
    ['crash-device', 'it crashed (SIGABRT)'],
    ['exit', 'it ended the process (exit code 0)'],
    ['flood', 'it printed without end'],
  ])('fails by %s, which is said', async (does, text) => {
    const report = await look(bad.loader(does))
    expect(report).toMatchObject({ is: 'failed', why: 'crashed' })
    expect(report.is === 'failed' && report.text).toContain(text)
    expect(keys(report)).toEqual(['opencl/crashed'])
  })

  it('lies about counts and lengths and memory: what is kept has bounds', async () => {
    const report = seen(await look(bad.loader('lies')))
    expect(report.platforms).toHaveLength(32)
    expect(report.platforms[0]?.name).toBe('A'.repeat(200))
    expect(report.devices).toHaveLength(128)
    expect(report.devices.every((device) => device.isMemoryDoubtful && device.memoryBytes <= Number.MAX_SAFE_INTEGER)).toBe(true)
    expect(keys(report)).toEqual(['opencl/no-device', 'opencl/memory'])
  })

  it('writes past the end of what it was given: the probe holds', async () => {
    expect(seen(await look(bad.loader('overrun'))).devices).toHaveLength(4)
  })

  it('counts GPUs as postcli does; a processor that calls itself one is told', async () => {
    const report = seen(await look(bad.loader('speak')))
    expect(report.devices.map(({ name, kind, provider }) => [name, kind, provider])).toEqual([
      ['Slow CPU', 'cpu', undefined],
      ['Fast card', 'gpu', 0],
      ['Fast card', 'gpu', 1],
      ['llvmpipe (LLVM 15)', 'cpu', 2],
    ])
    expect(report.devices.map(({ isMemoryDoubtful }) => isMemoryDoubtful)).toEqual([false, false, true, false])
    expect(keys(report)).toEqual(['opencl/cpu-as-gpu', 'opencl/memory'])
  })

  it('has no driver, and the loader says so', async () => {
    expect(keys(await look(bad.loader('none')))).toEqual(['opencl/no-driver'])
  })

  it.skipIf(!canAgree)('is registered and not there: the system’s words are kept', async () => {
    const report = seen(await look(bad.driver('', '/nowhere/libgone.so')))
    expect(report.advice).toMatchObject([{ key: 'opencl/broken-driver', severity: 'warn' }])
    expect(report.advice[0]?.text).toContain('cannot open shared object file')
  })

  it('is asked once when two ask at once', async () => {
    const detection = detectionWith(bad.loader('speak'), undefined, anOpenclFacts())
    const both = await Promise.all([detection.look(), detection.look()])
    expect(both[0]).toBe(both[1])
  })
})
