import { passChance } from '../../../shared/domain/odds.ts'
import { seededRandom, type Random } from '../../simulation/random.ts'

/** What truly happens in one gap: nothing of it is told to a policy but what it could have measured. */
export interface TrueDisk {
  readonly isHdd: boolean
  readonly bytesPerSecond: number
  /** What a test measured some days before. */
  readonly measured: number
  /** From `fromMs` to `toMs` it gives this share of its speed; 0 = it is gone. */
  readonly slumps: readonly { readonly fromMs: number; readonly toMs: number; readonly pace: number }[]
}

/** One attempt of a proof, drawn before anything runs: the same for all policies. */
export interface Attempt {
  readonly prepareMs: number
  /** Proof of work of each pass, with all its threads. */
  readonly powMs: readonly number[]
  /** Share of the data that each pass reads; the last finds the proof. */
  readonly shares: readonly number[]
  /** The proof is found wrong: all of it again. */
  readonly fails: boolean
  /** The process ends by itself after so many ms of its life; `Infinity` = never. */
  readonly crashAfterMs: number
}

export interface TrueJob {
  readonly disk: number
  readonly units: number
  readonly bytes: number
  readonly nonces: number
  readonly threads: number
  readonly readyMs: number
  readonly attempt: (index: number) => Attempt
}

export interface GapScenario {
  readonly seed: number
  readonly kind: 'easy' | 'tight' | 'overload'
  readonly gapMs: number
  readonly threads: number
  readonly hashesPerSecond: number
  readonly labelCost: { readonly base: number; readonly perNonce: number }
  readonly memoryBytes: number
  readonly hasSwap: boolean
  readonly disks: readonly TrueDisk[]
  readonly jobs: readonly TrueJob[]
}

const HOUR = 3_600_000
const GAP_MS = 12 * HOUR
export const UNIT_BYTES = 64 * 2 ** 30
export const PROVER_BYTES = 2_400 * 2 ** 20
export const HASHES_PER_GROUP_UNIT = 4_687.5
/** s a GiB and thread of an older desktop. @source facts/postcli-and-profiler.md §6 */
const LABEL_COST = { base: 2.6, perNonce: 0.0375 }
const POST = { k1: 26, k2: 37 }

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
const waitingSum = (random: Random, count: number): number => {
  let sum = 0
  for (let i = 0; i < count; i += 1) sum -= Math.log(1 - random.next())
  return sum / count
}

interface Making {
  readonly seed: number
  readonly index: number
  readonly nonces: number
  readonly powMs: number
  readonly hasFaults: boolean
}

/** Attempts are drawn when first needed, by their number alone. */
function attemptsOf({ seed, index, nonces, powMs, hasFaults }: Making): TrueJob['attempt'] {
  const made: Attempt[] = []
  const draw = (n: number): Attempt => {
    const random = seededRandom((seed * 7_919 + index * 104_729 + n * 1_299_709) >>> 0)
    random.next()
    const chance = passChance(POST, nonces)
    const shares: number[] = []
    while (random.next() > chance && shares.length < 8) shares.push(1)
    // The successful pass ends where its first nonce has its 37th hit: late in the data, hardly earlier with more nonces.
    const typical = nonces >= 256 ? 0.8 : 0.87
    shares.push(Math.min(1, Math.max(0.4, typical + 0.08 * normal(random))))
    return {
      prepareMs: 90_000 + random.next() * 60_000,
      powMs: shares.map(() => powMs * waitingSum(random, Math.max(1, Math.round(nonces / 16)))),
      shares,
      fails: hasFaults && random.chance(0.04),
      crashAfterMs: hasFaults && random.chance(0.06) ? random.next() * 6 * HOUR : Number.POSITIVE_INFINITY,
    }
  }
  return (n) => (made[n] ??= draw(n))
}

function aDisk(random: Random, hasFaults: boolean): TrueDisk {
  const isHdd = random.chance(0.75)
  const bytesPerSecond = isHdd ? random.between(90e6, 250e6) : random.pick([450e6, 520e6, 1_500e6])
  const fromMs = random.next() * GAP_MS
  const slump = { fromMs, toMs: fromMs + random.between(0.2, 3) * HOUR, pace: random.pick([0, 0.3, 0.5, 0.7]) }
  return {
    isHdd,
    bytesPerSecond,
    measured: bytesPerSecond * (1 + 0.06 * normal(random)),
    slumps: hasFaults && random.chance(0.1) ? [slump] : [],
  }
}

