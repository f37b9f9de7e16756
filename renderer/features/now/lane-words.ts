import { assertNever } from '../../../shared/domain/fault.ts'
import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { Times } from '../../components/times.ts'
import type { Lane, RibbonSegment } from '../../../shared/ipc/snapshot.ts'

export type Names = ReadonlyMap<string, string>

/** One segment in words, for its card, the list and readers. */
export function segmentWords(segment: RibbonSegment, name: string, now: UnixMs, { moment, span }: Times): string {
  const pass = segment.pass !== undefined && segment.pass > 1 ? `, pass ${segment.pass}` : ''
  const time = span(segment.from, segment.to, now)
  switch (segment.is) {
    case 'preparing':
      return `${name} prepares ${time}`
    case 'pow':
      return `${name} proof of work${pass} ${time}`
    case 'reading':
      return `${name} reading${pass} ${time}`
    case 'expected':
      return segment.p5 === undefined || segment.p95 === undefined
        ? `${name} expected to be done by ${moment(segment.to, now)}`
        : `${name} done ${span(segment.p5, segment.p95, now)}`
    case 'queued':
      return `${name} queued, starts ${moment(segment.from, now)}`
    case 'proved':
      return `${name} proved ${moment(segment.to, now)}`
    case 'lost':
      return `${name} lost its work at ${moment(segment.to, now)}`
    case 'needed':
      return `${name} needs this long, last safe start ${moment(segment.from, now)}`
    default:
      return assertNever(segment.is)
  }
}

export const nameIn = (names: Names, id: string): string => names.get(id) ?? id.slice(0, 8)

/** A lane as one sentence. */
export function laneWords(lane: Lane, names: Names, now: UnixMs, times: Times): string {
  const said = lane.segments
    .filter((segment) => segment.is !== 'preparing' && segment.is !== 'pow')
    .map((segment) => segmentWords(segment, nameIn(names, segment.identity), now, times))
  return `${lane.label}: ${said.length === 0 ? 'nothing to prove' : said.join('; ')}`
}

/** Lanes of one shelf or machine: the part of the label before a comma. */
export function shelves(lanes: readonly Lane[]): readonly { readonly label: string; readonly lanes: readonly Lane[] }[] {
  const groups = new Map<string, Lane[]>()
  for (const lane of lanes) {
    const label = lane.label.split(',')[0] ?? lane.label
    const group = groups.get(label)
    if (group === undefined) groups.set(label, [lane])
    else group.push(lane)
  }
  return [...groups].map(([label, members]) => ({ label, lanes: members }))
}
