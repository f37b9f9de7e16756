import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { fail, ok, textOf, type Result } from '../../shared/domain/fault.ts'
import { setupSchema, type Setup } from '../../shared/setup/schema.ts'
import { addressText } from './node/bech32.ts'
import { goldenAtxOf } from './node/genesis.ts'
import { newKeyHex } from './node/keys.ts'
import { createPracticePosData } from './pos-data.ts'

export interface PracticeRequest {
  /** The practice home: everything is made below its `root`, nothing outside it is touched. */
  readonly home: { readonly root: string; readonly state: string }
  /** How many identities; 1 to {@link MAX_IDENTITIES}. */
  readonly identities: number
  /** Length of an epoch; 120 by default, at least 20. */
  readonly epochSeconds?: number
  /** Unix ms. */
  readonly now: number
}

export interface PreparedPractice {
  readonly setup: Setup
  /** Environment for every practice process. */
  readonly env: Readonly<Record<string, string>>
  readonly golden: string
}

export const MAX_IDENTITIES = 200
export const USUAL_EPOCH_SECONDS = 120

const LAYERS_PER_EPOCH = 10
const HRP = 'standalone'
const NUM_UNITS = 4
const LABELS_PER_UNIT = 4096
const LABEL_BYTES = 16
const NAMES = [
  'amber',
  'birch',
  'cedar',
  'dune',
  'ember',
  'fjord',
  'grove',
  'heath',
  'iris',
  'kelp',
  'lumen',
  'moss',
  'north',
  'opal',
  'pine',
]
/** Key of the practice PoET: any base64 of 32 bytes will do. */
const POET_KEY = 'xYRhjZJBBk3jQl4efSvBvTGezlSzGErnKM9MUkR9DHM='
const EASY_POW = 'ff'.repeat(32)

/**
 * Timing of a practice network with epochs of E seconds:
 *
 *   now ── 15 % E ── G genesis; the node starts and every identity makes its initial proof at once (some ten seconds)
 *   G + 50 % E … G + 60 % E   registration window; PoET round 0 begins at G + 60 % E (phase shift)
 *   G + 120 % E               round 0 ends (cycle gap 40 %): the gap of epoch 1 opens, every identity must prove
 *   G + 160 % E               the gap closes, round 1 begins
 *   G + 200 % E               last moment for the ATX of epoch 1
 *
 * A proof takes about a tenth of the default epoch, so with E = 120 s the first ATX of a regular proof is there about
 * 18 + 144 + 15 = 177 s after the start: under three minutes, and under five even when proofs take four times as long.
 */
