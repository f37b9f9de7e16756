import type { UnixMs } from './ids.ts'
import type { ProofWork } from './proof-work.ts'

/** Whether a figure is good enough for what this set-up needs. */
export type Verdict = 'good' | 'tight' | 'bad' | 'unknown'

/** Something worth doing, with the fix for this platform; the user copies commands, we never run them. */
export interface Advice {
  /** Stable for one cause, e.g. `opencl/no-driver`. */
  readonly key: string
  readonly severity: 'info' | 'warn' | 'bad'
  /** One bold sentence: what is so. */
  readonly title: string
  /** What it costs, and what to do. */
  readonly text: string
  readonly commands?: readonly string[]
  /** Lane id, identity or device that it speaks of. */
  readonly about?: string
  /** What the button beside it does. */
  readonly action?: 'measure' | 'plan-move' | 'open-settings' | 'keep-awake' | 'look-again'
}

export interface OpenClDevice {
  readonly platform: string
  readonly name: string
  readonly vendor: string
  readonly kind: 'gpu' | 'cpu' | 'accelerator' | 'other'
  /** As told by the driver; `isMemoryDoubtful` when it cannot be true. */
  readonly memoryBytes: number
  readonly isMemoryDoubtful: boolean
  readonly computeUnits: number
  readonly driver: string
  readonly version: string
  /** Number that postcli gives it; absent when postcli does not list it (it lists GPUs only). */
  readonly provider?: number
}

export type OpenClState =
  | { readonly is: 'never' }
  | { readonly is: 'looking'; readonly since: UnixMs }
  | {
      readonly is: 'seen'
      readonly at: UnixMs
      readonly tookMs: number
      readonly loader: string | undefined
      readonly platforms: readonly { readonly name: string; readonly vendor: string; readonly version: string }[]
      readonly devices: readonly OpenClDevice[]
      readonly advice: readonly Advice[]
    }
  /** The driver hung or crashed: only its own process ended. */
  | {
      readonly is: 'failed'
      readonly at: UnixMs
      readonly why: 'hung' | 'crashed' | 'other'
      readonly text: string
      readonly advice: readonly Advice[]
    }

/** One measurement of sequential speed. */
export interface SpeedReading {
  readonly at: UnixMs
  readonly bytesPerSecond: number
  /** Slowest tenth of the samples. */
  readonly lowBytesPerSecond?: number
  readonly bytes: number
  readonly ms: number
  /** `proof`: from the reading of a real proof, which beats any test. */
  readonly from: 'test' | 'proof'
}

export type DiskTest =
  | { readonly is: 'idle' }
  | { readonly is: 'waiting'; readonly why: string; readonly until?: UnixMs }
  | {
      readonly is: 'running'
      readonly what: 'read' | 'write'
      readonly startedAt: UnixMs
      readonly percent: number
      readonly bytesPerSecond?: number
    }
  | { readonly is: 'failed'; readonly at: UnixMs; readonly text: string }

export interface DiskFolder {
  readonly identity: string
  readonly path: string
  readonly sizeBytes?: number
}

/** One physical disk (or disks that work as one): a lane. */
export interface DiskReport {
  /** Lane id, as on the ribbon. */
  readonly id: string
  readonly label: string
  readonly detail: string
  readonly media: 'hdd' | 'ssd' | 'nvme' | 'memory' | 'network' | 'card' | 'unknown'
  readonly bus: 'sata' | 'sas' | 'usb' | 'nvme' | 'virtual' | 'network' | 'unknown'
  readonly sizeBytes?: number
  /** Shingled: slow when written at random. */
  readonly shingled: 'yes' | 'maybe' | 'no' | 'unknown'
  readonly smart: { readonly is: 'good' | 'failing' | 'unreadable'; readonly text: string }
  /** Sleeps after this long; undefined = never or unknown (see `advice`). */
  readonly sleepsAfterMs?: number
  readonly volumes: readonly {
    readonly mountPoint: string
    readonly fsType: string
    readonly totalBytes?: number
    readonly freeBytes?: number
    readonly isReadOnly?: boolean
  }[]
  readonly folders: readonly DiskFolder[]
  /** The newest that counts for predictions. */
  readonly speed?: SpeedReading
  readonly writeSpeed?: SpeedReading
  /** Oldest first, at most 100. */
  readonly trend: readonly SpeedReading[]
  /** What this epoch's proofs need of it, bytes/s; absent without identities. */
  readonly needBytesPerSecond?: number
  readonly verdict: Verdict
  /** E.g. "12 % in reserve", "3 passes fit", "sleeps after 20 min". */
  readonly verdictText: string
  readonly test: DiskTest
}

export interface PowRates {
  readonly at: UnixMs
  /** RandomX hashes a second with all threads of one service. */
  readonly fastHashesPerSecond?: number
  readonly lightHashesPerSecond?: number
  /** Labels checked, bytes/s: nonces → speed of one prover when no disk holds it back. */
  readonly labelSpeeds: readonly { readonly nonces: number; readonly threads: number; readonly bytesPerSecond: number }[]
  readonly from: 'profiler' | 'proofs'
}

export interface ClockReport {
  readonly at: UnixMs
  /** Ours minus true, ms; undefined when no server answered or they contradict each other. */
  readonly offsetMs?: number
  readonly uncertaintyMs?: number
  readonly servers: readonly {
    readonly name: string
    readonly is: 'answered' | 'silent' | 'refused' | 'liar'
    readonly offsetMs?: number
    readonly text: string
  }[]
  /** What the node said of it, if anything. */
  readonly node: string
  readonly isSynchronised: 'yes' | 'no' | 'unknown'
  readonly verdict: Verdict
  readonly text: string
}

export interface CheckLine {
  readonly key: string
  /** `node`, `memory`, `ports`, `clock`, a lane id, an identity. */
  readonly about: string
  readonly verdict: Verdict
  readonly what: string
  readonly measured: string
  readonly needed: string
  readonly fix?: string
}

/** Everything known of this computer. Values carry their age. */
export interface MachineReport {
  readonly at: UnixMs
  /** The page's h1: one true sentence. */
  readonly headline: string
  readonly measuredAt?: UnixMs
  readonly isLooking: boolean
  readonly cpu: {
    readonly model: string
    readonly cores: number
    readonly threads: number
    readonly hasAes: boolean | undefined
    readonly hasAvx2: boolean | undefined
  }
  readonly memory: {
    readonly totalBytes: number
    readonly availableBytes: number
    readonly systemAndNodeBytes: number
    readonly perProverBytes: number
    /** Provers at once: as the user or the planner set it, and how many would fit. */
    readonly proversPlanned: number
    readonly proversFit: number
    readonly verdict: Verdict
    readonly text: string
  }
  readonly pow: PowRates | undefined
  /** The profiler at work; `endsAt` is expected. */
  readonly profiler?: { readonly percent: number; readonly endsAt: UnixMs }
  /** What the proof of work of this set-up takes with `pow`. */
  readonly work: ProofWork
  /** One Space Unit of the network. */
  readonly unitBytes: number
  readonly clock: ClockReport | undefined
  readonly ports: readonly {
    readonly what: string
    readonly address: string
    readonly is: 'ours' | 'free' | 'taken' | 'not-listening'
    readonly by?: string
    readonly verdict: Verdict
    readonly text: string
  }[]
  readonly p2p: { readonly verdict: Verdict; readonly text: string }
  readonly opencl: OpenClState
  readonly disks: readonly DiskReport[]
  readonly checks: readonly CheckLine[]
  readonly advice: readonly Advice[]
}
