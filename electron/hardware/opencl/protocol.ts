import { markedLines } from '../marked-line.ts'

/** A device as its driver tells it; nothing here is believed yet. */
export interface RawDevice {
  readonly platform: string
  readonly name: string
  readonly vendor: string
  readonly driver: string
  readonly version: string
  /** `cl_device_type`: 2 CPU, 4 GPU, 8 accelerator. */
  readonly type: number
  readonly computeUnits: number
  readonly memoryBytes: number
  /** Largest single buffer; 0 = not told. */
  readonly maxBufferBytes: number
  readonly isMemoryShared: boolean
  readonly isAvailable: boolean
  /** Position among what the driver gives when it is asked for GPUs: postcli's number. */
  readonly gpuIndex?: number
}

export interface RawPlatform {
  readonly name: string
  readonly vendor: string
  readonly version: string
}

/** One registered driver: a file that names a library. */
export interface RegisteredDriver {
  readonly file: string
  readonly library: string
  /** Why it cannot be loaded, in the words of the system. */
  readonly problem?: string
}

/** What the probe tells, a line at a time: after a crash the lines say how far it came. */
export type ProbeLine =
  | { readonly is: 'loader'; readonly file: string }
  | { readonly is: 'no-loader'; readonly text: string }
  /** We ourselves could not ask. */
  | { readonly is: 'problem'; readonly text: string }
  /** Answer of the loader to the first question; 0 is fine, −1001 is "no driver". */
  | { readonly is: 'asked'; readonly status: number; readonly platforms: number }
  | ({ readonly is: 'platform' } & RawPlatform)
  | ({ readonly is: 'device' } & RawDevice)
  | { readonly is: 'listed' }
  | ({ readonly is: 'driver' } & RegisteredDriver)
  | { readonly is: 'done' }

/** Drivers print as they like; only what starts with the mark is ours. */
export const probeLines = markedLines<ProbeLine>('smeshkeeper-opencl ', [
  'loader',
  'no-loader',
  'problem',
  'asked',
  'platform',
  'device',
  'listed',
  'driver',
  'done',
])
