import { identityIdFromBase64, type IdentityId, type UnixMs } from '../domain/ids.ts'
import type { Observation } from '../domain/observation.ts'
import { jsonLines, number, record, text, type Json } from './json-lines.ts'
import { serviceHints, serviceHits, serviceNonces } from './logs.ts'
import { operatorSeen } from './status-lines.ts'
import type { Hints, LogParsers, Reading } from './types.ts'

export const isServiceTimeline = (first: Json): boolean => text(first['case']) !== undefined

/** A log that was quiet for this long has ended its entry. */
const QUIET_MS = 300

/** Log lines have whole seconds and the rest of the timeline ms since its start: the latest start that fits all lines. */
function startOf(lines: readonly Json[]): UnixMs {
  let t0 = 0
  for (const line of lines) {
    const logged = /^\[(20\d\d-\d\d-\d\dT[\d:.]+Z)/.exec(text(line['line']) ?? '')?.[1]
    const ms = number(line['t_ms'])
    if (logged !== undefined && ms !== undefined) t0 = Math.max(t0, Date.parse(logged) - ms)
  }
  return t0
}

function identityOf(lines: readonly Json[]): IdentityId | undefined {
  for (const line of lines) {
    const meta = record(record(record(line['json'])?.['metadata'])?.['meta'])
    const id = identityIdFromBase64(text(meta?.['node_id']) ?? '')
    if (id !== undefined) return id
  }
  return undefined
}

/** The node's end of a case: what it asks for and whether it is there. */
interface NodeEnd {
  isConnected: boolean
  isAsking: boolean
}

function foldNodeSide(end: NodeEnd, line: Json): void {
  const event = text(line['ev']) ?? ''
  const control = /^control: ([0-9a-f]*)/i.exec(event)?.[1]
  if (control !== undefined) end.isAsking = control !== ''
  if (event === 'service connected') end.isConnected = true
  if (event === 'service disconnected') end.isConnected = false
  if (event === 'proof received') end.isAsking = false
}

/** Something that the real node would have said in PostStates. */
const statesOf = (at: UnixMs, identity: IdentityId, end: NodeEnd): Observation => ({
  at,
  kind: 'post-states',
  states: [{ identity, state: end.isAsking ? 'proving' : 'idle', name: 'recorded.key' }],
})

interface Told {
  readonly identity: IdentityId
  readonly end: NodeEnd
  readonly at: UnixMs
}

function ofControl({ identity, end, at }: Told, line: Json): readonly Observation[] {
  const event = text(line['ev']) ?? ''
  if (/^start (post-service|service)/.test(event)) {
    return [{ at, kind: 'service-process', identity, state: { at: 'starting', attempt: 1, since: at, readyBy: at + 60_000 } }]
  }
  if (event === 'node-side ended by SIGKILL') {
    end.isConnected = false
    return [{ at, kind: 'node-api', listener: 'post', reach: 'down', why: 'killed' }]
  }
  if (event === 'node started again') return [{ at, kind: 'node-api', listener: 'post', reach: 'up' }]
  return []
}

function ofProcess({ identity, at }: Told, line: Json): readonly Observation[] {
  if (text(line['ev']) !== 'exit') return []
  const code = number(line['code'])
  const signal = text(line['signal'])
  const last = { at, ...(code === undefined ? {} : { code }), ...(signal === undefined ? {} : { signal }) }
  return [{ at, kind: 'service-process', identity, state: { at: 'exited', last } }]
}

/** One merged timeline of a single service. The node's end is known only where the recorder played it. */
export function readServiceTimeline(content: string, parsers: LogParsers): Reading {
  const [, ...lines] = jsonLines(content)
  const t0 = startOf(lines)
  const identity = identityOf(lines) ?? ('00'.repeat(32) as IdentityId)
  const reader = parsers.serviceLog()
  const end: NodeEnd = { isConnected: false, isAsking: false }
  const observations: Observation[] = []
  let hints: Hints = { isServiceOnly: true, services: new Map([[identity, {}]]) }
  let isReady = false
  let lastLogAt = 0
  for (const line of lines) {
    const at = t0 + (number(line['t_ms']) ?? 0)
    if (at - lastLogAt > QUIET_MS)
      observations.push(...reader.settle().map((fact): Observation => ({ at: lastLogAt + QUIET_MS, kind: 'service-log', identity, fact })))
    const told: Told = { identity, end, at }
    switch (text(line['src'])) {
      case 'ctl':
        if ((text(line['ev']) ?? '').startsWith('start ')) isReady = false
        observations.push(...ofControl(told, line))
        break
      case 'node-side': {
        const before = `${end.isConnected}/${end.isAsking}`
        foldNodeSide(end, line)
        const perUnit = number(record(record(record(line['json'])?.['metadata'])?.['meta'])?.['labels_per_unit'])
        if (perUnit !== undefined) hints = { ...hints, labelsPerUnit: perUnit }
        if (`${end.isConnected}/${end.isAsking}` !== before && end.isConnected) observations.push(statesOf(at, identity, end))
        break
      }
      case 'status':
        observations.push(...operatorSeen(identity, at, line))
        if (end.isConnected) observations.push(statesOf(at, identity, end))
        break
      case 'post-service': {
        const content = text(line['line'])
        if (content === undefined) {
          observations.push(
            ...reader.settle().map((fact): Observation => ({ at, kind: 'service-log', identity, fact })),
            ...ofProcess(told, line),
          )
          break
        }
        const nonces = serviceNonces(content)
        if (nonces !== undefined) hints = { ...hints, services: new Map([[identity, { nonces }]]) }
        hints = { ...hints, ...serviceHints(content), ...serviceHits(content) }
        if (!isReady) observations.push({ at, kind: 'service-process', identity, state: { at: 'ready', since: at } })
        isReady = true
        lastLogAt = at
        observations.push(...reader.push(content).map((fact): Observation => ({ at, kind: 'service-log', identity, fact })))
        break
      }
      default:
        break
    }
  }
  return { observations, hints }
}
