import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { MAINNET_VALUES, STANDALONE_VALUES } from './config-keys.ts'
import { decodeConfig, decodeError } from './config-decode.ts'
import type { CommandLine } from './command-line.ts'
import { StartError } from './exits.ts'
import { FLAG_TARGETS } from './flags.ts'
import { goJsonError } from './go-json.ts'
import { parseGoDuration } from './go-time.ts'
import type { NodeVersion } from './versions.ts'

export interface Poet {
  readonly address: string
  readonly pubkey: string
}

/** The node's settings after presets, file and flags. */
export interface NodeConfig {
  readonly standalone: boolean
  readonly dataFolder: string
  readonly lockFile: string
  readonly genesisMs: number
  readonly genesisExtra: string
  readonly hrp: string
  readonly layerMs: number
  readonly layersPerEpoch: number
  readonly tickSize: number
  readonly poets: readonly Poet[]
  readonly poet: {
    readonly shiftMs: number
    readonly gapMs: number
    readonly graceMs: number
    readonly retryMs: number
    readonly retries: number
  }
  readonly post: {
    readonly minUnits: number
    readonly maxUnits: number
    readonly labelsPerUnit: bigint
    readonly k1: number
    readonly k2: number
  }
  readonly smeshing: { readonly start: boolean; readonly coinbase: string; readonly dataDir: string }
  readonly listeners: { readonly public: string; readonly private: string; readonly post: string; readonly p2p: string }
  /** Services a listener is limited to (from 1.8 on); undefined = all. */
  readonly limits: {
    readonly public: readonly string[] | undefined
    readonly private: readonly string[] | undefined
    readonly post: readonly string[] | undefined
  }
  readonly metricsPort: number | undefined
  readonly allowDrift: boolean
  readonly atxV2From: number
  readonly jsonLog: boolean
  readonly levels: ReadonlyMap<string, string>
}

const osText = (cause: unknown, file: string): string => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why =
    code === 'ENOENT'
      ? 'no such file or directory'
      : code === 'EACCES'
        ? 'permission denied'
        : code === 'EISDIR'
          ? 'is a directory'
          : String(code)
  return `open ${file}: ${why}`
}

function readConfigFile(file: string | undefined, version: NodeVersion): Readonly<Record<string, unknown>> {
  const lead = version.is18 ? '' : ` at ${file ?? ''}`
  if (file === undefined || file === '') {
    if (version.is18) throw new StartError('opening config file: open : no such file or directory', true)
    return {}
  }
  const extension = path.extname(file).slice(1)
  if (
    !version.is18 &&
    !['json', 'toml', 'yaml', 'yml', 'properties', 'props', 'prop', 'hcl', 'tfvars', 'dotenv', 'env', 'ini'].includes(extension)
  ) {
    throw new StartError(`loading config: can't load config${lead}: Unsupported Config Type ${JSON.stringify(extension)}`, true)
  }
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause: unknown) {
    const why = osText(cause, file)
    throw new StartError(version.is18 ? `opening config file: ${why}` : `loading config: can't load config${lead}: ${why}`, true)
  }
  const error = goJsonError(text)
  if (error !== undefined) throw new StartError(`loading config: can't load config${lead}: While parsing config: ${error}`, true)
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {}
}

function flagValues(line: CommandLine): [string, unknown][] {
  return [...line.flags].flatMap(([name, value]) => {
    const target = FLAG_TARGETS[name]
    if (target === undefined) return []
    const list = target === 'main.poet-servers' ? (JSON.parse(value) as unknown) : target.endsWith('-services') ? value.split(',') : value
    return [[target, list] as [string, unknown]]
  })
}

function presetValues(name: string): Readonly<Record<string, unknown>> {
  if (name === '') return {}
  if (!['fastnet', 'standalone', 'testnet'].includes(name)) {
    throw new StartError(`loading config: preset ${name} is not registered. select one from the options [fastnet standalone testnet]`, true)
  }
  if (name !== 'standalone') return {}
  const folder = path.join(tmpdir(), 'spacemesh')
  return {
    ...STANDALONE_VALUES,
    'main.data-folder': folder,
    'main.filelock': path.join(folder, 'LOCK'),
    'smeshing.smeshing-opts.smeshing-opts-datadir': folder,
  }
}

