import type { Timeline } from './types.ts'

const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(8)

/** A timeline as plain lines, in order of time: seconds since its start, who, what. */
export function timelineLines(timeline: Timeline): readonly string[] {
  const { from } = timeline
  const lines: { readonly at: number; readonly line: string }[] = [
    ...timeline.node.map(({ at, kind, sentence }) => ({ at, line: `node  ${kind}: ${sentence}` })),
    ...timeline.statuses.map(({ at, name, status }) => {
      const phase = 'phase' in status ? `:${status.phase}` : ''
      return { at, line: `${name}  ${status.kind}${phase} (${status.timing}): ${status.sentence}` }
    }),
    ...timeline.alarms.map(({ at, is, alarm }) => ({
      at,
      line: `${is === 'begins' ? 'ALARM' : 'over '} ${alarm.code} [${alarm.severity}] ${alarm.sentence}`,
    })),
  ]
  const head = `${new Date(from).toISOString()}, ${timeline.observations} observations`
  const skipped = timeline.skipped.map((name) => `not read (no known format): ${name}`)
  return [head, ...skipped, ...lines.sort((a, b) => a.at - b.at).map(({ at, line }) => `${seconds(at - from)}  ${line}`)]
}
