import { decide, type Decision } from '../domain/decide.ts'
import type { IdentityId, UnixMs } from '../domain/ids.ts'
import type { Observation } from '../domain/observation.ts'
import { epochAt } from '../domain/network.ts'
import { observe } from '../domain/observe.ts'
import { emptyWorld } from '../domain/world.ts'
import type { Alarm, IdentityStatus } from '../domain/status.ts'
import { resolveNetwork } from '../setup/network.ts'
import type { Setup } from '../setup/schema.ts'
import { isGrpc, readGrpc } from './grpc-json.ts'
import { inferSetup, isConfig, readConfig, type ConfigHints } from './infer-setup.ts'
import { jsonLines } from './json-lines.ts'
import { isNodeLog, isServiceLog, readNodeLog, readServiceLog, type ServiceLog } from './logs.ts'
import { isServiceTimeline, readServiceTimeline } from './service-timeline.ts'
import { isStatusLines, readStatusLines } from './status-lines.ts'
import type { AlarmChange, LogParsers, NodeChange, ReplayFile, StatusChange, Timeline } from './types.ts'

/** The keeper judges on every change and once a second. */
const TICK_MS = 1_000

interface Gathered {
  observations: Observation[]
  hints: ConfigHints
  readonly known: Set<IdentityId>
  readonly serviceLogs: Map<string, ServiceLog>
  readonly statusFiles: Map<string, (identity: IdentityId) => readonly Observation[]>
  readonly skipped: string[]
}

/** `…/good.status.jsonl` and `…/good.stderr` are of one service. */
const stem = (name: string): string => name.replace(/\.(status\.jsonl|stderr|jsonl|log)$/, '')

function mergeHints(a: ConfigHints, b: ConfigHints): ConfigHints {
  const services = new Map([...(a.services ?? []), ...(b.services ?? [])])
  // A key file's name is worth more than the beginning of an id, which is all that a log gives.
  const isShort = ([id, name]: readonly [string, string]): boolean => id.startsWith(name)
  const told = [...(a.names ?? []), ...(b.names ?? [])]
  const names = new Map([...told.filter(isShort), ...told.filter((one) => !isShort(one))])
  return { ...a, ...b, services, names }
}

