import type { UnixMs } from './ids.ts'
import { epochLengthMs, MAINNET, type NetworkTiming } from './network.ts'
import type { Seen, World } from './world.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/**
 * How old each kind of evidence may be and still be relied on, and how long a passing state may last before it means
 * something. Values of a network with mainnet's two-week epochs; shorter ones elsewhere.
 */
export const LIMITS = {
  /** Asked every 15 s, every second while proving; 2 s deadline. */
  operator: 40 * SECOND,
  postStates: 30 * SECOND,
  nodeSync: 60 * SECOND,
  supervisor: 10 * MINUTE,
  cpu: 30 * SECOND,
  posFolder: 24 * 60 * MINUTE,
  volume: 3 * MINUTE,
  keyFile: 24 * 60 * MINUTE,
  activations: 15 * MINUTE,
  /** The node asks a connected service every 2 s; a service reconnects every 5 s. */
  connectGrace: 25 * SECOND,
  /** RandomX in fast mode took 139 s on a busy machine. */
  preparing: 20 * MINUTE,
  /** Silence after reading began: the check of the finished proof took up to 2 s. */
  verifying: 2 * MINUTE,
  /** A finished proof is fetched at the next question of the node. */
  fetch: 90 * SECOND,
  /** Done without a word in the log that a proof was found. */
  doneGrace: 6 * SECOND,
  /** Position does not grow: a file ends early or the disk hangs. */
  stalled: 3 * MINUTE,
  /** "atx published" was said: when `Activation.List` must have it. */
  publishedLag: 10 * MINUTE,
  apiLost: 30 * SECOND,
  retryWait: 10 * MINUTE,
  outdatedAgain: 30 * MINUTE,
  /** A deadline is missed only when this much has passed: the last answers must come in. */
  settle: 30 * SECOND,
} as const
export type Limit = keyof typeof LIMITS

/** What shrinks with the epoch, and the least that the programs themselves or our own asking need. */
const LEAST: Readonly<Partial<Record<Limit, number>>> = {
  operator: 35 * SECOND,
  postStates: 20 * SECOND,
  nodeSync: 40 * SECOND,
  activations: 60 * SECOND,
  connectGrace: 12 * SECOND,
  fetch: 10 * SECOND,
  doneGrace: 4 * SECOND,
  stalled: 10 * SECOND,
  publishedLag: 20 * SECOND,
  retryWait: 10 * SECOND,
  outdatedAgain: 30 * SECOND,
  settle: 5 * SECOND,
}

const byTiming = new Map<number, Readonly<Record<Limit, number>>>()

/** The limits on a network: what is bound to the epoch shrinks with it. From epochs of about 40 min up they are mainnet's. */
export function limitsFor(net: NetworkTiming): Readonly<Record<Limit, number>> {
  const length = epochLengthMs(net)
  const known = byTiming.get(length)
  if (known !== undefined) return known
  const share = Math.min(1, (length / epochLengthMs(MAINNET)) * 500)
  const entries = Object.entries(LIMITS) as [Limit, number][]
  const made = Object.fromEntries(entries.map(([name, ms]) => [name, Math.max(Math.min(ms, LEAST[name] ?? ms), ms * share)]))
  byTiming.set(length, made as Record<Limit, number>)
  return made as Record<Limit, number>
}

/** Age of a value on the steady clock: a jump of the wall clock makes nothing old or young. */
export const ageMs = (world: World, now: UnixMs, value: Seen<unknown>): number => Math.max(0, now - world.driftMs - value.steady)

export const isFresh = (world: World, now: UnixMs, value: Seen<unknown> | undefined, limitMs: number): boolean =>
  value !== undefined && ageMs(world, now, value) <= limitMs
