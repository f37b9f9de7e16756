import { z } from 'zod'
import { OWNERS } from '../domain/process.ts'

/** Version of `setup.json` that this build writes. A newer file is refused and kept. */
export const SETUP_VERSION = 1

const address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'write it as host:port, for example 127.0.0.1:9093')
/** post-service accepts a literal IP address only. */
const socketAddress = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|\d{1,3}(\.\d{1,3}){3}):\d{1,5}$/, 'write it as a literal address and port, for example 127.0.0.1:50051')
const nodeUrl = z.string().regex(/^https?:\/\/\S+$/, 'begin it with http:// or https://, for example http://127.0.0.1:9094')
const identityId = z.string().regex(/^[0-9a-f]{64}$/, 'an identity is 64 hexadecimal characters')
const path = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes('\0'), 'a path cannot hold a NUL character')
const tls = z.strictObject({ caCert: path, cert: path, key: path, domain: z.string().optional() }).nullable()

const poet = z.strictObject({
  phaseShiftMs: z.number().positive(),
  cycleGapMs: z.number().positive(),
  gracePeriodMs: z.number().nonnegative(),
})
const post = z.strictObject({
  labelsPerUnit: z.number().int().positive(),
  minNumUnits: z.number().int().positive(),
  maxNumUnits: z.number().int().positive(),
  k1: z.number().int().positive(),
  k2: z.number().int().positive(),
  powDifficulty: z.string().regex(/^[0-9a-fA-F]{64}$/, '64 hexadecimal characters'),
  scrypt: z.strictObject({ n: z.number().int().positive(), r: z.number().int().positive(), p: z.number().int().positive() }),
})

export const networkSchema = z.discriminatedUnion('preset', [
  /** Everything else comes from the preset; what is given wins. */
  z.strictObject({
    preset: z.literal('mainnet'),
    genesisTime: z.iso.datetime().optional(),
    layerDurationMs: z.number().positive().optional(),
    layersPerEpoch: z.number().int().positive().optional(),
    poet: poet.optional(),
    post: post.optional(),
    addressPrefix: z.string().optional(),
  }),
  z.strictObject({
    preset: z.literal('custom'),
    genesisTime: z.iso.datetime(),
    layerDurationMs: z.number().positive(),
    layersPerEpoch: z.number().int().positive(),
    poet,
    post,
    addressPrefix: z.string().min(1),
  }),
])

export const managedNodeSchema = z.strictObject({
  mode: z.literal('managed'),
  owner: z.enum(OWNERS).default('smeshkeeper'),
  /** Executable, or `practice:go-spacemesh` for the simulated one. */
  binary: path,
  dataFolder: path,
  /** The config that the node is started with. We write a file of our own beside it, never this one. */
  configFile: path,
  coinbase: z.string().optional(),
  lockFile: path.optional(),
  listeners: z.strictObject({ public: address, private: address, post: address }),
  tls: tls.default(null),
  extraArgs: z.array(z.string()).default([]),
  /** logger name → level, e.g. `{ "nipostBuilder": "debug" }`. */
  logLevels: z.record(z.string(), z.string()).default({}),
  wanted: z.enum(['up', 'down']).default('up'),
})
export const attachedNodeSchema = z.strictObject({
  mode: z.literal('attached'),
  owner: z.enum(OWNERS).default('someone'),
  unit: z.string().optional(),
  public: address,
  private: address,
  post: address,
  tls: tls.default(null),
  /** Both optional: what is absent is evidence we do not have. */
  logFile: path.optional(),
  dataFolder: path.optional(),
})
export const nodeSchema = z.discriminatedUnion('mode', [managedNodeSchema, attachedNodeSchema])

export const identitySchema = z.strictObject({
  id: identityId,
  nickname: z.string().max(60).optional(),
  colour: z.number().int().min(0).max(11).optional(),
  /** File name in the node's `identities` folder. */
  keyFile: z.string().optional(),
  /** Why the key is kept out of `identities/`, when it is. */
  held: z.strictObject({ reason: z.string(), until: z.number().optional() }).optional(),
})