/** Assembles the configuration: built-in, preset, file, flags. @throws StartError worded as the release does */
export function loadConfig(line: CommandLine, version: NodeVersion): NodeConfig {
  const raw = readConfigFile(line.flags.get('config'), version)
  const presetKey = Object.entries(raw).find(([key]) => key.toLowerCase() === 'preset')?.[1]
  const preset = line.flags.get('preset') ?? (typeof presetKey === 'string' ? presetKey : '')
  const base = presetValues(preset)
  const decoded = decodeConfig(raw, version)
  if (decoded.complaints.length > 0) {
    throw new StartError(`loading config: unmarshal config: ${decodeError(decoded.complaints, version)}`, true)
  }
  const atxVersions = version.is18 ? { 'main.atx-versions': preset === 'standalone' ? { '2': 2 } : { '45': 2 } } : {}
  const values = new Map<string, unknown>([
    ...Object.entries({ ...MAINNET_VALUES, ...base, ...atxVersions }),
    ...decoded.values,
    ...flagValues(line),
  ])
  return assemble(values)
}

/** The decoder is weak: numbers and booleans are texts as well. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

function assemble(values: ReadonlyMap<string, unknown>): NodeConfig {
  const text = (key: string): string => textOf(values.get(key))
  const whole = (key: string): number => Number(values.get(key) ?? 0)
  const flag = (key: string): boolean => ['true', '1', 't', 'T', 'TRUE', 'True'].includes(text(key))
  const ms = (key: string): number => {
    const value = values.get(key)
    return typeof value === 'number' ? value / 1e6 : parseGoDuration(textOf(value) || '0')
  }
  const list = (key: string): readonly string[] | undefined => {
    const value = values.get(key)
    return Array.isArray(value) ? value.map(String) : undefined
  }
  const listen = values.get('p2p.listen')
  return {
    standalone: flag('main.standalone'),
    dataFolder: text('main.data-folder') || path.join(homedir(), 'spacemesh'),
    lockFile: text('main.filelock') || path.join(tmpdir(), 'spacemesh.lock'),
    genesisMs: Date.parse(text('genesis.genesis-time')),
    genesisExtra: text('genesis.genesis-extra-data'),
    hrp: text('main.network-hrp'),
    layerMs: ms('main.layer-duration'),
    layersPerEpoch: whole('main.layers-per-epoch'),
    tickSize: whole('main.tick-size'),
    poets: poetsOf(values.get('main.poet-servers')),
    poet: {
      shiftMs: ms('poet.phase-shift'),
      gapMs: ms('poet.cycle-gap'),
      graceMs: ms('poet.grace-period'),
      retryMs: ms('poet.retry-delay'),
      retries: whole('poet.retry-max'),
    },
    post: {
      minUnits: whole('post.post-min-numunits'),
      maxUnits: whole('post.post-max-numunits'),
      labelsPerUnit: BigInt(whole('post.post-labels-per-unit')),
      k1: whole('post.post-k1'),
      k2: whole('post.post-k2'),
    },
    smeshing: {
      start: flag('smeshing.smeshing-start'),
      coinbase: text('smeshing.smeshing-coinbase'),
      dataDir: text('smeshing.smeshing-opts.smeshing-opts-datadir') || path.join(homedir(), 'post', 'data'),
    },
    listeners: {
      public: text('api.grpc-public-listener'),
      private: text('api.grpc-private-listener'),
      post: text('api.grpc-post-listener'),
      p2p: Array.isArray(listen) ? textOf(listen[0]) : textOf(listen),
    },
    limits: { public: list('api.publicservices'), private: list('api.privateservices'), post: list('api.postservices') },
    metricsPort: flag('main.metrics') ? whole('main.metrics-port') || 1010 : undefined,
    allowDrift: flag('main.db-allow-schema-drift'),
    atxV2From: firstV2(values.get('main.atx-versions')),
    jsonLog: text('logging.log-encoder') === 'json',
    levels: new Map([...values].flatMap(([k, v]) => (k.startsWith('logging.') ? [[k.slice(8), String(v).toLowerCase()] as const] : []))),
  }
}

function poetsOf(value: unknown): readonly Poet[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return []
    return [{ address: String(Reflect.get(item, 'address') ?? ''), pubkey: String(Reflect.get(item, 'pubkey') ?? '') }]
  })
}

/** First publish epoch whose ATX is a V2. */
function firstV2(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Number.POSITIVE_INFINITY
  return Math.min(...Object.entries(value).flatMap(([epoch, v]) => (v === 2 ? [Number(epoch)] : [])))
}
