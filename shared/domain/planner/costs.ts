import { MOST_NONCES, nonceTable, PASS_STEPS, proverMemoryBytes } from '../odds.ts'
import type { PlanDisk, PlanIdentity, PlanInputs } from './types.ts'

/** A hard disk whose speed nobody measured, bytes/s. */
export const ASSUMED_DISK = 120e6
/** RandomX hashes a second and thread when nobody measured: an older desktop, so that a promise holds. */
const ASSUMED_FAST = 250
const ASSUMED_LIGHT = 40
const ASSUMED_PREPARING = { fast: 120_000, light: 1_500 } as const
const GIB = 2 ** 30

/** How much a pass of some nonces can do, and where in it the proof comes. */
export interface PassOdds {
  /** Chance that one pass gives the proof. */
  readonly chance: number
  /** Chance of a proof within i/64 of the data, i = 0..64. */
  readonly by: readonly number[]
  /** Mean and variance of the share that is read by the pass that succeeds. */
  readonly meanShare: number
  readonly varianceShare: number
}

const odds = new Map<string, PassOdds>()

/** @source facts/postcli-and-profiler.md §7: a pass ends when the first nonce has its k2-th hit */
export function passOdds(post: PlanInputs['post'], nonces: number): PassOdds {
  const key = `${post.k1}/${post.k2}/${nonces}`
  const known = odds.get(key)
  if (known !== undefined) return known
  const by = nonceTable(post).map((one) => -Math.expm1(nonces * Math.log1p(-Math.min(one, 1 - 1e-15))))
  const chance = by[PASS_STEPS] ?? 0
  let mean = 0
  let square = 0
  for (let step = 1; step <= PASS_STEPS; step += 1) {
    const part = chance > 0 ? ((by[step] ?? 0) - (by[step - 1] ?? 0)) / chance : 0
    const at = (step - 0.5) / PASS_STEPS
    mean += part * at
    square += part * at * at
  }
  const made = { chance, by, meanShare: mean, varianceShare: Math.max(0, square - mean * mean) }
  odds.set(key, made)
  return made
}

/**
 * RandomX hashes that one group of 16 nonces takes on the mean: 2^256 / difficulty × Space Units.
 * @param powDifficulty  32 bytes as 64 hex characters, big endian
 * @source facts/postcli-and-profiler.md §7: 4687.5 × SU on mainnet
 */
export function hashesPerGroup(powDifficulty: string, numUnits: number): number {
  let value = 0
  for (let i = 0; i < 64; i += 8) value = value * 2 ** 32 + Number.parseInt(powDifficulty.slice(i, i + 8), 16)
  return value > 0 ? (2 ** 256 / value) * numUnits : 0
}

/** Threads that a service computes with: 0 means all. */
export const threadsOf = (identity: Pick<PlanIdentity, 'threads'>, machine: Pick<PlanInputs['machine'], 'threads'>): number =>
  identity.threads <= 0 ? machine.threads : Math.min(identity.threads, machine.threads)

/** ms a byte and thread: what was measured for the nearest nonces, in a line between two of them, in proportion beyond. */
function costPerByte(speeds: PlanInputs['machine']['labelSpeeds'], nonces: number): number | undefined {
  const points = speeds
    .filter((one) => one.bytesPerSecond > 0 && one.nonces > 0)
    .map((one) => ({ nonces: one.nonces, cost: (Math.max(1, one.threads) * 1000) / one.bytesPerSecond }))
    .sort((a, b) => a.nonces - b.nonces)
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (nonces <= first.nonces) return first.cost * (0.35 + (0.65 * nonces) / first.nonces)
  if (nonces >= last.nonces) return last.cost * (0.35 + (0.65 * nonces) / last.nonces)
  const above = points.findIndex((one) => one.nonces >= nonces)
  const [low, high] = [points[above - 1] ?? first, points[above] ?? last]
  const part = high.nonces > low.nonces ? (nonces - low.nonces) / (high.nonces - low.nonces) : 0
  return low.cost + part * (high.cost - low.cost)
}

/**
 * Bytes/s that one prover checks when no disk holds it back.
 * @source facts/postcli-and-profiler.md §6: 2 threads gave 0.40, 0.32, 0.15 GiB/s with 64, 128, 288 nonces
 */
