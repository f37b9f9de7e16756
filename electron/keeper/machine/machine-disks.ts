import { judgeDisk, neededSpeed } from '../../../shared/domain/disk-need.ts'
import type { DiskFolder, DiskReport, SpeedReading } from '../../../shared/domain/machine.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import { resolveNetwork } from '../../../shared/setup/network.ts'
import type { LaneFacts } from '../snapshot.ts'

const MOST_READINGS = 100

/** What a look at the hardware tells of one disk. */
export type DiskHardware = Omit<
  DiskReport,
  'id' | 'label' | 'detail' | 'folders' | 'speed' | 'trend' | 'needBytesPerSecond' | 'verdict' | 'verdictText'
>

const UNKNOWN: DiskHardware = {
  media: 'unknown',
  bus: 'unknown',
  shingled: 'unknown',
  smart: { is: 'unreadable', text: 'not looked at' },
  volumes: [],
  test: { is: 'idle' },
}

interface Known {
  readonly setup: Setup
  /** identity → bytes of its PoS data. */
  readonly sizes: ReadonlyMap<string, number>
  /** identity → speeds of its proofs. */
  readonly readings: ReadonlyMap<string, readonly SpeedReading[]>
  /** lane → measurements of our own. */
  readonly tests: ReadonlyMap<string, readonly SpeedReading[]>
  /** lane → what the hardware tells. */
  readonly hardware: ReadonlyMap<string, DiskHardware>
  /** identity → its disk. */
  readonly lanes: ReadonlyMap<string, LaneFacts>
}

/** One report a physical disk that holds PoS data of this set-up, with what lies on it and what it must do. */
export function diskReports({ setup, sizes, readings, tests, hardware, lanes }: Known): readonly DiskReport[] {
  const onLane = new Map<string, { readonly lane: LaneFacts; readonly folders: DiskFolder[] }>()
  for (const { identity, posFolder } of setup.services) {
    const lane = lanes.get(identity)
    if (lane === undefined) continue
    const sizeBytes = sizes.get(identity)
    const folder = { identity, path: posFolder, ...(sizeBytes === undefined ? {} : { sizeBytes }) }
    const known = onLane.get(lane.id)
    if (known === undefined) onLane.set(lane.id, { lane, folders: [folder] })
    else known.folders.push(folder)
  }
  const gapMs = resolveNetwork(setup.network).poet.cycleGapMs
  return [...onLane.values()].map(({ lane, folders }) => {
    const told = hardware.get(lane.id) ?? UNKNOWN
    const proofs = folders.flatMap(({ identity }) => readings.get(identity) ?? [])
    const trend = [...proofs, ...(tests.get(lane.id) ?? [])].sort((a, b) => a.at - b.at).slice(-MOST_READINGS)
    // A proof reads all of it, as the next one will: it beats a measurement of some seconds, until the disk is tested later.
    const newest = trend.at(-1)
    const total = folders.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0)
    const need = total > 0 ? neededSpeed(total, gapMs) : undefined
    return {
      ...told,
      id: lane.id,
      label: lane.label,
      detail: lane.detail,
      folders,
      trend,
      ...(newest === undefined ? {} : { speed: newest }),
      ...(need === undefined ? {} : { needBytesPerSecond: need }),
      ...judgeDisk(newest?.bytesPerSecond, need),
    }
  })
}
