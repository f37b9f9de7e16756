import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { textOf as saidBy } from '../../../shared/domain/fault.ts'
import type { ProbeLine, RawDevice } from './protocol.ts'

type Koffi = typeof import('koffi')

/** Handles are addresses; every system that we run on has 64 bits. */
type Handle = bigint
type Query = (handle: Handle, what: number, size: number, value: Buffer, told: Buffer | null) => number

interface OpenCl {
  readonly platformIds: (count: number, ids: Buffer | null, told: Buffer | null) => number
  readonly platformInfo: Query
  readonly deviceIds: (platform: Handle, type: bigint, count: number, ids: Buffer | null, told: Buffer | null) => number
  readonly deviceInfo: Query
}

/** More than any machine has: a driver that tells more is lying. */
const MOST_PLATFORMS = 32
const MOST_DEVICES = 128
/** Numbers and names; a longer name is no name. Twice the room is there, for a driver that writes past the end. */
const MOST_BYTES = 8192
const MOST_CHARACTERS = 200

/** @source Khronos OpenCL headers, CL/cl.h */
const CL = { version: 0x0901, name: 0x0902, vendor: 0x0903 } as const
const DEVICE = {
  type: 0x1000,
  computeUnits: 0x1002,
  maxBuffer: 0x1010,
  memory: 0x101f,
  isAvailable: 0x1027,
  name: 0x102b,
  vendor: 0x102c,
  driver: 0x102d,
  version: 0x102f,
  isMemoryShared: 0x1035,
} as const
const TYPE_GPU = 4n
const TYPE_ALL = 0xffffffffn

const loaderNames = (platform: NodeJS.Platform): readonly string[] => {
  if (platform === 'win32') return [`${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\OpenCL.dll`, 'OpenCL.dll']
  return platform === 'darwin' ? ['/System/Library/Frameworks/OpenCL.framework/OpenCL'] : ['libOpenCL.so.1', 'libOpenCL.so']
}

function load(koffi: Koffi): { readonly file: string; readonly cl: OpenCl } | { readonly problem: string } {
  let problem = ''
  for (const file of loaderNames(process.platform)) {
    try {
      const library = koffi.load(file)
      const query = (name: string) => library.func(`int ${name}(uintptr_t handle, uint32_t what, size_t size, void *value, void *told)`)
      const cl = {
        platformIds: library.func('int clGetPlatformIDs(uint32_t count, void *ids, void *told)'),
        platformInfo: query('clGetPlatformInfo'),
        deviceIds: library.func('int clGetDeviceIDs(uintptr_t platform, uint64_t type, uint32_t count, void *ids, void *told)'),
        deviceInfo: query('clGetDeviceInfo'),
      }
      return { file, cl: cl as unknown as OpenCl }
    } catch (cause: unknown) {
      problem ||= saidBy(cause)
    }
  }
  return { problem }
}

/** Its full path, where the system tells it: two loaders on one machine are not rare. */
function fullPathOf(file: string): string {
  if (process.platform !== 'linux') return file
  const mapped = readFileSync('/proc/self/maps', 'utf8')
  return /\s(\/\S*\/libOpenCL\.so\S*)$/m.exec(mapped)?.[1] ?? file
}

/** The bytes of an answer, or none: never more than there is room for, whatever the driver says that it wrote. */
function bytesOf(query: Query, handle: Handle, what: number): Buffer {
  const value = Buffer.alloc(2 * MOST_BYTES)
  const told = Buffer.alloc(8)
  if (query(handle, what, MOST_BYTES, value, told) !== 0) return value.subarray(0, 0)
  return value.subarray(0, Math.min(Number(told.readBigUInt64LE()), MOST_BYTES))
}

function textOf(query: Query, handle: Handle, what: number): string {
  const bytes = bytesOf(query, handle, what)
  const end = bytes.indexOf(0)
  return bytes
    .subarray(0, end < 0 ? bytes.length : end)
    .toString('utf8')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_CHARACTERS)
}

function numberOf(query: Query, handle: Handle, what: number): number {
  const bytes = bytesOf(query, handle, what)
  if (bytes.length >= 8) return Number(bytes.readBigUInt64LE())
  return bytes.length >= 4 ? bytes.readUInt32LE() : 0
}

const handlesIn = (ids: Buffer, count: number): readonly Handle[] =>
  Array.from({ length: count }, (_, i) => ids.readBigUInt64LE(8 * i)).filter((handle) => handle !== 0n)

function devicesOf(cl: OpenCl, platform: Handle, type: bigint): readonly Handle[] {
  const told = Buffer.alloc(4)
  const ids = Buffer.alloc(8 * MOST_DEVICES)
  if (cl.deviceIds(platform, type, MOST_DEVICES, ids, told) !== 0) return []
  return handlesIn(ids, Math.min(told.readUInt32LE(), MOST_DEVICES))
}

function deviceOf(cl: OpenCl, handle: Handle, platform: string): RawDevice {
  const text = (what: number): string => textOf(cl.deviceInfo, handle, what)
  const number = (what: number): number => numberOf(cl.deviceInfo, handle, what)
  return {
    platform,
    name: text(DEVICE.name),
    vendor: text(DEVICE.vendor),
    driver: text(DEVICE.driver),
    version: text(DEVICE.version),
    type: number(DEVICE.type),
    computeUnits: number(DEVICE.computeUnits),
    memoryBytes: number(DEVICE.memory),
    maxBufferBytes: number(DEVICE.maxBuffer),
    isMemoryShared: number(DEVICE.isMemoryShared) === 1,
    isAvailable: number(DEVICE.isAvailable) === 1,
  }
}

/**
 * Asks the OpenCL loader of this system for its platforms and devices and tells each at once. Runs in a process of its
 * own only: a driver may hang, crash or write where it must not.
 *
 * postcli asks each platform for its GPUs and counts what it gets, in the loader's order; so is counted here, whatever
 * type a device then says it has.
 * @source post-rs scrypt-ocl, get_providers; recordings of `postcli -printProviders`
 */
export function askDrivers(tell: (line: ProbeLine) => void): void {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const loaded = load(koffi)
  if ('problem' in loaded) {
    tell({ is: 'no-loader', text: loaded.problem })
    tell({ is: 'listed' })
    return
  }
  const { cl, file } = loaded
  tell({ is: 'loader', file: fullPathOf(file) })
  const told = Buffer.alloc(4)
  const ids = Buffer.alloc(8 * MOST_PLATFORMS)
  const status = cl.platformIds(MOST_PLATFORMS, ids, told)
  const platforms = status === 0 ? handlesIn(ids, Math.min(told.readUInt32LE(), MOST_PLATFORMS)) : []
  tell({ is: 'asked', status, platforms: platforms.length })
  let [counted, listed] = [0, 0]
  for (const platform of platforms) {
    const name = textOf(cl.platformInfo, platform, CL.name)
    const of = (what: number): string => textOf(cl.platformInfo, platform, what)
    tell({ is: 'platform', name, vendor: of(CL.vendor), version: of(CL.version) })
    const gpus = devicesOf(cl, platform, TYPE_GPU)
    for (const handle of new Set([...devicesOf(cl, platform, TYPE_ALL), ...gpus])) {
      if (listed === MOST_DEVICES) break
      listed += 1
      const at = gpus.indexOf(handle)
      tell({ is: 'device', ...deviceOf(cl, handle, name), ...(at < 0 ? {} : { gpuIndex: counted + at }) })
    }
    counted += gpus.length
  }
  tell({ is: 'listed' })
}
