import type { IdentityId } from '../../shared/domain/ids.ts'
import type { Owner } from '../../shared/domain/process.ts'
import { serviceName } from '../../electron/keeper/snapshot.ts'
import { setupSchema, type Setup } from '../../shared/setup/schema.ts'
import { COMPRESSED, epochMs, MAINNET_LENGTH, roundEnd, roundStart, startOf, type SimTiming } from './network.ts'
import { seededRandom, type Random } from './random.ts'

export interface PlannedService {
  readonly identity: IdentityId
  readonly name: string
  readonly owner: Owner
  readonly policy: 'always' | 'when-due'
  readonly disk: number
  readonly nonces: number
  readonly hasLog: boolean
  readonly totalBytes: number
  readonly prepareMs: number
  readonly powMs: number
  readonly passMs: number
  /** Made its initial proof long ago. */
  readonly isOld: boolean
}

type One = { readonly identity: IdentityId }
type Span = { readonly forMs: number }
/** Something that goes wrong at `at` (true ms since genesis). */
export type SimFault = { readonly at: number } & (
  | ({ readonly fault: 'service-crash' } & One & { readonly times: number })
  | ({ readonly fault: 'proof-fails' | 'false-atx' | 'twin' } & One)
  | ({ readonly fault: 'data-bad' | 'flapping' | 'duplicate' } & One & Span)
  | ({ readonly fault: 'operator'; readonly how: 'silent' | 'garbage' | 'swallowed' } & One & Span)
  | ({ readonly fault: 'node-crash' } & Span)
  | { readonly fault: 'new-challenge' }
  | ({ readonly fault: 'api-lost' | 'no-sync' } & Span)
  | ({ readonly fault: 'poet-out'; readonly poets: readonly number[] } & Span)
  | { readonly fault: 'poet-late'; readonly lateMs: number; readonly poets: readonly number[] }
  | ({ readonly fault: 'disk'; readonly disk: number; readonly how: 'gone' | 'hung' | 'slow' } & Span)
  | ({ readonly fault: 'clock'; readonly byMs: number } & Span)
  | ({ readonly fault: 'keeper' } & Span)
)

export interface Scenario {
  readonly seed: number
  readonly net: SimTiming
  readonly epochs: number
  readonly isAttached: boolean
  readonly disks: number
  readonly poets: number
  readonly services: readonly PlannedService[]
  readonly faults: readonly SimFault[]
  readonly setup: Setup
}

const POST = {
  labelsPerUnit: 4_294_967_296,
  minNumUnits: 4,
  maxNumUnits: 4_294_967_295,
  k1: 26,
  k2: 37,
  powDifficulty: '000dfb23b0979b4b000000000000000000000000000000000000000000000000',
  scrypt: { n: 8192, r: 1, p: 1 },
}

function planServices(random: Random, net: SimTiming, disks: number, isAttached: boolean): PlannedService[] {
  const count = random.chance(0.06) ? random.whole(8, 20) : random.whole(1, 4)
  const policy = random.pick(['always', 'always', 'when-due'] as const)
  const isForeign = isAttached && random.chance(0.6)
  return Array.from({ length: count }, () => {
    const identity = random.hex(64) as IdentityId
    // Several in line on one disk must fit into the gap.
    const share = policy === 'when-due' ? Math.min(1, (disks * 3) / count) : 1
    const owner = isForeign ? 'systemd' : 'smeshkeeper'
    return {
      identity,
      name: serviceName(identity),
      owner,
      policy: isForeign ? 'always' : policy,
      disk: random.whole(0, disks - 1),
      nonces: random.pick([128, 288, 288]),
      hasLog: !isForeign || random.chance(0.5),
      totalBytes: POST.labelsPerUnit * 16 * 4,
      prepareMs: random.between(...net.prepareMs) * share,
      powMs: random.between(...net.powMs) * share,
      passMs: random.between(...net.passMs) * share,
      isOld: random.chance(0.8),
    } as const
  })
}