export function labelSpeed(machine: PlanInputs['machine'], nonces: number, threads: number): number {
  const cost = costPerByte(machine.labelSpeeds, nonces) ?? ((2.6 + 0.0375 * nonces) * 1000) / GIB
  return (Math.max(1, threads) * 1000) / cost
}

/** What one identity's proof costs, when it has disk and threads for itself. Durations in ms. */
export interface ProofCosts {
  readonly preparingMs: number
  /** Expected proof of work of one pass. */
  readonly powMs: number
  /** One whole pass over the data. */
  readonly passMs: number
  readonly bytesPerSecond: number
  readonly limitedBy: 'disk' | 'cpu'
  readonly threads: number
  /** Threads that reading takes of the machine on the mean. */
  readonly readingThreads: number
  readonly memoryBytes: number
  readonly groups: number
  readonly mostPasses: number
}

function hashRate(machine: PlanInputs['machine'], mode: 'fast' | 'light', threads: number): number {
  const whole = mode === 'fast' ? machine.fastHashesPerSecond : machine.lightHashesPerSecond
  if (whole !== undefined && whole > 0) return (whole * threads) / Math.max(1, machine.threads)
  return (mode === 'fast' ? ASSUMED_FAST : ASSUMED_LIGHT) * threads
}

/** @returns what a proof costs; measured by its own earlier proofs first, by tests of the machine next, else assumed */
export function costsOf(inputs: PlanInputs, identity: PlanIdentity, disk: PlanDisk | undefined): ProofCosts {
  const { machine, post } = inputs
  const threads = threadsOf(identity, machine)
  const groups = Math.max(1, Math.round(identity.nonces / 16))
  const powMs =
    identity.lastPowMs ??
    (hashesPerGroup(post.powDifficulty, identity.numUnits) * groups * 1000) / hashRate(machine, identity.randomx, threads)
  const ofLabels = labelSpeed(machine, identity.nonces, threads)
  const ofDisk = disk?.bytesPerSecond ?? ASSUMED_DISK
  const bytesPerSecond = Math.max(1, identity.lastBytesPerSecond ?? Math.min(ofDisk, ofLabels))
  return {
    preparingMs: identity.lastPreparingMs ?? ASSUMED_PREPARING[identity.randomx],
    powMs,
    passMs: (identity.totalBytes / bytesPerSecond) * 1000,
    bytesPerSecond,
    limitedBy: ofLabels < ofDisk ? 'cpu' : 'disk',
    threads,
    readingThreads: Math.min(threads, (threads * bytesPerSecond) / ofLabels),
    memoryBytes: proverMemoryBytes(identity.randomx, true),
    groups,
    mostPasses: Math.max(1, Math.floor(MOST_NONCES / Math.max(16, identity.nonces))),
  }
}

/** What had to be assumed, in whole sentences: the odds are no better than these. */
export function assumptionsOf(inputs: PlanInputs): readonly string[] {
  const { machine } = inputs
  const used = new Set(inputs.identities.filter((one) => one.lastBytesPerSecond === undefined).map((one) => one.disk))
  const unmeasured = inputs.disks.filter((disk) => used.has(disk.id) && disk.bytesPerSecond === undefined).map((disk) => disk.label)
  const unproved = inputs.identities.filter((one) => one.lastPowMs === undefined)
  const isHashless = (mode: 'fast' | 'light'): boolean =>
    unproved.some((one) => one.randomx === mode) &&
    (mode === 'fast' ? machine.fastHashesPerSecond : machine.lightHashesPerSecond) === undefined
  return [
    ...(unmeasured.length === 0
      ? []
      : [
          `The speed of ${unmeasured.join(', ')} was never measured: ${Math.round(ASSUMED_DISK / 1e6)} MB/s, a slow hard disk, is assumed.`,
        ]),
    ...(isHashless('fast') || isHashless('light')
      ? ['The proof of work was never measured here: the speed of an older desktop is assumed.']
      : []),
    ...(machine.labelSpeeds.length === 0 && inputs.identities.some((one) => one.lastBytesPerSecond === undefined)
      ? ['How fast this processor checks labels was never measured: the speed of an older desktop is assumed.']
      : []),
  ]
}
