import type { Decision } from '../../shared/domain/decide.ts'
import type { UnixMs } from '../../shared/domain/ids.ts'
import { shortId } from '../../shared/domain/ids.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import type { Hold } from '../../shared/domain/publication.ts'
import type { World } from '../../shared/domain/world.ts'
import {
  NEEDS_RESTART,
  type AppSnapshot,
  type IdentitySnapshot,
  type Lane,
  type NodeSnapshot,
  type ServiceSnapshot,
} from '../../shared/ipc/snapshot.ts'
import type { Setup } from '../../shared/setup/schema.ts'

export interface LaneFacts {
  readonly id: string
  readonly label: string
  readonly detail: string
}

interface Input {
  readonly setup: Setup
  readonly world: World
  readonly decision: Decision
  readonly now: UnixMs
  readonly mode: 'real' | 'practice'
  readonly processes: ReadonlyMap<string, ProcessState>
  readonly needsRestart: (name: string) => boolean
  /** Which PoETs hold the start of the node, when so. */
  readonly poets: string | undefined
  /** identity → its disk. */
  readonly lanes: ReadonlyMap<string, LaneFacts>
  /** identity → why its key is kept out of the node. */
  readonly holds: ReadonlyMap<string, Hold>
  readonly host: AppSnapshot['host']
  readonly setupProblem: string | undefined
  readonly revision: number
}

/** Name of a service's process and log. */
export const serviceName = (identity: string): string => `service-${identity.slice(0, 12)}`

const colourOf = (id: string): number => Number.parseInt(id.slice(0, 4), 16) % 12

/** Look-ups by identity, made once a set-up. */
interface Listed {
  readonly identities: ReadonlyMap<string, Setup['identities'][number]>
  readonly services: ReadonlyMap<string, Setup['services'][number]>
}
const listedOf = new WeakMap<Setup, Listed>()
function listedIn(setup: Setup): Listed {
  const known = listedOf.get(setup)
  if (known !== undefined) return known
  const made = {
    identities: new Map(setup.identities.map((one) => [one.id, one])),
    services: new Map(setup.services.map((one) => [one.identity, one])),
  }
  listedOf.set(setup, made)
  return made
}

function serviceOf(input: Input, id: string): ServiceSnapshot | undefined {
  const service = listedIn(input.setup).services.get(id)
  if (service === undefined) return undefined
  const process = input.processes.get(serviceName(id))
  return {
    owner: service.owner,
    operator: service.operator,
    posFolder: service.posFolder,
    ...(process === undefined ? {} : { process }),
    ...(input.needsRestart(serviceName(id)) ? { needsRestart: true } : {}),
    ...(service.owner === 'smeshkeeper' || service.logFile !== undefined ? { log: serviceName(id) } : {}),
  }
}

function identityOf(input: Input, verdict: Decision['identities'][number]): IdentitySnapshot {
  const listed = listedIn(input.setup).identities.get(verdict.id)
  const belief = input.world.identities.get(verdict.id)
  const folder = belief?.folder?.value
  const lane = input.lanes.get(verdict.id)
  const service = serviceOf(input, verdict.id)
  const hold = input.holds.get(verdict.id)
  const epochs = [...(belief?.atxs.keys() ?? [])]
  return {
    id: verdict.id,
    name: listed?.nickname ?? shortId(verdict.id),
    colour: listed?.colour ?? colourOf(verdict.id),
    status: verdict.status,
    evidence: verdict.evidence,
    ...(folder?.is === 'present' ? { sizeBytes: folder.expectedBytes, numUnits: folder.numUnits } : {}),
    ...(lane === undefined ? {} : { lane: lane.id, disk: lane.label }),
    ...(service === undefined ? {} : { service }),
    ...(epochs.length === 0 ? {} : { lastPublishedEpoch: Math.max(...epochs) }),
    ...(hold === undefined ? {} : { hold }),
  }
}

/** Gives the lanes of the decision the names that the user knows their disks by. */
function namedLanes(lanes: readonly Lane[], facts: Iterable<LaneFacts>): Lane[] {
  const byId = new Map([...facts].map((one) => [one.id, one]))
  return lanes.map((lane) => ({ ...lane, label: byId.get(lane.id)?.label ?? lane.label, detail: byId.get(lane.id)?.detail ?? lane.detail }))
}

/** While it starts, the probe's step says most; what a PoET does to it is named. */
function nodeOf({ decision, setup, processes, poets, needsRestart }: Input): NodeSnapshot {
  const process = processes.get('node')
  const { node } = decision
  const step = node.kind === 'starting' && process?.at === 'starting' ? process.step : undefined
  const isChanged = needsRestart('node')
  const more = [node.kind === 'starting' ? poets : undefined, isChanged ? NEEDS_RESTART : undefined].filter((text) => text !== undefined)
  return {
    ...node,
    sentence: [node.sentence, ...more].join(' '),
    ...(step === undefined ? {} : { step: poets === undefined ? step : `${step}: ${poets}` }),
    mode: setup.node.mode,
    owner: setup.node.owner,
    ...(isChanged ? { needsRestart: true } : {}),
    ...(process === undefined ? {} : { process }),
  }
}

/** Everything a face shows, from what was decided. Pure. */
export function buildSnapshot(input: Input): AppSnapshot {
  const { decision } = input
  return {
    revision: input.revision,
    at: input.now,
    mode: input.mode,
    headline: decision.headline,
    node: nodeOf(input),
    identities: decision.identities.map((verdict) => identityOf(input, verdict)),
    alarms: decision.alarms,
    ...(decision.ribbon === undefined
      ? {}
      : { ribbon: { ...decision.ribbon, lanes: namedLanes(decision.ribbon.lanes, input.lanes.values()) } }),
    ...(input.setupProblem === undefined ? {} : { setupProblem: input.setupProblem }),
    ...(input.world.backup === undefined ? {} : { backup: input.world.backup.value }),
    ...(input.world.readiness === undefined ? {} : { ready: input.world.readiness }),
    ...(input.world.keyConflicts === undefined ? {} : { conflicts: input.world.keyConflicts.value }),
    host: input.host,
  }
}

/** Before there is a set-up. */
export function emptySnapshot(host: AppSnapshot['host'], now: UnixMs, revision: number, setupProblem?: string): AppSnapshot {
  return {
    revision,
    at: now,
    mode: 'none',
    headline: setupProblem === undefined ? 'Nothing is set up yet.' : 'The set-up cannot be used.',
    node: { mode: 'none', owner: 'someone', kind: 'none', sentence: 'No node is set up.', evidence: [] },
    identities: [],
    alarms: [],
    host,
    ...(setupProblem === undefined ? {} : { setupProblem }),
  }
}