export function practiceTiming(epochSeconds: number, now: number) {
  const epochMs = epochSeconds * 1000
  return {
    // Whole seconds: the genesis id is made of them.
    genesisMs: Math.ceil((now + 0.15 * epochMs) / 1000) * 1000,
    layerMs: epochMs / LAYERS_PER_EPOCH,
    phaseShiftMs: 0.6 * epochMs,
    cycleGapMs: 0.4 * epochMs,
    gracePeriodMs: 0.1 * epochMs,
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  // All are open at the same time, so that no two are equal.
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

interface Plan {
  readonly folder: string
  readonly timing: ReturnType<typeof practiceTiming>
  readonly coinbase: string
  readonly ports: { readonly public: number; readonly private: number; readonly post: number; readonly p2p: number; readonly poet: number }
  readonly operators: readonly number[]
}

const local = (port: number): string => `127.0.0.1:${port}`
const ms = (value: number): string => `${value}ms`

function nodeConfig({ folder, timing, coinbase, ports }: Plan): object {
  return {
    preset: 'standalone',
    genesis: { 'genesis-time': new Date(timing.genesisMs).toISOString().replace('.000', ''), 'genesis-extra-data': 'practice' },
    main: {
      'data-folder': path.join(folder, 'node'),
      filelock: path.join(folder, 'node', 'LOCK'),
      'layer-duration': ms(timing.layerMs),
      'layers-per-epoch': LAYERS_PER_EPOCH,
      'poet-servers': [{ address: `http://${local(ports.poet)}`, pubkey: POET_KEY }],
    },
    poet: {
      'phase-shift': ms(timing.phaseShiftMs),
      'cycle-gap': ms(timing.cycleGapMs),
      'grace-period': ms(timing.gracePeriodMs),
      // The in-process PoET always refuses the question at start; short pauses keep a practice start below a second.
      'retry-delay': '20ms',
    },
    post: {
      'post-min-numunits': NUM_UNITS,
      'post-max-numunits': 1024,
      'post-labels-per-unit': LABELS_PER_UNIT,
      'post-k1': 26,
      'post-k2': 37,
    },
    api: {
      'grpc-public-listener': local(ports.public),
      'grpc-private-listener': local(ports.private),
      'grpc-post-listener': local(ports.post),
    },
    p2p: { listen: `/ip4/127.0.0.1/tcp/${ports.p2p}`, 'disable-natport': true, bootnodes: [] },
    smeshing: { 'smeshing-start': false, 'smeshing-coinbase': coinbase },
    logging: { 'log-encoder': 'json' },
  }
}

interface Made {
  readonly id: string
  readonly name: string
  readonly keyFile: string
  readonly posFolder: string
}

async function makeIdentity(plan: Plan, index: number, golden: string): Promise<Made> {
  const base = NAMES[index % NAMES.length] ?? 'amber'
  const name = index < NAMES.length ? base : `${base}-${Math.floor(index / NAMES.length) + 1}`
  const key = newKeyHex()
  const keyFile = `${name}.key`
  await writeFile(path.join(plan.folder, 'node', 'identities', keyFile), key, { flag: 'wx', mode: 0o600 })
  const posFolder = path.join(plan.folder, 'pos', name)
  await createPracticePosData(posFolder, {
    identity: Buffer.from(key.slice(64), 'hex'),
    commitmentAtxId: Buffer.from(golden, 'hex'),
    numUnits: NUM_UNITS,
    labelsPerUnit: LABELS_PER_UNIT,
    maxFileSize: 2 * LABELS_PER_UNIT * LABEL_BYTES,
    // As postcli makes it: a file that is made anew is the same one.
    seed: 0,
  })
  return { id: key.slice(64), name, keyFile, posFolder }
}

function setupOf(plan: Plan, made: readonly Made[]): Setup {
  const { timing, ports, folder } = plan
  return setupSchema.parse({
    version: 1,
    network: {
      preset: 'custom',
      genesisTime: new Date(timing.genesisMs).toISOString(),
      layerDurationMs: timing.layerMs,
      layersPerEpoch: LAYERS_PER_EPOCH,
      poet: { phaseShiftMs: timing.phaseShiftMs, cycleGapMs: timing.cycleGapMs, gracePeriodMs: timing.gracePeriodMs },
      post: {
        labelsPerUnit: LABELS_PER_UNIT,
        minNumUnits: NUM_UNITS,
        maxNumUnits: 1024,
        k1: 26,
        k2: 37,
        powDifficulty: EASY_POW,
        scrypt: { n: 2, r: 1, p: 1 },
      },
      addressPrefix: HRP,
    },
    node: {
      mode: 'managed',
      binary: 'practice:go-spacemesh',
      dataFolder: path.join(folder, 'node'),
      configFile: path.join(folder, 'node-config.json'),
      coinbase: plan.coinbase,
      lockFile: path.join(folder, 'node', 'LOCK'),
      listeners: { public: local(ports.public), private: local(ports.private), post: local(ports.post) },
    },
    identities: made.map((m, i) => ({
      id: m.id,
      nickname: m.name.slice(0, 1).toUpperCase() + m.name.slice(1),
      colour: i % 12,
      keyFile: m.keyFile,
    })),
    services: made.map((m, i) => ({
      identity: m.id,
      binary: 'practice:post-service',
      posFolder: m.posFolder,
      nonces: 288,
      threads: 1,
      randomx: 'light',
      operator: local(plan.operators[i] ?? 0),
      nodeAddress: `http://${local(ports.post)}`,
      policy: 'always',
      wanted: 'up',
    })),
    // Nobody outside is asked for the time.
    machine: { postcli: 'practice:postcli', profiler: 'practice:profiler', timeServers: [] },
  })
}

/**
 * Makes a whole practice network below the practice home: throw-away keys, PoS data of some hundred KiB, a node config,
 * and the set-up that runs them. Every call makes a new one; an older one is left as it is.
 * @fault `practice/not-prepared` no space, no permission, no free ports, or a number of identities out of range
 */
export async function preparePractice(request: PracticeRequest): Promise<Result<PreparedPractice, 'practice/not-prepared'>> {
  const { home, identities, now } = request
  const epochSeconds = Math.max(20, request.epochSeconds ?? USUAL_EPOCH_SECONDS)
  if (!Number.isInteger(identities) || identities < 1 || identities > MAX_IDENTITIES) {
    return fail('practice/not-prepared', `${identities} identities: choose 1 to ${MAX_IDENTITIES}`)
  }
  try {
    const timing = practiceTiming(epochSeconds, now)
    const [pub = 0, priv = 0, post = 0, p2p = 0, poet = 0, ...operators] = await freePorts(5 + identities)
    const plan: Plan = {
      folder: path.join(home.root, `network-${now.toString(36)}`),
      timing,
      coinbase: addressText(HRP, Buffer.concat([Buffer.alloc(4), randomBytes(20)])),
      ports: { public: pub, private: priv, post, p2p, poet },
      operators,
    }
    for (const folder of [plan.folder, path.join(plan.folder, 'node'), path.join(plan.folder, 'node', 'identities'), home.state]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    await writeFile(path.join(plan.folder, 'node-config.json'), `${JSON.stringify(nodeConfig(plan), null, 2)}\n`, { mode: 0o600 })
    const golden = goldenAtxOf({ genesisMs: timing.genesisMs, genesisExtra: 'practice' })
    const made: Made[] = []
    for (let i = 0; i < identities; i += 1) made.push(await makeIdentity(plan, i, golden))
    return ok({ setup: setupOf(plan, made), env: practiceEnv(home.state, epochSeconds), golden })
  } catch (cause: unknown) {
    return fail('practice/not-prepared', textOf(cause))
  }
}

/** A pass over the data takes about 7 % of an epoch, the proof of work about 3 %; the ugly things come from one script file. */
function practiceEnv(stateFolder: string, epochSeconds: number): Readonly<Record<string, string>> {
  const dataBytes = NUM_UNITS * LABELS_PER_UNIT * LABEL_BYTES
  const pace = {
    randomxMs: Math.round(epochSeconds * 5),
    powMs: Math.round(epochSeconds * 30),
    bytesPerSecond: Math.round(dataBytes / (epochSeconds * 0.07)),
    verifyMs: 300,
  }
  return {
    SMESHKEEPER_PRACTICE_PACE: JSON.stringify(pace),
    SMESHKEEPER_PRACTICE_SCRIPT: path.join(stateFolder, 'practice-script.json'),
  }
}
