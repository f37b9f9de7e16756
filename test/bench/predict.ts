import { expectedPasses, MOST_NONCES } from '../../shared/domain/odds.ts'
import { finishOf, type ProofFacts } from '../../shared/domain/forecast.ts'
import { withSample, type ProofSample } from '../../shared/domain/experience.ts'
import type { Finish } from '../../shared/domain/status.ts'
import { DISK_TYPES, playProof, POST, smesherOf, type PlayedProof, type Smesher } from './parts/proof-world.ts'
import { randomOf } from './parts/random.ts'
import { below, type BenchOptions, type BenchResult, type Figure } from './types.ts'

export const name = 'predict'
export const describe = 'finishes of simulated proofs against their predicted bands: coverage and sharpness (--minutes is not used)'

const SMESHERS = 600
const PROOFS = 24
const NONCES = [64, 128, 288] as const

/** When the prediction is made. */
const MOMENTS = ['due', 'pow', 'reading'] as const
type Moment = (typeof MOMENTS)[number]

interface Case {
  readonly moment: Moment
  readonly disk: string
  readonly nonces: number
  /** Where the finish lay: below P5, inside, above P95. */
  readonly fell: 'early' | 'inside' | 'late'
  /** Quantile loss over P5, P50, P95, as a share of what the proof took. */
  readonly loss: number
  readonly naiveLoss: number
  readonly durationsLoss: number
}

const SHARES = [0.05, 0.5, 0.95] as const

/** Mean pinball loss of three quantiles: the continuous ranked probability score, on three points. */
const lossOf = (truth: number, quantiles: readonly number[]): number =>
  SHARES.reduce((sum, share, i) => {
    const off = truth - (quantiles[i] ?? Number.NaN)
    return sum + 2 * Math.max(share * off, (share - 1) * off)
  }, 0) / SHARES.length

/** By hand: size over the last speed times the expected passes, and the last proof of work. */
function naive(smesher: Smesher, last: ProofSample, preparingMs: number): number {
  const passes = expectedPasses(POST, smesher.nonces)
  return preparingMs + (last.powMs ?? 0) + passes * (smesher.totalBytes / (last.bytesPerSecond ?? 1)) * 1000
}

/** By experience: the least, the middle and the most that earlier proofs took. */
function ofDurations(all: readonly number[]): readonly number[] {
  const sorted = all.toSorted((a, b) => a - b)
  return SHARES.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}

/** What is known at a moment of a proof; `undefined` when the proof never came there. */
function factsAt(moment: Moment, smesher: Smesher, proof: PlayedProof, samples: readonly ProofSample[]): ProofFacts | undefined {
  const base = { post: POST, nonces: smesher.nonces, totalBytes: smesher.totalBytes, samples, preparingMs: proof.preparingMs }
  const [pass] = proof.passes
  if (pass === undefined) return undefined
  if (moment === 'due') return { ...base, now: 0 }
  if (moment === 'pow') {
    const inPhaseMs = pass.powMs * 0.5
    return { ...base, now: proof.preparingMs + inPhaseMs, run: { phase: 'pow', inPhaseMs, pass: 1, positionBytes: 0 } }
  }
  const at = pass.track.find(({ bytes }) => bytes >= smesher.totalBytes * 0.3)
  if (at === undefined || at.bytes >= pass.endBytes) return undefined
  const now = proof.preparingMs + pass.powMs + at.ms
  const run = { phase: 'reading', inPhaseMs: at.ms, pass: 1, positionBytes: at.bytes, bytesPerSecond: (at.bytes / at.ms) * 1000 } as const
  return { ...base, now, run }
}

function casesOf(index: number): Case[] {
  const random = randomOf(index + 1)
  const nonces = NONCES[index % NONCES.length] ?? 288
  const smesher = smesherOf(DISK_TYPES[Math.floor(index / NONCES.length) % DISK_TYPES.length] ?? 'hdd', nonces, random)
  const cases: Case[] = []
  let samples: readonly ProofSample[] = []
  const durations: number[] = []
  for (let at = 1; at <= PROOFS; at += 1) {
    const proof = playProof(smesher, random)
    const last = samples.at(-1)
    if (last !== undefined && proof.passes.length * smesher.nonces <= MOST_NONCES)
      for (const moment of MOMENTS) {
        const facts = factsAt(moment, smesher, proof, samples)
        const finish = facts === undefined ? undefined : finishOf(facts)
        if (finish === undefined) continue
        const scale = proof.tookMs
        const point = naive(smesher, last, proof.preparingMs)
        cases.push({
          moment,
          disk: smesher.disk,
          nonces,
          fell: fellOf(proof.tookMs, finish),
          loss: lossOf(proof.tookMs, [finish.p5, finish.p50, finish.p95]) / scale,
          naiveLoss: lossOf(proof.tookMs, [point, point, point]) / scale,
          durationsLoss: lossOf(proof.tookMs, ofDurations(durations)) / scale,
        })
      }
    samples = withSample(samples, { at, bytesPerSecond: proof.bytesPerSecond, powMs: proof.passes.at(-1)?.powMs ?? 0, nonces })
    durations.push(proof.tookMs)
  }
  return cases
}

const fellOf = (tookMs: number, finish: Finish): Case['fell'] => (tookMs < finish.p5 ? 'early' : tookMs > finish.p95 ? 'late' : 'inside')

const shareOf = (cases: readonly Case[], fell: Case['fell']): number =>
  (100 * cases.filter((one) => one.fell === fell).length) / cases.length

function coverage(label: string, cases: readonly Case[], isPromised: boolean): Figure {
  const value = shareOf(cases, 'inside')
  const tails = `${shareOf(cases, 'early').toFixed(1)} % before, ${shareOf(cases, 'late').toFixed(1)} % after`
  return {
    name: `inside P5–P95, ${label} (${tails})`,
    value,
    unit: '%',
    ...(isPromised ? { limit: '88–92', ok: value >= 88 && value <= 92 } : {}),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  const all: Case[] = []
  for (let index = 0; index < SMESHERS; index += 1) all.push(...casesOf(index))
  const due = all.filter(({ moment }) => moment === 'due')
  say(`${due.length} proofs were predicted when due`)
  const loss = mean(due.map((one) => one.loss))
  return {
    figures: [
      { name: 'proofs predicted when due', value: due.length, unit: '', limit: '≥ 10,000', ok: due.length >= 10_000 },
      coverage('when due', due, true),
      ...NONCES.map((nonces) =>
        coverage(
          `${nonces} nonces`,
          due.filter((one) => one.nonces === nonces),
          true,
        ),
      ),
      ...DISK_TYPES.map((disk) =>
        coverage(
          disk,
          due.filter((one) => one.disk === disk),
          true,
        ),
      ),
      ...MOMENTS.slice(1).map((moment) =>
        coverage(
          `in the ${moment} phase`,
          all.filter((one) => one.moment === moment),
          true,
        ),
      ),
      below('score against size over last speed (CRPS)', loss / mean(due.map((one) => one.naiveLoss)), '×', 1),
      below('score against earlier durations (CRPS)', loss / mean(due.map((one) => one.durationsLoss)), '×', 1),
    ],
    notes: [
      `${SMESHERS} smeshers, ${PROOFS} proofs each; disks drift, burst, throttle and change: test/bench/parts/proof-world.ts`,
      'CRPS on three points, P5, P50 and P95, each as a share of what the proof took',
    ],
  }
}
