import { assertNever } from '../../../shared/domain/fault.ts'
import type { Advice, OpenClDevice, OpenClState } from '../../../shared/domain/machine.ts'
import { duration } from '../../../shared/domain/words.ts'
import type { RawDevice } from './protocol.ts'
import type { ProbeRun } from './run-probe.ts'

const [TYPE_CPU, TYPE_GPU, TYPE_ACCELERATOR] = [2, 4, 8] as const
/** More than any graphics card has by far. */
const MOST_GPU_BYTES = 4 * 2 ** 40
/** A GPU that shares the computer's memory may tell a little more than the system counts. */
const SHARED_SLACK = 1.1

/** Programs that draw and count on the processor and may call themselves a GPU. */
const SOFTWARE = /llvmpipe|softpipe|swiftshader|basic render|^pthread-|^basic-/i

function kindOf({ type, name }: RawDevice): OpenClDevice['kind'] {
  if (SOFTWARE.test(name)) return 'cpu'
  if (hasBit(type, TYPE_GPU)) return 'gpu'
  if (hasBit(type, TYPE_CPU)) return 'cpu'
  return hasBit(type, TYPE_ACCELERATOR) ? 'accelerator' : 'other'
}

const hasBit = (type: number, bit: number): boolean => Math.floor(type / bit) % 2 === 1

function isMemoryDoubtful(device: RawDevice, systemBytes: number): boolean {
  const { memoryBytes, maxBufferBytes } = device
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes <= 0 || maxBufferBytes > memoryBytes) return true
  if (kindOf(device) === 'gpu' && !device.isMemoryShared) return memoryBytes > MOST_GPU_BYTES
  return systemBytes > 0 && memoryBytes > systemBytes * SHARED_SLACK
}

/** What a driver told, as far as it can be true. */
export function deviceOf(raw: RawDevice, systemBytes: number): OpenClDevice {
  const { platform, name, vendor, driver, version, computeUnits, memoryBytes, gpuIndex } = raw
  return {
    platform,
    name: name === '' ? 'Unnamed device' : name,
    vendor,
    kind: kindOf(raw),
    memoryBytes: Math.min(memoryBytes, Number.MAX_SAFE_INTEGER),
    isMemoryDoubtful: isMemoryDoubtful(raw, systemBytes),
    computeUnits,
    driver,
    version,
    ...(gpuIndex === undefined ? {} : { provider: gpuIndex }),
  }
}

/** A processor that its driver calls a GPU: postcli counts it among them. */
export const isDisguised = (device: OpenClDevice): boolean => device.kind === 'cpu' && device.provider !== undefined

export interface StateFacts {
  readonly at: number
  /** Memory of the computer. */
  readonly memoryBytes: number
  readonly advice: readonly Advice[]
}

/** What the page shows of one run of the probe. */
export function stateOf(run: ProbeRun, { at, memoryBytes, advice }: StateFacts): Extract<OpenClState, { is: 'seen' | 'failed' }> {
  const { end } = run
  if (end.is === 'done' || run.isListed) {
    const devices = run.devices.map((device) => deviceOf(device, memoryBytes))
    return { is: 'seen', at, tookMs: Math.round(run.tookMs), loader: run.loader, platforms: run.platforms, devices, advice }
  }
  const where = placeOf(run)
  switch (end.is) {
    case 'hung':
      return {
        is: 'failed',
        at,
        why: 'hung',
        text: `${where} did not answer within ${duration(run.tookMs)}. Its process was ended; nothing else was touched.`,
        advice,
      }
    case 'crashed':
      return { is: 'failed', at, why: 'crashed', text: `${where} failed: ${end.text}. Only its own process ended.`, advice }
    case 'problem':
      return { is: 'failed', at, why: 'other', text: `OpenCL could not be asked: ${end.text}`, advice }
    case 'stopped':
      return { is: 'failed', at, why: 'other', text: 'The look at OpenCL was stopped.', advice }
    default:
      return assertNever(end.is)
  }
}

/** Who was asked last. */
export function placeOf({ loader, platforms, status, noLoader }: ProbeRun): string {
  const platform = platforms.at(-1)
  if (platform !== undefined) return `The OpenCL driver “${platform.name}”`
  if (loader === undefined && noLoader === undefined) return 'The OpenCL loader'
  return status === undefined ? 'An OpenCL driver' : 'The OpenCL loader'
}
