import type { UnixMs } from '../../shared/domain/ids.ts'

/** A log line is read up to this many characters; the rest is rubbish or a dump. */
const MAX_LINE_CHARS = 64 * 1024

const ESCAPE = '\u001b'
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g')

/** A line bounded, without its carriage return and colours (a log may have come through a terminal). */
export function plainLine(raw: string): string {
  const bounded = raw.length > MAX_LINE_CHARS ? raw.slice(0, MAX_LINE_CHARS) : raw
  const line = bounded.endsWith('\r') ? bounded.slice(0, -1) : bounded
  return line.includes(ESCAPE) ? line.replaceAll(COLOUR, '') : line
}

/** Wall-clock time of a log line; `undefined` when it is not a date. */
export function parseLogTime(text: string): UnixMs | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
