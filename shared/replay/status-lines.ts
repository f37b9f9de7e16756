import type { IdentityId, UnixMs } from '../domain/ids.ts'
import type { Observation, OperatorAnswer } from '../domain/observation.ts'
import { jsonLines, number, record, text, time, type Json } from './json-lines.ts'

/** Longest wait for an answer, as in the keeper. */
const DEADLINE_MS = 2_000
const SLACK_MS = 500

/** The body of `GET /status`. @source facts/post-service.md §3 */
export function statusBody(body: string): OperatorAnswer {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return { is: 'garbage', text: body.slice(0, 200) }
  }
  if (value === 'Idle') return { is: 'idle' }
  if (value === 'DoneProving') return { is: 'done' }
  const proving = record(record(value)?.['Proving'])
  const nonces = record(proving?.['nonces'])
  const [start, end, position] = [number(nonces?.['start']), number(nonces?.['end']), number(proving?.['position'])]
  if (start === undefined || end === undefined || position === undefined) return { is: 'garbage', text: body.slice(0, 200) }
  return { is: 'proving', nonces: { start, end }, positionBytes: position }
}

/** What a recorded question of the operator came to. */
export function answerOfLine(line: Json): OperatorAnswer | undefined {
  const body = text(line['body'])
  if (body !== undefined) return number(line['http']) === 200 ? statusBody(body) : { is: 'garbage', text: body.slice(0, 200) }
  const error = text(line['error'])
  if (error === undefined) return undefined
  return /refused|reset|EOF|ConnectionReset/i.test(error) ? { is: 'none' } : { is: 'silent' }
}

/** What the keeper would have seen: an answer after the deadline is preceded by "silent" at the deadline. */
export function operatorSeen(identity: IdentityId, at: UnixMs, line: Json): readonly Observation[] {
  const answer = answerOfLine(line)
  if (answer === undefined) return []
  const tookMs = number(line['took_ms']) ?? 0
  const told: Observation = { at, kind: 'operator', identity, answer, tookMs }
  if (tookMs <= DEADLINE_MS || answer.is === 'silent') return [told]
  return [{ at: at - tookMs + DEADLINE_MS, kind: 'operator', identity, answer: { is: 'silent' }, tookMs: DEADLINE_MS }, told]
}

export const isStatusLines = (first: Json, second: Json | undefined): boolean =>
  text(first['t0_utc']) !== undefined && (text(second?.['url']) ?? '').endsWith('/status')

interface Recorder {
  readonly t0: number
  last: number
}

/** Two recorders may have written into one file: lines stand in order of time, each recorder counts from its own start. */
function recorderOf(recorders: readonly Recorder[], ms: number, lastAt: UnixMs): Recorder | undefined {
  const fitting = recorders.filter((recorder) => recorder.last <= ms && recorder.t0 + ms >= lastAt - SLACK_MS)
  return fitting.reduce<Recorder | undefined>((best, next) => (best === undefined || next.t0 < best.t0 ? next : best), undefined)
}

/** A whole `status.jsonl`. */
export function readStatusLines(content: string): (identity: IdentityId) => readonly Observation[] {
  const recorders: Recorder[] = []
  let lastAt = 0
  const timed: { readonly at: UnixMs; readonly line: Json }[] = []
  for (const line of jsonLines(content)) {
    const ms = number(line['t_ms']) ?? 0
    const t0 = time(line['t0_utc'])
    if (t0 !== undefined) {
      recorders.push({ t0, last: 0 })
      continue
    }
    const recorder = recorderOf(recorders, ms, lastAt)
    if (recorder === undefined) continue
    recorder.last = ms
    lastAt = Math.max(lastAt, recorder.t0 + ms)
    timed.push({ at: recorder.t0 + ms, line })
  }
  return (identity) => timed.flatMap(({ at, line }) => operatorSeen(identity, at, line))
}