/** How many Space Units each identity of a disk has, so that reading fills `load` of the gap. */
function unitsOn(random: Random, disk: TrueDisk, load: number, count: number): number[] {
  const all = Math.max(count, (disk.bytesPerSecond * 0.85 * (GAP_MS / 1000) * load) / UNIT_BYTES)
  const weights = Array.from({ length: count }, () => random.between(0.3, 1.7))
  const sum = weights.reduce((total, one) => total + one, 0)
  return weights.map((weight) => Math.max(1, Math.round((all * weight) / sum)))
}

/** One gap: sizes, speeds, memory, load and faults by its seed. */
export function gapScenario(seed: number): GapScenario {
  const random = seededRandom(seed * 2_654_435 + 17)
  for (let i = 0; i < 5; i += 1) random.next()
  const roll = random.next()
  const kind = roll < 0.6 ? 'easy' : roll < 0.85 ? 'tight' : 'overload'
  const hasFaults = random.chance(0.4)
  const diskCount = Math.max(1, Math.min(16, Math.round(Math.exp(random.next() * Math.log(17)))))
  const disks = Array.from({ length: diskCount }, () => aDisk(random, hasFaults))
  const threads = random.pick([4, 8, 12, 16, 24, 32])
  const powLoad = kind === 'easy' ? random.between(0.1, 0.4) : kind === 'tight' ? random.between(0.3, 0.65) : random.between(0.4, 1)
  const late = hasFaults && random.chance(0.15) ? random.between(0.2, 3) * HOUR : 0
  const loadOf = (): number =>
    kind === 'easy' ? random.between(0.2, 0.7) : kind === 'tight' ? random.between(0.6, 0.9) : random.between(0.8, 1.5)
  const sizes = disks.map((disk) => {
    const count = random.whole(1, Math.max(1, Math.min(6, Math.floor(64 / diskCount))))
    return unitsOn(random, disk, Math.min(loadOf(), disk.bytesPerSecond > 1e9 ? 0.3 : 2), count)
  })
  const planned = sizes.flatMap((all, disk) => all.map((units) => ({ disk, units, nonces: random.pick([128, 128, 192, 288]) })))
  // A processor that has something to do, and whoever made so much PoS data could also make its proofs of work.
  const hashes = planned.reduce((sum, { units, nonces }) => sum + HASHES_PER_GROUP_UNIT * units * (nonces / 16), 0)
  const hashesPerSecond = Math.max(threads * 50, (hashes * 1000) / (GAP_MS * powLoad))
  const checking = planned.reduce((sum, { units, nonces }) => sum + units * 64 * (LABEL_COST.base + LABEL_COST.perNonce * nonces), 0)
  const readLoad = kind === 'easy' ? random.between(0.05, 0.3) : kind === 'tight' ? random.between(0.2, 0.5) : random.between(0.3, 0.8)
  const scale = Math.min(1, (readLoad * threads * (GAP_MS / 1000)) / checking)
  const jobs = planned.map(({ disk, units, nonces }, index): TrueJob => {
    const share = Math.max(2, Math.round(threads * random.pick([0.5, 0.75, 1])))
    const powMs = (HASHES_PER_GROUP_UNIT * units * (nonces / 16) * 1000) / ((hashesPerSecond * share) / threads)
    const readyMs = late > 0 && random.chance(0.7) ? late : 0
    const attempt = attemptsOf({ seed, index, nonces, powMs, hasFaults })
    return { disk, units, bytes: units * UNIT_BYTES, nonces, threads: share, readyMs, attempt }
  })
  // As the user added them over the years: in no order of disks.
  const order = jobs.map((job) => ({ job, key: random.next() })).sort((a, b) => a.key - b.key)
  return {
    seed,
    kind,
    gapMs: GAP_MS,
    threads,
    hashesPerSecond,
    labelCost: { base: LABEL_COST.base * scale, perNonce: LABEL_COST.perNonce * scale },
    memoryBytes: memoryOf(random, diskCount),
    hasSwap: random.chance(0.5),
    disks,
    jobs: order.map(({ job }) => job),
  }
}

/** Memory for provers: for all disks at once in half of the gaps, for some in the others. */
function memoryOf(random: Random, disks: number): number {
  const provers = random.chance(0.5) ? disks + random.whole(1, 8) : Math.max(1, Math.round(disks * random.between(0.5, 1)))
  return provers * PROVER_BYTES + random.next() * PROVER_BYTES * 0.9
}
