import type { DiskReport, MachineReport, PowRates } from './machine.ts'
import { currentGap, epochLengthMs, publishEnd, type NetworkTiming, type PostParameters } from './network.ts'
import { asEpoch, type UnixMs } from './ids.ts'
import type { PlanDisk, PlanIdentity, PlanInputs } from './planner/index.ts'

/** One identity with its service, as known; without a size nothing can be planned for it. */
export interface PlanFact {
  readonly id: string
  readonly name: string
  readonly colour: number
  readonly numUnits: number | undefined
  readonly totalBytes: number | undefined
  readonly nonces: number
  /** 0 = all. */
  readonly threads: number
  readonly randomx: 'fast' | 'light'
  /** Lane as the set-up's folders tell it: for folders that no disk report names. */
  readonly lane: { readonly id: string; readonly label: string; readonly detail: string }
  /** Made its proof of this gap. */
  readonly isDone: boolean
  readonly startedAt?: UnixMs
  readonly lastPowMs?: number
  readonly lastPreparingMs?: number
  readonly lastBytesPerSecond?: number
}

export interface PlanFacts {
  readonly now: UnixMs
  readonly net: NetworkTiming & { readonly post: PostParameters }
  readonly identities: readonly PlanFact[]
  readonly disks: readonly DiskReport[]
  readonly pow: PowRates | undefined
  readonly threads: number
  readonly memory: Pick<MachineReport['memory'], 'totalBytes' | 'systemAndNodeBytes'>
  readonly maxProvers: number | null
}

/** Left to the system for what it caches. */
const RESERVE_SHARE = 0.05
/** From one proof to the next, when too little was measured to say. */
const USUAL_SPREAD = 0.08
const FEWEST_READINGS = 4

/** Relative deviation of a disk's speed over its trend, 0.02..0.3. */
export function spreadOf(trend: DiskReport['trend']): number {
  const speeds = trend.map((one) => one.bytesPerSecond).filter((one) => one > 0)
  if (speeds.length < FEWEST_READINGS) return USUAL_SPREAD
  const mean = speeds.reduce((sum, one) => sum + one, 0) / speeds.length
  const variance = speeds.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (speeds.length - 1)
  return Math.min(0.3, Math.max(0.02, Math.sqrt(variance) / mean))
}

/** Memory that provers may take, bytes: what is there, less what system and node use, less a reserve. */
export const proverRoom = ({ totalBytes, systemAndNodeBytes }: PlanFacts['memory']): number =>
  Math.max(0, totalBytes * (1 - RESERVE_SHARE) - systemAndNodeBytes)

function planDisk(disk: DiskReport): PlanDisk {
  const free = disk.volumes.filter((volume) => volume.isReadOnly !== true).flatMap((volume) => volume.freeBytes ?? [])
  return {
    id: disk.id,
    label: disk.label,
    detail: disk.detail,
    spread: spreadOf(disk.trend),
    ...(disk.speed === undefined ? {} : { bytesPerSecond: disk.speed.bytesPerSecond, measuredAt: disk.speed.at }),
    ...(free.length === 0 ? {} : { freeBytes: Math.max(...free) }),
  }
}

/** The gap that is planned: the open one while a proof is missing, else the next. Unix ms. */
function gapOf({
  now,
  net,
  identities,
}: PlanFacts): Pick<PlanInputs, 'gapOpensAt' | 'gapClosesAt' | 'publishEndsAt'> & { readonly isOpen: boolean } {
  const gap = currentGap(net, now)
  const isOver = gap.isOpen && identities.every((one) => one.isDone)
  const shift = isOver ? epochLengthMs(net) : 0
  const epoch = asEpoch(gap.epoch + (isOver ? 1 : 0))
  return {
    gapOpensAt: gap.opensAt + shift,
    gapClosesAt: gap.closesAt + shift,
    publishEndsAt: publishEnd(net, epoch),
    isOpen: gap.isOpen && !isOver,
  }
}

function planIdentity(fact: PlanFact, disk: string, isOpen: boolean): PlanIdentity | undefined {
  const { numUnits, totalBytes } = fact
  if (numUnits === undefined || totalBytes === undefined) return undefined
  const { isDone: _done, lane: _lane, startedAt, ...rest } = fact
  return { ...rest, disk, numUnits, totalBytes, ...(isOpen && startedAt !== undefined ? { startedAt } : {}) }
}

/** What the planner needs, from what is known of machine and identities. In an open gap only those without a proof are planned. */
export function planInputsOf(facts: PlanFacts): PlanInputs {
  const { now, net, disks, pow, memory, maxProvers } = facts
  const { isOpen, ...gap } = gapOf(facts)
  const known: PlanDisk[] = disks.map(planDisk)
  const planned = (fact: PlanFact): PlanIdentity | readonly [] => {
    const disk = disks.find(({ folders }) => folders.some((folder) => folder.identity === fact.id))
    if (disk === undefined && !known.some((one) => one.id === fact.lane.id)) known.push({ ...fact.lane, spread: USUAL_SPREAD })
    return planIdentity(fact, disk?.id ?? fact.lane.id, isOpen) ?? []
  }
  const identities = facts.identities.filter((fact) => !(isOpen && fact.isDone)).flatMap(planned)
  const proved = facts.identities.filter((fact) => isOpen && fact.isDone).flatMap(planned)
  return {
    at: now,
    ...gap,
    unitBytes: net.post.labelsPerUnit * 16,
    post: { k1: net.post.k1, k2: net.post.k2, powDifficulty: net.post.powDifficulty },
    disks: known,
    identities,
    ...(proved.length === 0 ? {} : { proved }),
    machine: {
      threads: facts.threads,
      proverMemoryBytes: proverRoom(memory),
      labelSpeeds: pow?.labelSpeeds ?? [],
      ...(maxProvers === null ? {} : { maxProvers }),
      ...(pow?.fastHashesPerSecond === undefined ? {} : { fastHashesPerSecond: pow.fastHashesPerSecond }),
      ...(pow?.lightHashesPerSecond === undefined ? {} : { lightHashesPerSecond: pow.lightHashesPerSecond }),
    },
  }
}
