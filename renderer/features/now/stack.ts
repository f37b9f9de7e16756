import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { RibbonSegment } from '../../../shared/ipc/snapshot.ts'

/** In which row of its lane each identity is drawn: those that work at the same time lie below each other. */
export interface Stack {
  readonly rowOf: ReadonlyMap<string, number>
  readonly rows: number
}

export function stackOf(segments: readonly RibbonSegment[]): Stack {
  const spans = new Map<string, { from: UnixMs; to: UnixMs }>()
  for (const { identity, from, to, p95 } of segments) {
    const known = spans.get(identity)
    const end = Math.max(to, p95 ?? to)
    spans.set(identity, known === undefined ? { from, to: end } : { from: Math.min(known.from, from), to: Math.max(known.to, end) })
  }
  const ends: UnixMs[] = []
  const rowOf = new Map<string, number>()
  for (const [identity, { from, to }] of [...spans].sort((a, b) => a[1].from - b[1].from || (a[0] < b[0] ? -1 : 1))) {
    const free = ends.findIndex((end) => end <= from)
    const row = free < 0 ? ends.length : free
    ends[row] = to
    rowOf.set(identity, row)
  }
  return { rowOf, rows: Math.max(1, ends.length) }
}
