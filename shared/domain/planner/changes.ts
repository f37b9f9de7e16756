import { labelSpeed, threadsOf } from './costs.ts'
import type { PlanDraft, PlanIdentity, PlanInputs } from './types.ts'

interface Settings {
  readonly nonces?: number
  readonly threads?: number
  readonly randomx?: 'fast' | 'light'
  readonly disk?: string
}

const LIGHT_TO_FAST = 6

/** Fast mode over light mode in hashes a second, as measured here, else as usual. */
function modeRatio({ machine }: PlanInputs): number {
  const { fastHashesPerSecond: fast, lightHashesPerSecond: light } = machine
  return fast !== undefined && light !== undefined && fast > 0 && light > 0 ? fast / light : LIGHT_TO_FAST
}

/** What was measured of the proof of work, carried over to other settings; nothing of it stays where it would be a guess. */
function powAfter(inputs: PlanInputs, old: PlanIdentity, next: PlanIdentity): number | undefined {
  if (old.lastPowMs === undefined) return undefined
  const threads = threadsOf(old, inputs.machine) / Math.max(1, threadsOf(next, inputs.machine))
  const mode = old.randomx === next.randomx ? 1 : next.randomx === 'light' ? modeRatio(inputs) : 1 / modeRatio(inputs)
  return (old.lastPowMs * (next.nonces / Math.max(1, old.nonces)) * threads * mode * next.numUnits) / Math.max(1, old.numUnits)
}

/** Speed of reading under other settings: the disk's when it held back, the processor's when that is slower. */
function speedAfter(inputs: PlanInputs, old: PlanIdentity, next: PlanIdentity): number | undefined {
  const last = old.lastBytesPerSecond
  if (last === undefined || old.disk !== next.disk) return undefined
  const { machine } = inputs
  const before = labelSpeed(machine, old.nonces, threadsOf(old, machine))
  const after = labelSpeed(machine, next.nonces, threadsOf(next, machine))
  const ofDisk = inputs.disks.find((disk) => disk.id === next.disk)?.bytesPerSecond
  // It read as fast as the processor could: the disk may give more.
  if (last > 0.9 * before) return Math.min(ofDisk ?? last, after)
  return Math.min(last, after)
}

/** An identity with other settings: what its earlier proofs measured is carried over where it can be. */
export function withSettings(inputs: PlanInputs, one: PlanIdentity, settings: Settings): PlanIdentity {
  const { lastPowMs: _pow, lastBytesPerSecond: _speed, lastPreparingMs: preparing, ...rest } = one
  const next: PlanIdentity = {
    ...rest,
    nonces: settings.nonces ?? one.nonces,
    threads: settings.threads ?? one.threads,
    randomx: settings.randomx ?? one.randomx,
    disk: settings.disk ?? one.disk,
  }
  const powMs = powAfter(inputs, one, next)
  const bytesPerSecond = speedAfter(inputs, one, next)
  return {
    ...next,
    ...(powMs === undefined ? {} : { lastPowMs: powMs }),
    ...(bytesPerSecond === undefined ? {} : { lastBytesPerSecond: bytesPerSecond }),
    ...(preparing === undefined || next.randomx !== one.randomx ? {} : { lastPreparingMs: preparing }),
  }
}

/**
 * The inputs with a what-if put into them: an identity or a disk more, identities moved, other nonces, threads and mode,
 * another limit of provers, slower disks. What is measured stays; moves take the new disk's speed.
 */
export function withChanges(inputs: PlanInputs, draft: PlanDraft): PlanInputs {
  const pace = 1 - Math.min(90, Math.max(0, draft.slowerPercent ?? 0)) / 100
  const disks = [...inputs.disks, ...(draft.addDisk === undefined ? [] : [draft.addDisk])].map((disk) =>
    pace === 1 || disk.bytesPerSecond === undefined ? disk : { ...disk, bytesPerSecond: disk.bytesPerSecond * pace },
  )
  const all = [...inputs.identities, ...(draft.add === undefined ? [] : [draft.add])]
  const known: PlanInputs = { ...inputs, disks: [...inputs.disks, ...(draft.addDisk === undefined ? [] : [draft.addDisk])] }
  const identities = all.map((one) => {
    const disk = draft.moves?.[one.id]
    const settings = draft.identities?.[one.id]
    const changed =
      disk === undefined && settings === undefined
        ? one
        : withSettings(known, one, { ...settings, ...(disk === undefined ? {} : { disk }) })
    if (pace === 1 || changed.lastBytesPerSecond === undefined) return changed
    return { ...changed, lastBytesPerSecond: changed.lastBytesPerSecond * pace }
  })
  const { maxProvers, ...machine } = inputs.machine
  const limit = draft.maxProvers === undefined ? maxProvers : (draft.maxProvers ?? undefined)
  return { ...inputs, disks, identities, machine: { ...machine, ...(limit === undefined ? {} : { maxProvers: limit }) } }
}
