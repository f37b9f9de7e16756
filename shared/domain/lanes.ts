import { forecastFrom, forecastRun } from './forecast.ts'
import type { IdentityId, UnixMs } from './ids.ts'
import { laneProblem, type MachineLimits } from './lane-problem.ts'
import { scheduleOf } from './planner/index.ts'
import { nextRetry } from './policy.ts'
import type { QueuePlace, View } from './view.ts'

/** The lane of an identity: as told, else its volume's device, else a lane of its own. */
export function laneOf(v: View): string {
  const told = v.lanes.get(v.id)
  if (told !== undefined) return told
  const volume = v.belief.volume?.value
  return volume?.is === 'mounted' ? volume.device : v.id
}

const isBusy = (v: View): boolean =>
  v.belief.run !== undefined ||
  v.operator?.is === 'proving' ||
  v.operator?.is === 'done' ||
  v.operator?.is === 'silent' ||
  v.alive === 'starting'

/** An identity holds its lane while the node asks for its proof and its service is up, or while it reads. */
const holdsLane = (v: View): boolean => isBusy(v) || (v.post === 'proving' && v.alive === 'yes')

/** It ended without a proof and nobody will start it again but the user: the disk is free for others. */
const hasGivenUp = (v: View): boolean => v.belief.failure?.is === 'failed' && v.operator?.is === 'done' && nextRetry(v) === undefined

/**
 * Who waits for a turn: the places on each lane, and who begins now. One at a time on each lane, as many at once as memory
 * and processor allow, in the order that loses the fewest Space Units. Worked out anew from what is so at every decision.
 * @source design.md §4, Scheduling
 */
export function queueOf(views: readonly View[], limits?: MachineLimits): ReadonlyMap<IdentityId, QueuePlace> {
  const queue = new Map<IdentityId, QueuePlace>()
  const waiting: View[] = []
  const holders: View[] = []
  for (const view of views) {
    if (view.isParked && view.post === 'proving' && !isBusy(view)) waiting.push(view)
    else if (holdsLane(view) && !hasGivenUp(view)) holders.push(view)
  }
  const [first] = waiting
  if (first === undefined) return queue
  const inLane = (view: View): { readonly view: View; readonly lane: string } => ({ view, lane: laneOf(view) })
  const schedule = scheduleOf(laneProblem(waiting.map(inLane), holders.map(inLane), first.now, limits))
  const starts = new Set(schedule.starts)
  const order = [...schedule.starts, ...schedule.waiting.map(({ id }) => id)]
  const lines = new Map<string, View[]>()
  for (const id of order) {
    const view = waiting.find((one) => one.id === id)
    if (view !== undefined) lines.set(laneOf(view), [...(lines.get(laneOf(view)) ?? []), view])
  }
  for (const [lane, line] of lines) {
    const holder = holders.find((one) => laneOf(one) === lane)
    const isHeld = holder !== undefined
    let free: UnixMs | undefined = holder === undefined ? first.now : forecastRun(holder)?.p50
    line.forEach((view, index) => {
      const isNow = starts.has(view.id)
      const place = index + (isHeld && !isNow ? 2 : 1)
      // Its disk is free, but memory or processor is not: when, the disk does not tell.
      const isHeldBack = !isNow && index === 0 && !isHeld
      if (isHeldBack) free = undefined
      queue.set(view.id, { place, isNow, isHeldBack, ...(free === undefined ? {} : { expectedStart: free }) })
      free = free === undefined ? undefined : forecastFrom(view, free)?.p50
    })
  }
  return queue
}
