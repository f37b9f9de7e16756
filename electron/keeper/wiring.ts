import path from 'node:path'
import { asEpoch, type IdentityId } from '../../shared/domain/ids.ts'
import { epochAt } from '../../shared/domain/network.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { World } from '../../shared/domain/world.ts'
import { resolveNetwork } from '../../shared/setup/network.ts'
import type { Setup } from '../../shared/setup/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../lib/logger.ts'
import { createNodeClient, watchNode } from '../node-api/index.ts'
import type { ProcessState } from '../../shared/domain/process.ts'
import { watchNodeLog, type NodeLogWatch } from './node-log-watch.ts'
import { watchService, type ServiceWatch } from './service-watch.ts'
import { serviceName } from './snapshot.ts'

/** Epochs before the present one whose ATXs are asked for. */
const EPOCHS_BACK = 2

interface Options {
  readonly logs: string
  readonly clock: Clock
  readonly log: Logger
  readonly setup: () => Setup
  readonly world: () => World
  readonly stateOf: (name: string) => ProcessState | undefined
  readonly emit: (seen: Observation, isPast?: boolean) => void
}

/** The watches of node and services; made anew only where the set-up changed. */
export interface Wiring {
  /** Brings the watches in line with the set-up. */
  apply(): Promise<void>
  watchOf(identity: string): ServiceWatch | undefined
  /** The node asks for a proof: what its service does is asked now, not at its calm turn. */
  noticed(seen: Observation): void
  nodeLog(): NodeLogWatch | undefined
  close(): Promise<void>
}

/** The log of a service: ours is known, a foreign one only when the set-up names it. */
export function serviceLogFile(setup: Setup, identity: string, logs: string): string | undefined {
  const service = setup.services.find((one) => one.identity === identity)
  return service?.owner === 'smeshkeeper' ? path.join(logs, `${serviceName(identity)}.log`) : service?.logFile
}

export function nodeLogFile({ node }: Setup, logs: string): string | undefined {
  if (node.mode === 'attached') return node.logFile
  return node.owner === 'smeshkeeper' ? path.join(logs, 'node.log') : undefined
}

interface NodeWires {
  readonly key: string
  readonly nodeLog: NodeLogWatch | undefined
  close(): Promise<void>
}

function wireNode(options: Options, key: string, logFile: string | undefined): NodeWires {
  const { clock, log, setup, emit } = options
  const { node } = setup()
  const listeners = node.mode === 'managed' ? node.listeners : { public: node.public, private: node.private, post: node.post }
  const client = createNodeClient({ listeners, tls: node.tls, clock, log })
  const watch = watchNode(client, {
    identities: () => setup().identities.map((identity) => identity.id as IdentityId),
    epoch: () => {
      const epoch = epochAt(resolveNetwork(setup().network), clock.now())
      return { from: asEpoch(Math.max(0, epoch - EPOCHS_BACK)), to: epoch }
    },
    emit: (seen) => emit(seen),
    clock,
    log,
  })
  const nodeLog = logFile === undefined ? undefined : watchNodeLog(logFile, clock, emit)
  return {
    key,
    nodeLog,
    close: async () => {
      await watch.close()
      await nodeLog?.close()
      client.close()
    },
  }
}

const DOWN: readonly (ProcessState['at'] | undefined)[] = ['stopped', 'exited', 'failed']

export function createWiring(options: Options): Wiring {
  const { logs, clock, setup, world, emit } = options
  const services = new Map<string, { readonly key: string; readonly watch: ServiceWatch }>()
  let node: NodeWires | undefined

  const applyServices = async (): Promise<void> => {
    const wanted = new Map(setup().services.map((service) => [service.identity, service]))
    const keyOf = (identity: string): string => JSON.stringify([wanted.get(identity)?.operator, serviceLogFile(setup(), identity, logs)])
    for (const [identity, { key, watch }] of services) {
      if (key === keyOf(identity)) continue
      services.delete(identity)
      await watch.close()
    }
    for (const [identity, service] of wanted) {
      if (services.has(identity)) continue
      const id = identity as IdentityId
      const watch = watchService({
        identity: id,
        operator: service.operator,
        logFile: serviceLogFile(setup(), identity, logs),
        clock,
        emit,
        isBusy: () => world().identities.get(id)?.postState?.value === 'proving',
        isDown: () => DOWN.includes(options.stateOf(serviceName(identity))?.at),
      })
      services.set(identity, { key: keyOf(identity), watch })
    }
  }
  const applyNode = async (): Promise<void> => {
    const logFile = nodeLogFile(setup(), logs)
    const { node: wanted } = setup()
    const listeners = wanted.mode === 'managed' ? wanted.listeners : [wanted.public, wanted.private, wanted.post]
    const key = JSON.stringify([listeners, wanted.tls, logFile])
    if (node?.key === key) return
    await node?.close()
    node = wireNode(options, key, logFile)
  }

  return {
    async apply() {
      await applyServices()
      await applyNode()
    },
    watchOf: (identity) => services.get(identity)?.watch,
    noticed(seen) {
      const mayAsk =
        seen.kind === 'post-states' || (seen.kind === 'node-log' && seen.fact.fact === 'post-state') || seen.kind === 'node-event'
      if (mayAsk) for (const { watch } of services.values()) watch.wake()
    },
    nodeLog: () => node?.nodeLog,
    async close() {
      for (const { watch } of services.values()) await watch.close()
      await node?.close()
    },
  }
}