function makeSetup(net: SimTiming, services: readonly PlannedService[], isAttached: boolean): Setup {
  const timing = {
    genesisTime: new Date(net.genesisMs).toISOString(),
    layerDurationMs: net.layerDurationMs,
    layersPerEpoch: net.layersPerEpoch,
    poet: net.poet,
    post: POST,
    addressPrefix: 'sim',
  }
  return setupSchema.parse({
    version: 1,
    network: net.name === 'mainnet' ? { preset: 'mainnet', genesisTime: timing.genesisTime } : { preset: 'custom', ...timing },
    node: isAttached
      ? { mode: 'attached', public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' }
      : {
          mode: 'managed',
          binary: '/opt/go-spacemesh',
          dataFolder: '/var/node',
          configFile: '/var/node/config.json',
          listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
        },
    identities: services.map(({ identity }) => ({ id: identity })),
    services: services.map((service, index) => ({
      identity: service.identity,
      owner: service.owner,
      binary: '/opt/post-service',
      posFolder: `/mnt/disk${service.disk}/${index}`,
      nonces: service.nonces,
      threads: 1,
      operator: `127.0.0.1:${50_000 + index}`,
      nodeAddress: 'http://127.0.0.1:9094',
      policy: service.policy,
    })),
  })
}

/** Most things go wrong around the gap: there they matter. */
function moment(random: Random, net: SimTiming, epochs: number): number {
  const epoch = random.whole(0, epochs - 1)
  if (random.chance(0.35)) return startOf(net, epoch) + random.next() * epochMs(net)
  const opens = roundEnd(net, epoch - 1)
  const width = net.poet.cycleGapMs * random.pick([0.5, 1.5])
  return Math.max(1_000, opens - net.poet.cycleGapMs * 0.05 + random.next() * width)
}

function planFault(
  random: Random,
  net: SimTiming,
  at: number,
  given: { services: readonly PlannedService[]; disks: number; poets: number },
): SimFault {
  const { services, disks, poets } = given
  const identity = random.pick(services).identity
  const gap = net.poet.cycleGapMs
  const forMs = random.pick([gap * 0.05, gap * 0.2, gap * 0.6, gap * 3]) * random.between(0.5, 1.5)
  const disk = random.whole(0, disks - 1)
  const some = random.chance(0.5) ? [random.whole(0, poets - 1)] : Array.from({ length: poets }, (_, index) => index)
  const kinds: readonly (() => SimFault)[] = [
    () => ({ fault: 'service-crash', at, identity, times: random.pick([1, 1, 1, 2, 6]) }),
    () => ({ fault: 'service-crash', at, identity, times: 1 }),
    () => ({ fault: 'proof-fails', at, identity }),
    () => ({ fault: 'data-bad', at, identity, forMs: forMs * 2 }),
    () => ({ fault: 'flapping', at: 0, identity, forMs }),
    () => ({ fault: 'duplicate', at, identity, forMs }),
    () => ({ fault: 'data-bad', at, identity, forMs: gap * 5 }),
    () => ({ fault: 'disk', disk, how: 'gone', at, forMs: gap * 3 }),
    () => ({ fault: 'operator', how: random.pick(['silent', 'garbage', 'swallowed'] as const), at, identity, forMs }),
    () => ({ fault: 'node-crash', at, forMs: random.pick([0, forMs]) }),
    () => ({ fault: 'new-challenge', at }),
    () => ({ fault: 'api-lost', at, forMs }),
    () => ({ fault: 'no-sync', at, forMs }),
    () => ({ fault: 'poet-out', at, poets: some, forMs }),
    () => ({ fault: 'poet-out', at: roundStart(net, Math.floor(at / epochMs(net))) - net.poet.gracePeriodMs - 1_000, poets: some, forMs }),
    () => ({ fault: 'poet-late', at, poets: some, lateMs: gap * random.between(0.1, 1.4) }),
    () => ({ fault: 'disk', disk, how: random.pick(['gone', 'hung', 'slow'] as const), at, forMs }),
    () => ({ fault: 'disk', disk, how: random.pick(['gone', 'slow'] as const), at, forMs: forMs / 2 }),
    () => ({
      fault: 'clock',
      byMs: random.pick([-1, 1]) * random.pick([5_000, 60_000, 600_000, 86_400_000]) * random.between(0.5, 1.5),
      at,
      forMs,
    }),
    () => ({ fault: 'keeper', at, forMs: random.pick([0, 3_000, forMs]) }),
    () => ({ fault: 'keeper', at, forMs: 1_000 }),
    () => ({ fault: 'false-atx', at, identity }),
    () => ({ fault: 'twin', at, identity }),
  ]
  return random.pick(kinds)()
}

/** What a seed stands for. A third of all worlds has no fault at all: there every alarm is false. */
export function scenarioOf(seed: number, network: 'compressed' | 'mainnet' = 'compressed', epochs?: number): Scenario {
  const random = seededRandom(seed)
  const length = epochs ?? (network === 'compressed' ? 5 : 3)
  const base = network === 'compressed' ? COMPRESSED : MAINNET_LENGTH
  const net: SimTiming = { ...base, genesisMs: Date.UTC(2026, 2, 1) }
  const isAttached = random.chance(0.25)
  const disks = random.whole(1, 6)
  const poets = random.whole(1, 3)
  const services = planServices(random, net, disks, isAttached)
  const faults: SimFault[] = []
  if (seed % 3 !== 0) {
    const count = random.whole(1, 2 + Math.ceil(length * 1.2))
    for (let i = 0; i < count; i += 1) faults.push(planFault(random, net, moment(random, net, length), { services, disks, poets }))
  }
  return { seed, net, epochs: length, isAttached, disks, poets, services, faults, setup: makeSetup(net, services, isAttached) }
}
