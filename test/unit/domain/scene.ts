import { decide, type Decision } from '../../../shared/domain/decide.ts'
import { asEpoch, asLayer, parseIdentityId, type IdentityId } from '../../../shared/domain/ids.ts'
import type { NodeEvent, Observation, OperatorAnswer, PosFolderState } from '../../../shared/domain/observation.ts'
import { observe } from '../../../shared/domain/observe.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'
import type { IdentityStatus } from '../../../shared/domain/status.ts'
import { emptyWorld, type World } from '../../../shared/domain/world.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'

export function anId(char: string): IdentityId {
  const id = parseIdentityId(char.repeat(64))
  if (id === undefined) throw new Error('not an id')
  return id
}
export const AMBER = anId('a')
export const BASALT = anId('b')
export const CHALLENGE = '1'.repeat(64)

/** Mainnet, epoch 61: gap Sun 2025-11-23 20:00 – Mon 08:00 UTC. @source facts/node-config-and-cli.md §7 */
export const GAP_OPENS = Date.UTC(2025, 10, 23, 20)
export const GAP_ENDS = Date.UTC(2025, 10, 24, 8)
export const EPOCH_ENDS = Date.UTC(2025, 10, 28, 8)
export const EPOCH = asEpoch(61)

type ServiceInput = Partial<Setup['services'][number]>
export function aSetup(
  input: { services?: readonly ServiceInput[]; identities?: readonly Partial<Setup['identities'][number]>[]; node?: object } = {},
): Setup {
  return setupSchema.parse({
    version: 1,
    network: { preset: 'mainnet' },
    node: input.node ?? { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
    identities: input.identities ?? [{ id: AMBER, nickname: 'Amber' }],
    services: (input.services ?? [{}]).map((service, i) => ({
      identity: AMBER,
      binary: '/opt/post-service',
      posFolder: `/mnt/${i}`,
      threads: 1,
      nonces: 288,
      operator: `127.0.0.1:${50051 + i}`,
      nodeAddress: 'http://127.0.0.1:9094',
      ...service,
    })),
  })
}
export const managedNode = {
  mode: 'managed',
  binary: '/opt/go-spacemesh',
  dataFolder: '/data',
  configFile: '/data/config.json',
  listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
}

export const aFolder = (more: Partial<Extract<PosFolderState, { is: 'present' }>> = {}): PosFolderState => ({
  is: 'present',
  identity: AMBER,
  numUnits: 16,
  labelsPerUnit: 2 ** 32,
  expectedBytes: 2 ** 40,
  actualBytes: 2 ** 40,
  hasVrfNonce: true,
  problems: [],
  ...more,
})

type Loose = Observation extends infer O ? (O extends Observation ? Omit<O, 'at'> : never) : never

/** Tells a story: what was seen when, and what is judged. */
export class Story {
  world: World = emptyWorld()
  at: number
  setup: Setup
  constructor(setup: Setup = aSetup(), at = GAP_OPENS + 10_000) {
    this.setup = setup
    this.at = at
  }
  see(observation: Loose): this {
    const whole = { ...observation, at: this.at }
    this.world = observe(this.world, whole)
    return this
  }
  wait(ms: number): this {
    this.at += ms
    return this
  }
  states(states: Readonly<Record<string, 'idle' | 'proving'>>): this {
    return this.see({
      kind: 'post-states',
      states: Object.entries(states).map(([id, state]) => ({ identity: id as IdentityId, state, name: `${id.slice(0, 4)}.key` })),
    })
  }
  post(state: 'idle' | 'proving'): this {
    return this.states({ [AMBER]: state })
  }
  operator(answer: OperatorAnswer, identity: IdentityId = AMBER): this {
    return this.see({ kind: 'operator', identity, answer })
  }
  proving(positionBytes: number, start = 0): this {
    return this.operator({ is: 'proving', nonces: { start, end: start + 288 }, positionBytes })
  }
  process(state: ProcessState, identity: IdentityId = AMBER): this {
    return this.see({ kind: 'service-process', identity, state })
  }
  ready(identity: IdentityId = AMBER): this {
    return this.process({ at: 'ready', since: this.at, pid: 7 }, identity)
  }
  folder(folder: PosFolderState = aFolder()): this {
    return this.see({ kind: 'pos-folder', identity: AMBER, folder })
  }
  log(fact: Extract<Observation, { kind: 'service-log' }>['fact']): this {
    return this.see({ kind: 'service-log', identity: AMBER, fact })
  }
  event(
    event: NodeEvent extends infer E
      ? E extends NodeEvent
        ? Omit<E, 'emittedAt' | 'help' | 'failure'> & { failure?: boolean }
        : never
      : never,
  ): this {
    return this.see({ kind: 'node-event', event: { failure: false, help: '', ...event, emittedAt: this.at } as NodeEvent })
  }
  listed(epochs: readonly number[], to: number = EPOCH): this {
    return this.see({
      kind: 'activations',
      identities: [AMBER],
      fromEpoch: asEpoch(to - 3),
      toEpoch: asEpoch(to),
      list: epochs.map((epoch) => ({ identity: AMBER, atxId: `atx${epoch}`, publishEpoch: asEpoch(epoch) })),
    })
  }
  synced(isSynced = true): this {
    const layer = asLayer(248_756)
    return this.see({
      kind: 'node-sync',
      sync: { isSynced, connectedPeers: 42, currentLayer: layer, latestLayer: layer, appliedLayer: layer },
    })
  }
  decide(lanes?: ReadonlyMap<string, string>): Decision {
    return decide(this.setup, this.world, this.at, lanes === undefined ? {} : { lanes })
  }
  status(identity: IdentityId = AMBER): IdentityStatus {
    const found = this.decide().identities.find((one) => one.id === identity)
    if (found === undefined) throw new Error('no such identity')
    return found.status
  }
  /** `kind` or `kind:phase`. */
  get said(): string {
    const status = this.status()
    return 'phase' in status ? `${status.kind}:${status.phase}` : status.kind
  }
  get alarms(): readonly string[] {
    return this.decide().alarms.map((alarm) => alarm.code)
  }
  get actions(): readonly string[] {
    return this.decide().actions.map((action) => action.do)
  }
}
