import type { FoundServiceSetup } from '../../shared/domain/inventory.ts'
import { flagNumber, flagText, readFlags, type Flags } from './flags.ts'
import { resolveIn, type NodeContext } from './node-reading.ts'

function coresOf(flags: Flags): readonly number[] | undefined {
  const words = flags
    .get('pinned-cores')
    ?.flatMap((word) => word.split(/[\s,]+/))
    .filter((word) => word !== '')
  if (words === undefined || words.length === 0 || !words.every((word) => /^\d{1,5}$/.test(word))) return undefined
  return words.map(Number)
}

/** Network parameters that a service was told itself; absent where it keeps its built-in ones. */
export interface ToldParameters {
  readonly powDifficulty?: string
  readonly scrypt?: { readonly n: number; readonly r: number; readonly p: number }
}

export function toldParameters(args: readonly string[]): ToldParameters {
  const flags = readFlags(args)
  const difficulty = flagText(flags, 'pow-difficulty')
  const [n, r, p] = [flagNumber(flags, '-n'), flagNumber(flags, '-r'), flagNumber(flags, '-p')]
  return {
    ...(difficulty !== undefined && /^[0-9a-fA-F]{64}$/.test(difficulty) ? { powDifficulty: difficulty.toLowerCase() } : {}),
    // One given alone leaves the others built-in.
    ...(n === undefined && r === undefined && p === undefined ? {} : { scrypt: { n: n ?? 8192, r: r ?? 1, p: p ?? 1 } }),
  }
}

/**
 * What a post-service does or would do, from its command line. What is not given stays absent: its built-in values are the
 * reader's to know (128 nonces, RandomX fast).
 * @source facts/post-service.md §1
 */
export function readService(args: readonly string[], context: NodeContext): FoundServiceSetup {
  const flags = readFlags(args)
  const dir = flagText(flags, 'dir', '-d')
  const posFolder = dir === undefined ? undefined : resolveIn(dir, context)
  const nodeAddress = flagText(flags, 'address', '-a')
  const operator = flagText(flags, 'operator-address')
  const nonces = flagNumber(flags, 'nonces')
  const pinnedCores = coresOf(flags)
  // Pinned cores win over threads.
  const threads = pinnedCores === undefined ? flagNumber(flags, 'threads') : undefined
  const mode = flagText(flags, 'randomx-mode')
  const remoteK2pow = flagText(flags, 'remote-k2pow')
  return {
    args,
    ...(posFolder === undefined ? {} : { posFolder }),
    ...(nodeAddress === undefined ? {} : { nodeAddress }),
    ...(operator === undefined ? {} : { operator }),
    ...(nonces === undefined ? {} : { nonces }),
    ...(threads === undefined ? {} : { threads }),
    ...(pinnedCores === undefined ? {} : { pinnedCores }),
    ...(mode === 'fast' || mode === 'light' ? { randomx: mode } : {}),
    ...(remoteK2pow === undefined ? {} : { remoteK2pow }),
  }
}
