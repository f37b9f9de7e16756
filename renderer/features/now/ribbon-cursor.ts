import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { Ribbon } from '../../../shared/ipc/snapshot.ts'

/** Where the keyboard is in the ribbon. */
export interface Cursor {
  readonly lane: number
  readonly segment: number
}

const clamp = (value: number, most: number): number => Math.min(Math.max(0, value), Math.max(0, most))

/** Segment of a lane that is under `at`, or the nearest. */
function nearest(ribbon: Ribbon, lane: number, at: UnixMs): number {
  const segments = ribbon.lanes[lane]?.segments ?? []
  const far = segments.map((one) => (at < one.from ? one.from - at : Math.max(0, at - one.to)))
  return Math.max(0, far.indexOf(Math.min(...far)))
}

/** ↑↓ lane, ←→ segment, Home now, End deadline, Esc out. */
export function moveCursor(ribbon: Ribbon, cursor: Cursor | undefined, key: string, now: UnixMs): Cursor | undefined | 'not-mine' {
  const lane = cursor?.lane ?? 0
  const here = cursor === undefined ? undefined : ribbon.lanes[cursor.lane]?.segments[cursor.segment]
  const to = (next: number): Cursor => {
    const inside = clamp(next, ribbon.lanes.length - 1)
    return { lane: inside, segment: nearest(ribbon, inside, here?.from ?? now) }
  }
  const along = (step: number): Cursor =>
    cursor === undefined ? to(0) : { lane, segment: clamp(cursor.segment + step, (ribbon.lanes[lane]?.segments.length ?? 1) - 1) }
  switch (key) {
    case 'ArrowUp':
      return to(lane - 1)
    case 'ArrowDown':
      return to(cursor === undefined ? 0 : lane + 1)
    case 'ArrowLeft':
      return along(-1)
    case 'ArrowRight':
      return along(1)
    case 'Home':
      return { lane, segment: nearest(ribbon, lane, now) }
    case 'End':
      return { lane, segment: nearest(ribbon, lane, ribbon.gapCloses) }
    case 'Escape':
      return cursor === undefined ? 'not-mine' : undefined
    default:
      return 'not-mine'
  }
}
