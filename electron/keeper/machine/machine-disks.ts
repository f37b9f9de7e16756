import { judgeDisk, neededSpeed } from '../../../shared/domain/disk-need.ts'
import type { DiskTrend } from '../../../shared/domain/disk-trend.ts'
import { laneReadings } from '../../../shared/domain/lane-speed.ts'
import type { DiskFolder, DiskReport, SpeedReading } from '../../../shared/domain/machine.ts'
import { duration } from '../../../shared/domain/words.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { DiskFacts, SpeedKeeper } from '../../hardware/index.ts'
import type { LaneFacts } from '../snapshot.ts'

const MOST_READINGS = 100

/** Before the first look: nothing but which folders share a disk. */
const UNSEEN = {
  media: 'unknown',
  bus: 'unknown',
  shingled: 'unknown',
  smart: { is: 'unreadable', text: 'not looked at' },
  volumes: [],
} as const

interface Known {
  readonly setup: Setup
  readonly folders: readonly DiskFolder[]
  /** identity → speeds of its proofs. */
  readonly readings: ReadonlyMap<string, readonly SpeedReading[]>
  /** What the last look found of the disks. */
  readonly facts: readonly DiskFacts[]
  /** identity → its disk, as it is now. */
  readonly lanes: ReadonlyMap<string, LaneFacts>
  readonly speeds: Pick<SpeedKeeper, 'readings' | 'test'>
  readonly trendOf: (lane: string) => DiskTrend
}

/** One report a physical disk that holds PoS data of this set-up, with what lies on it and what it must do. */
export function diskReports({ setup, folders, readings, facts, lanes, speeds, trendOf }: Known): readonly DiskReport[] {
  const onLane = new Map<string, { readonly lane: LaneFacts; readonly folders: DiskFolder[] }>()
  for (const folder of folders) {
    const lane = lanes.get(folder.identity)
    if (lane === undefined) continue
    const known = onLane.get(lane.id)
    if (known === undefined) onLane.set(lane.id, { lane, folders: [folder] })
    else known.folders.push(folder)
  }
  const gapMs = resolveNetwork(setup.network).poet.cycleGapMs
  return [...onLane.values()].map(({ lane, folders: own }) => {
    const seen = facts.find(({ id }) => id === lane.id)
    const total = own.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0)
    const need = total > 0 ? neededSpeed(total, gapMs) : undefined
    const proofs = laneReadings(own.flatMap(({ identity }) => readings.get(identity) ?? []))
    const trend = [...proofs, ...speeds.readings(lane.id, 'read')].sort((a, b) => a.at - b.at).slice(-MOST_READINGS)
    const newest = trend.at(-1)
    const written = speeds.readings(lane.id, 'write').at(-1)
    const isDying = trendOf(lane.id).is === 'dying' || seen?.smart.is === 'failing'
    const sleeps = seen?.sleepsAfterMs === undefined ? undefined : `sleeps after ${duration(seen.sleepsAfterMs)}`
    return {
      ...(seen ?? { ...UNSEEN, id: lane.id, label: lane.label, detail: lane.detail }),
      folders: own,
      trend,
      ...(newest === undefined ? {} : { speed: newest }),
      ...(written === undefined ? {} : { writeSpeed: written }),
      ...(need === undefined ? {} : { needBytesPerSecond: need }),
      ...judgeDisk(newest?.bytesPerSecond, need, { dying: isDying ? 'may be dying' : undefined, sleeps }),
      test: speeds.test(lane.id),
    }
  })
}
