import type { ServiceArguments } from './arguments.ts'
import type { ServiceLog } from './log.ts'
import type { PostMetadata } from './metadata.ts'
import type { ServiceVersion } from './option-table.ts'
import type { Pace, Script } from './pace.ts'

/** What the parts of the service share. */
export interface ServiceContext {
  readonly version: ServiceVersion
  readonly args: ServiceArguments
  readonly metadata: PostMetadata
  readonly pace: Pace
  readonly script: Script
  /** Numbers in [0, 1) for one proof: the same for the same service and challenge. */
  readonly randomFor: (challenge: Uint8Array) => () => number
  readonly log: ServiceLog
  readonly sleep: (ms: number) => Promise<void>
  readonly monotonic: () => number
  /** Ends the process the way a failed thread or a panic does. */
  readonly die: (code: number, stderr: string) => never
}

/** Difficulty of the proof of work for one Space Unit fewer hashes each: divided by the units. 64 hex digits. */
export function scaledPowDifficulty({ args, metadata }: ServiceContext): string {
  return (BigInt(`0x${args.powDifficulty}`) / BigInt(metadata.numUnits)).toString(16).padStart(64, '0')
}
