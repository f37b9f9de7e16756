import { readRecordings } from '../simulation/recorded-truth.ts'
import { runSeeds } from '../simulation/run-seeds.ts'
import { quantile } from '../simulation/summary.ts'

export interface TruthOptions {
  /** Worlds of five epochs of four minutes each. */
  readonly seeds?: number
  readonly from?: number
}

/**
 * How truly the keeper speaks: over all recordings (against what truly happened) and over simulated epochs (against the
 * simulated truth).
 *
 * `timeToTruth…`: ms from what happened to a status that says so, of everything that is asked or told every second
 * (services, proofs); a drive is looked at every 15 s and stands apart.
 */
export async function run({ seeds = 300, from = 1 }: TruthOptions = {}): Promise<Readonly<Record<string, number>>> {
  const recorded = readRecordings()
  const { figures, failing, epochs } = runSeeds({ from, count: seeds })
  const drive = figures.timeToTruth.get('drive') ?? []
  const quick = [...figures.timeToTruth].filter(([what]) => what !== 'drive').flatMap(([, all]) => all)
  return {
    recordings: recorded.recordings,
    recordedMoments: recorded.moments,
    recordedFalseFine: recorded.falseFine,
    recordedFalseKinds: recorded.falseKinds,
    epochs,
    identityEpochs: figures.identityEpochs,
    decisions: figures.decisions,
    failingSeeds: failing.length,
    falseFine: figures.falseFine,
    falseAlarms: figures.falseAlarms,
    falseAlarmsPerIdentityEpoch: figures.falseAlarms / figures.identityEpochs,
    timeToTruthP50Ms: quantile(quick, 0.5) ?? Number.NaN,
    timeToTruthP99Ms: quantile(quick, 0.99) ?? Number.NaN,
    timeToTruthCases: quick.length,
    driveTimeToTruthP50Ms: quantile(drive, 0.5) ?? Number.NaN,
    driveTimeToTruthP99Ms: quantile(drive, 0.99) ?? Number.NaN,
    misses: figures.misses,
    missesExplained: figures.missesExplained,
    savable: figures.savable,
    savableInTimeShare: figures.savable === 0 ? Number.NaN : figures.savableInTime / figures.savable,
  }
}
