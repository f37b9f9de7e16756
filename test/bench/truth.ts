import { readRecordings } from '../simulation/recorded-truth.ts'
import { runSeeds } from '../simulation/run-seeds.ts'
import { quantile } from '../simulation/summary.ts'
import { atMost, below, type BenchOptions, type BenchResult, type Figure } from './types.ts'

export const name = 'truth'
export const describe = 'recordings and simulated epochs: false "fine", false alarms, time to truth, first alarm (--minutes is not used)'

interface TruthOptions {
  /** Worlds of five epochs of four minutes each. */
  readonly seeds?: number
  readonly from?: number
}

type Measured =
  | 'recordings'
  | 'recordedMoments'
  | 'recordedFalseFine'
  | 'recordedFalseKinds'
  | 'epochs'
  | 'identityEpochs'
  | 'decisions'
  | 'failingSeeds'
  | 'falseFine'
  | 'falseAlarms'
  | 'falseAlarmsPerIdentityEpoch'
  | 'timeToTruthP50Ms'
  | 'timeToTruthP99Ms'
  | 'timeToTruthCases'
  | 'driveTimeToTruthP50Ms'
  | 'driveTimeToTruthP99Ms'
  | 'misses'
  | 'missesExplained'
  | 'savable'
  | 'savableInTimeShare'

/**
 * How truly the keeper speaks: over all recordings (against what truly happened) and over simulated epochs (against the
 * simulated truth).
 *
 * `timeToTruth…`: ms from what happened to a status that says so, of everything that is asked or told every second
 * (services, proofs); a drive is looked at every 15 s and stands apart.
 */
function measure({ seeds = 300, from = 1 }: TruthOptions = {}): Readonly<Record<Measured, number>> {
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

export async function run({ say }: BenchOptions): Promise<BenchResult> {
  say('reading the recordings and simulating')
  const seen = measure()
  const isEnough = (what: string, value: number, least: number): Figure => ({
    name: what,
    value,
    unit: '',
    limit: `≥ ${least}`,
    ok: value >= least,
  })
  return {
    figures: [
      atMost('recordings: false "fine"', seen.recordedFalseFine, `of ${seen.recordedMoments} moments`, 0),
      atMost('recordings: kinds other than expected', seen.recordedFalseKinds, `of ${seen.recordedMoments} moments`, 0),
      atMost('simulation: false "fine"', seen.falseFine, `of ${seen.decisions} decisions`, 0),
      atMost('simulation: failing seeds', seen.failingSeeds, '', 0),
      below('false alarms', seen.falseAlarmsPerIdentityEpoch, 'of identity-epochs', 0.01),
      { name: 'time to truth, p50', value: seen.timeToTruthP50Ms, unit: 'ms' },
      atMost('time to truth, p99', seen.timeToTruthP99Ms, 'ms', 3000),
      { name: 'a drive that is gone, p99', value: seen.driveTimeToTruthP99Ms, unit: 'ms' },
      isEnough('alarm before the last useful moment', seen.savableInTimeShare, 0.99),
      { name: 'savable cases', value: seen.savable, unit: '' },
      isEnough('misses explained', seen.misses === 0 ? 1 : seen.missesExplained / seen.misses, 1),
      { name: 'epochs simulated', value: seen.epochs, unit: '' },
    ],
    notes: [`${seen.recordings} recordings; ${seen.identityEpochs} identity-epochs; all in the time of the simulation`],
  }
}
