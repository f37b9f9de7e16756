import { systemClock } from '../../../electron/lib/clock.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createNodeClient, watchNode, type NodeClient, type NodeWatch, type WatchPace } from '../../../electron/node-api/index.ts'
import { asEpoch, type IdentityId } from '../../../shared/domain/ids.ts'
import type { Observation } from '../../../shared/domain/observation.ts'

export type Of<K extends Observation['kind']> = Extract<Observation, { kind: K }>

/** Waits for a condition, without sleeping longer than needed; throws at the deadline, saying what it saw. */
export async function until<T>(what: string, look: () => T | undefined | false, deadlineMs = 15_000): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const idBytes = (n: number): Uint8Array => new Uint8Array(32).fill(n)
export const id = (n: number): IdentityId => Buffer.from(idBytes(n)).toString('hex') as IdentityId

/** Everything that a watch saw, with helpers to wait for it. */
export class Seen {
  readonly all: Observation[] = []
  of<K extends Observation['kind']>(kind: K): Of<K>[] {
    return this.all.filter((one): one is Of<K> => one.kind === kind)
  }
  last<K extends Observation['kind']>(kind: K): Of<K> | undefined {
    return this.of(kind).at(-1)
  }
  reach(listener: string): Of<'node-api'> | undefined {
    return this.of('node-api').findLast((one) => one.listener === listener)
  }
  events(): Of<'node-event'>['event'][] {
    return this.of('node-event').map((one) => one.event)
  }
  isDown = (listener: string): boolean => this.reach(listener)?.reach === 'down'
  isUp = (listener: string): boolean => this.reach(listener)?.reach === 'up'
}

export const QUICK: Partial<WatchPace> = {
  statusMs: 40,
  postStatesMs: 40,
  postStatesProvingMs: 20,
  smesherIdsMs: 200,
  activationsMs: 60_000,
  malfeasanceMs: 60_000,
  confirmMs: 50,
  retryMinMs: 20,
  retryMaxMs: 100,
  reachAgainMs: 1_000,
}

export interface Watching {
  readonly client: NodeClient
  readonly watch: NodeWatch
  readonly seen: Seen
  close(): Promise<void>
}

export function startWatching(
  listeners: { public: string; private: string; post: string },
  options: { identities?: IdentityId[]; epochs?: { from: number; to: number }; pace?: Partial<WatchPace>; deadlineMs?: number } = {},
): Watching {
  const common = { clock: systemClock, log: silentLogger }
  const client = createNodeClient({ listeners, ...common, ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }) })
  const seen = new Seen()
  const { from, to } = options.epochs ?? { from: 1, to: 3 }
  const watch = watchNode(client, {
    identities: () => options.identities ?? [id(1), id(2)],
    epoch: () => ({ from: asEpoch(from), to: asEpoch(to) }),
    emit: (one) => void seen.all.push(one),
    ...common,
    pace: { ...QUICK, ...options.pace },
  })
  return {
    client,
    watch,
    seen,
    async close() {
      await watch.close()
      client.close()
    },
  }
}