export const serviceSchema = z
  .strictObject({
    identity: identityId,
    owner: z.enum(OWNERS).default('smeshkeeper'),
    /** Executable, or `practice:post-service`. */
    binary: path,
    posFolder: path,
    nonces: z
      .number()
      .int()
      .min(16)
      .max(4096)
      .refine((n) => n % 16 === 0, 'a multiple of 16')
      .default(288),
    threads: z.number().int().nonnegative().optional(),
    pinnedCores: z.array(z.number().int().nonnegative()).min(1).optional(),
    randomx: z.enum(['fast', 'light']).default('fast'),
    operator: socketAddress,
    nodeAddress: nodeUrl,
    tls: tls.default(null),
    remoteK2pow: z.string().nullable().default(null),
    k2powParallelism: z.number().int().positive().nullable().default(null),
    rustLog: z.string().default('info'),
    extraArgs: z.array(z.string()).default([]),
    /** `always` = connected all the time; `when-due` = started when the node asks for a proof. */
    policy: z.enum(['always', 'when-due']).default('always'),
    wanted: z.enum(['up', 'down']).default('up'),
    stoppedBy: z.enum(['user', 'operation']).nullable().default(null),
    /** Log of a service that someone else runs; ours is known. */
    logFile: path.optional(),
  })
  .refine((s) => (s.threads === undefined) !== (s.pinnedCores === undefined), {
    message: 'give either threads or pinnedCores',
    path: ['threads'],
  })

const webHook = z.strictObject({
  url: z.url(),
  /** `ntfy` = text body with ntfy's headers, `json` = one JSON object a message. */
  form: z.enum(['ntfy', 'json']).default('json'),
  /** Names of identities leave the machine only when the user says so. */
  withNames: z.boolean().default(false),
})

export const alertsSchema = z.strictObject({
  desktop: z.boolean().default(true),
  webhook: webHook.nullable().default(null),
  heartbeat: z
    .strictObject({ url: z.url(), everyMinutes: z.number().positive().default(60) })
    .nullable()
    .default(null),
  /** Local `HH:MM`; "will be late" and worse are told all the same. */
  quietHours: z
    .strictObject({ from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) })
    .nullable()
    .default(null),
})

const hours = z.strictObject({ from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) })

/** How this computer is used. */
export const machineSchema = z.strictObject({
  /** Executables, or `practice:postcli` and `practice:profiler`; null = looked for beside the other programs. */
  postcli: path.nullable().default(null),
  profiler: path.nullable().default(null),
  /** Provers at once, at most; null = as memory allows. */
  maxProvers: z.number().int().positive().max(1000).nullable().default(null),
  /** Local `HH:MM`: disks are measured and PoS data is verified by themselves only in these hours; null = at any time. */
  testHours: hours.nullable().default(null),
  /** Whether disks are measured by themselves, once a week. */
  measuresItself: z.boolean().default(true),
  timeServers: z
    .array(z.string().min(1).max(255))
    .max(16)
    .default(['time.cloudflare.com', 'time.google.com', 'pool.ntp.org', 'time.apple.com']),
  /** Kept free on every volume when new PoS data is made. */
  reserveGiB: z.number().nonnegative().max(1_000_000).default(10),
  /** No sleep while a proof is made or PoS data is written. */
  keepsAwake: z.boolean().default(true),
  energy: z
    .strictObject({
      pricePerKwh: z.number().nonnegative(),
      currency: z.string().max(10),
      watts: z.record(z.string(), z.number().positive()).default({}),
    })
    .nullable()
    .default(null),
})

export const keepSchema = z.strictObject({
  historyDays: z.number().int().positive().default(1000),
  logMiBPerProcess: z.number().positive().default(100),
})

/**
 * Everything that a command line needs, in one file: `config/setup.json`. Unknown keys are an error.
 * @source shared setup example; documented for users in docs/setup.md
 */
export const setupSchema = z.strictObject({
  version: z.literal(SETUP_VERSION),
  network: networkSchema,
  node: nodeSchema,
  identities: z.array(identitySchema).max(2000).default([]),
  services: z.array(serviceSchema).max(2000).default([]),
  alerts: alertsSchema.prefault({}),
  keep: keepSchema.prefault({}),
  machine: machineSchema.prefault({}),
  /** What quitting the window does; asked once. */
  onQuit: z.enum(['ask', 'tray', 'leave-running', 'stop-all']).default('ask'),
})

export type Setup = z.infer<typeof setupSchema>
export type SetupNode = Setup['node']
export type ManagedNode = z.infer<typeof managedNodeSchema>
export type AttachedNode = z.infer<typeof attachedNodeSchema>
export type SetupService = Setup['services'][number]
export type SetupIdentity = Setup['identities'][number]
export type SetupNetwork = Setup['network']
