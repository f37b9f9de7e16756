import { forecastFrom, forecastRun } from './forecast.ts'
import type { IdentityId, UnixMs } from './ids.ts'
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

/** Who can still make the gap end first, then the shortest; who cannot goes last, not never. */
function byNeed(a: View, b: View): number {
  const lateness = (v: View): number => (v.now >= v.due.gapEnd ? 1 : 0)
  return (
    lateness(a) - lateness(b) ||
    (a.belief.postStateSince ?? 0) - (b.belief.postStateSince ?? 0) ||
    (a.totalBytes ?? 0) - (b.totalBytes ?? 0) ||
    (a.id < b.id ? -1 : 1)
  )
}

/** One at a time on each lane: the places of those whose services wait for their turn. */
export function queueOf(views: readonly View[]): ReadonlyMap<IdentityId, QueuePlace> {
  const queue = new Map<IdentityId, QueuePlace>()
  const waiting = new Map<string, View[]>()
  const busy = new Map<string, View>()
  for (const view of views) {
    const isWaiting = view.isParked && view.post === 'proving' && !isBusy(view)
    if (isWaiting) waiting.set(laneOf(view), [...(waiting.get(laneOf(view)) ?? []), view])
    else if (holdsLane(view)) busy.set(laneOf(view), view)
  }
  for (const [lane, line] of waiting) {
    const holder = busy.get(lane)
    let free: UnixMs | undefined = holder === undefined ? line[0]?.now : forecastRun(holder)?.p50
    line.sort(byNeed).forEach((view, index) => {
      const place = index + (holder === undefined ? 1 : 2)
      queue.set(view.id, { place, ...(free === undefined ? {} : { expectedStart: free }) })
      free = free === undefined ? undefined : forecastFrom(view, free)?.p50
    })
  }
  return queue
}
