import { withSample, type ProofSample } from './experience.ts'
import type { UnixMs } from './ids.ts'
import type { IdentityBelief, ProofRun } from './world.ts'

/** A reading shorter than this says nothing of the disk. */
const SHORTEST_READING_MS = 2_000

/** What the proof took is kept for the next ones. */
export function withExperience(belief: IdentityBelief, run: ProofRun, at: UnixMs): IdentityBelief {
  const took = at - run.phaseSince
  const isMeasured = run.phase === 'reading' && took >= SHORTEST_READING_MS && run.positionBytes > 0
  const nonces = run.nonces === undefined ? 0 : run.nonces.end - run.nonces.start
  const sample: ProofSample = {
    at,
    ...(isMeasured ? { bytesPerSecond: (run.positionBytes / took) * 1000 } : {}),
    ...(belief.lastPowMs === undefined ? {} : { powMs: belief.lastPowMs }),
    ...(nonces > 0 ? { nonces } : {}),
  }
  return isMeasured || belief.lastPowMs !== undefined ? { ...belief, samples: withSample(belief.samples ?? [], sample) } : belief
}

/** What was seen in this run of ours counts more than what history tells of the same. */
export function withEarlierProofs(belief: IdentityBelief, earlier: readonly ProofSample[]): IdentityBelief {
  const samples = (belief.samples ?? []).reduce(withSample, earlier.reduce<readonly ProofSample[]>(withSample, []))
  const lastSpeed = belief.lastSpeed ?? samples.findLast(({ bytesPerSecond }) => bytesPerSecond !== undefined)?.bytesPerSecond
  const lastPowMs = belief.lastPowMs ?? samples.findLast(({ powMs }) => powMs !== undefined)?.powMs
  return {
    ...belief,
    ...(samples.length === 0 ? {} : { samples }),
    ...(lastSpeed === undefined ? {} : { lastSpeed }),
    ...(lastPowMs === undefined ? {} : { lastPowMs }),
  }
}
