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

/** Drivers print as they like; only what starts like this is ours. */
const MARK = 'smeshkeeper-opencl '
const KINDS: ReadonlySet<unknown> = new Set(['loader', 'no-loader', 'problem', 'asked', 'platform', 'device', 'listed', 'driver', 'done'])

/** A driver may have left a line without its end: ours begins anew. */
export const writeLine = (line: ProbeLine): string => `\n${MARK}${JSON.stringify(line)}\n`

/** @returns undefined for what is not ours or is broken */
export function readLine(text: string): ProbeLine | undefined {
  if (!text.startsWith(MARK)) return undefined
  try {
    const line = JSON.parse(text.slice(MARK.length)) as ProbeLine | null
    return line !== null && typeof line === 'object' && KINDS.has(line.is) ? line : undefined
  } catch {
    return undefined
  }
}