function readWhole(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

function gather(into: Gathered, file: ReplayFile, parsers: LogParsers): void {
  const { name, text: content } = file
  const [first, second] = jsonLines(content.slice(0, 20_000))
  if (isServiceLog(content)) {
    into.serviceLogs.set(stem(name), readServiceLog(content, parsers))
  } else if (isNodeLog(content)) {
    const reading = readNodeLog(content, parsers)
    into.observations.push(...reading.observations)
    into.hints = mergeHints(into.hints, reading.hints)
  } else if (first !== undefined && isServiceTimeline(first)) {
    const reading = readServiceTimeline(content, parsers)
    into.observations.push(...reading.observations)
    into.hints = mergeHints(into.hints, reading.hints)
  } else if (first !== undefined && isStatusLines(first, second)) {
    into.statusFiles.set(stem(name), readStatusLines(content))
  } else if (first !== undefined && isGrpc(first, second)) {
    const reading = readGrpc(content, into.known)
    into.observations.push(...reading.observations)
    into.hints = mergeHints(into.hints, reading.hints)
  } else {
    const config = readWhole(content)
    if (isConfig(config)) into.hints = mergeHints(into.hints, readConfig(config))
    else into.skipped.push(name)
  }
}

/** Service files speak of one identity; the log names it, the answers of the operator do not. */
function withServices(gathered: Gathered): Observation[] {
  const found = [...gathered.observations]
  const services = new Map(gathered.hints.services)
  for (const [name, log] of gathered.serviceLogs) {
    if (log.identity === undefined) {
      gathered.skipped.push(name)
      continue
    }
    services.set(log.identity, log.nonces === undefined ? {} : { nonces: log.nonces })
    found.push(...log.observationsFor(log.identity))
    const status = gathered.statusFiles.get(name)
    if (status !== undefined) found.push(...status(log.identity))
    gathered.statusFiles.delete(name)
    gathered.hints = mergeHints(log.hints, gathered.hints)
  }
  gathered.skipped.push(...gathered.statusFiles.keys())
  gathered.hints = { ...gathered.hints, services }
  return found
}

/** PostStates first: the other answers speak of the identities that it names. */
const byUse = (a: ReplayFile, b: ReplayFile): number => rank(a.name) - rank(b.name)
const rank = (name: string): number => (/PostInfoService|SmesherService/.test(name) ? 0 : 1)

/** Reads files in any of the recordings' formats into one ordered sequence, with the set-up that they imply. */
export function readRecording(
  files: readonly ReplayFile[],
  parsers: LogParsers,
): { readonly observations: readonly Observation[]; readonly setup: Setup; readonly skipped: readonly string[] } {
  const gathered: Gathered = {
    observations: [],
    hints: {},
    known: new Set(),
    serviceLogs: new Map(),
    statusFiles: new Map(),
    skipped: [],
  }
  for (const file of [...files].sort(byUse)) gather(gathered, file, parsers)
  const found = withServices(gathered).sort((a, b) => a.at - b.at)
  const setup = inferSetup(gathered.hints, found[0]?.at ?? 0)
  const net = resolveNetwork(setup.network)
  // A recorded List was asked without a range: it speaks of all epochs up to its own.
  const observations = found.map((one) => (one.kind === 'activations' ? { ...one, toEpoch: epochAt(net, one.at) } : one))
  return { observations, setup, skipped: gathered.skipped }
}

/** What makes a status another one in the eye of the user. */
const gist = (status: IdentityStatus): string =>
  `${status.kind}/${'phase' in status ? status.phase : ''}/${status.timing}/${status.causeCode ?? ''}`

/** Notes what changed from one judgement to the next. */
function recorder(nameOf: (id: string) => string): {
  readonly statuses: StatusChange[]
  readonly alarms: AlarmChange[]
  readonly node: NodeChange[]
  take(decision: Decision, at: UnixMs): void
} {
  const statuses: StatusChange[] = []
  const alarms: AlarmChange[] = []
  const node: NodeChange[] = []
  const lastGist = new Map<string, string>()
  let open = new Map<string, Alarm>()
  return {
    statuses,
    alarms,
    node,
    take(decision, at) {
      if (node.at(-1)?.kind !== decision.node.kind) node.push({ at, kind: decision.node.kind, sentence: decision.node.sentence })
      for (const { id, status } of decision.identities) {
        if (lastGist.get(id) === gist(status)) continue
        lastGist.set(id, gist(status))
        statuses.push({ at, identity: id, name: nameOf(id), status })
      }
      const now = new Map(decision.alarms.map((alarm) => [alarm.key, alarm]))
      for (const [key, alarm] of now) if (!open.has(key)) alarms.push({ at, is: 'begins', alarm })
      for (const [key, alarm] of open) if (!now.has(key)) alarms.push({ at, is: 'ends', alarm })
      open = now
    },
  }
}

/** Replays observations through the keeper's own judgement, on every change and once a second. */
export function replayObservations(observations: readonly Observation[], setup: Setup, skipped: readonly string[] = []): Timeline {
  const from = observations[0]?.at ?? 0
  const to = observations.at(-1)?.at ?? from
  const names = new Map(setup.identities.map((identity) => [identity.id, identity.nickname ?? identity.id.slice(0, 8)]))
  const notes = recorder((id) => names.get(id) ?? id.slice(0, 8))
  let world = emptyWorld()
  let lastTick = from
  observations.forEach((observation, index) => {
    for (; observation.at - lastTick > TICK_MS && observation.at - lastTick < 3_600_000; lastTick += TICK_MS) {
      notes.take(decide(setup, world, lastTick + TICK_MS), lastTick + TICK_MS)
    }
    world = observe(world, observation)
    if (observations[index + 1]?.at === observation.at) return
    lastTick = observation.at
    notes.take(decide(setup, world, observation.at), observation.at)
  })
  return { from, to, observations: observations.length, statuses: notes.statuses, alarms: notes.alarms, node: notes.node, skipped }
}

/** The verb `replay`: files in any of the recordings' formats, judged as if they happened now. */
export function replay(files: readonly ReplayFile[], options: { readonly parsers: LogParsers; readonly setup?: Setup }): Timeline {
  const recording = readRecording(files, options.parsers)
  return replayObservations(recording.observations, options.setup ?? recording.setup, recording.skipped)
}
