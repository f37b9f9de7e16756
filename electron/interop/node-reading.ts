import type { FoundNodeSetup } from '../../shared/domain/inventory.ts'
import { numberAt, isOnAt, parseObject, textAt, valuesOf, type ConfigValues } from './config-values.ts'
import { flagIsOn, flagText, readFlags, type Flags } from './flags.ts'
import { networkOf } from './node-network.ts'
import { readText } from './read-text.ts'
import { pathsOf, type InteropFiles, type InteropPlatform } from './types.ts'

/** Flags of the node that are told here, with the config key that they win over. @source facts/node-config-and-cli.md §2 */
const FLAG_KEYS: Readonly<Record<string, string>> = {
  preset: 'preset',
  'genesis-time': 'genesis.genesis-time',
  'genesis-extra-data': 'genesis.genesis-extra-data',
  'data-folder': 'main.data-folder',
  filelock: 'main.filelock',
  'layer-duration': 'main.layer-duration',
  'layers-per-epoch': 'main.layers-per-epoch',
  'phase-shift': 'poet.phase-shift',
  'cycle-gap': 'poet.cycle-gap',
  'grace-period': 'poet.grace-period',
  'grpc-public-listener': 'api.grpc-public-listener',
  'grpc-private-listener': 'api.grpc-private-listener',
  'grpc-post-listener': 'api.grpc-post-listener',
  'grpc-tls-listener': 'api.grpc-tls-listener',
  'post-labels-per-unit': 'post.post-labels-per-unit',
  'post-min-numunits': 'post.post-min-numunits',
  'post-max-numunits': 'post.post-max-numunits',
  'post-k1': 'post.post-k1',
  'post-k2': 'post.post-k2',
  'post-pow-difficulty': 'post.post-pow-difficulty',
  'smeshing-coinbase': 'smeshing.smeshing-coinbase',
  'smeshing-opts-datadir': 'smeshing.smeshing-opts.smeshing-opts-datadir',
  'smeshing-opts-proving-nonces': 'smeshing.smeshing-proving-opts.smeshing-opts-proving-nonces',
  'smeshing-opts-proving-threads': 'smeshing.smeshing-proving-opts.smeshing-opts-proving-threads',
  'smeshing-opts-proving-randomx-mode': 'smeshing.smeshing-proving-opts.smeshing-opts-proving-randomx-mode',
}
const SHORT: Readonly<Record<string, string>> = { '-c': 'config', '-d': 'data-folder', '-p': 'preset' }

/** Where a node was or would be started. */
export interface NodeContext {
  readonly files: InteropFiles
  readonly platform: InteropPlatform
  /** Working folder: relative paths begin there. Without it they stay unknown. */
  readonly cwd?: string
  /** Home of the user it runs as; without it the default data folder stays unknown. */
  readonly home?: string
  /** Path inside a container to the one on this machine; undefined when it is in no volume. */
  readonly toHost?: (inside: string) => string | undefined
  /** What its config holds, where that is known better than from the file that its command line names. */
  readonly config?: { readonly file: string; readonly values: ConfigValues }
}

export interface NodeReading {
  readonly node: FoundNodeSetup
  /** What the node would do itself: only when it is supervised. */
  readonly supervised?: {
    readonly posFolder?: string
    readonly nonces?: number
    readonly threads?: number
    readonly randomx?: 'fast' | 'light'
  }
  readonly problems: readonly string[]
}

/** @source facts/node-config-and-cli.md §2 (api) */
const LISTENERS = { public: '0.0.0.0:9092', private: '127.0.0.1:9093' } as const
const STANDALONE_LISTENERS = { public: '0.0.0.0:10092', private: '127.0.0.1:10093' } as const

/** A path as the node sees it: relative to its working folder, `~` is no home. */
export function resolveIn(text: string, { platform, cwd, toHost }: NodeContext): string | undefined {
  const rules = toHost === undefined ? pathsOf(platform) : pathsOf({ os: 'linux' })
  if (!rules.isAbsolute(text) && cwd === undefined) return undefined
  const inside = rules.resolve(cwd ?? '/', text)
  return toHost === undefined ? inside : toHost(inside)
}

function configValues(
  flags: Flags,
  context: NodeContext,
): { readonly values: ConfigValues; readonly file?: string; readonly problems: string[] } {
  if (context.config !== undefined) return { ...context.config, problems: [] }
  const named = flagText(flags, 'config', '-c')
  if (named === undefined) return { values: new Map(), problems: [] }
  const file = resolveIn(named, context)
  if (file === undefined) {
    return { values: new Map(), problems: [`Its config ${named} cannot be found from here: it lies in a folder that is not known.`] }
  }
  const read = readText(context.files, file)
  if (read.is === 'absent') return { values: new Map(), file, problems: [`Its config ${file} is not there: the node would not start.`] }
  if (read.is === 'unreadable') {
    return { values: new Map(), file, problems: [`Its config ${file} could not be read: ${read.why}. What stands in it is not known.`] }
  }
  const parsed = parseObject(read.text)
  if (parsed.is === 'object') return { values: valuesOf(parsed.value), file, problems: [] }
  const other = /\.(ya?ml|toml|hcl|ini|properties|env)$/i.exec(file)?.[1]
  const why = other === undefined ? parsed.why : `it is ${other.toUpperCase()}, and Smeshkeeper reads JSON only, as nodes from 1.7.9 on`
  return { values: new Map(), file, problems: [`Its config ${file} is not understood: ${why}.`] }
}

/** The config's values with those of the command line over them. */
function effective(flags: Flags, config: ConfigValues): ConfigValues {
  const values = new Map(config)
  for (const [flag, key] of Object.entries(FLAG_KEYS)) {
    const short = Object.keys(SHORT).find((letter) => SHORT[letter] === flag)
    const text = flagText(flags, flag, ...(short === undefined ? [] : [short]))
    if (text !== undefined) values.set(key, text)
  }
  const isSmeshing = flagIsOn(flags, 'smeshing-start')
  if (isSmeshing !== undefined) values.set('smeshing.smeshing-start', isSmeshing)
  return values
}

function defaultFolder(values: ConfigValues, context: NodeContext): string | undefined {
  const rules = pathsOf(context.platform)
  if (textAt(values, 'preset') === 'standalone') return resolveIn(rules.join(context.platform.temporary, 'spacemesh'), context)
  return context.home === undefined ? undefined : resolveIn(rules.join(context.home, 'spacemesh'), context)
}

/** Genesis of the data folder: the node refuses another, so it is as good as the config's. */
function genesisOf(dataFolder: string | undefined, { files, platform }: NodeContext): number | undefined {
  if (dataFolder === undefined) return undefined
  const read = readText(files, pathsOf(platform).join(dataFolder, 'genesis.json'))
  const parsed = read.is === 'text' ? parseObject(read.text) : undefined
  const time = parsed?.is === 'object' ? textAt(valuesOf(parsed.value), 'genesistime') : undefined
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}

function listenersOf(values: ConfigValues): NonNullable<FoundNodeSetup['listeners']> {
  const initial = textAt(values, 'preset') === 'standalone' ? STANDALONE_LISTENERS : LISTENERS
  const post = textAt(values, 'api.grpc-post-listener')
  return {
    public: textAt(values, 'api.grpc-public-listener') ?? initial.public,
    private: textAt(values, 'api.grpc-private-listener') ?? initial.private,
    ...(post === undefined ? {} : { post }),
  }
}

const PROVING = 'smeshing.smeshing-proving-opts.smeshing-opts-proving-'

function supervisedOf(values: ConfigValues, context: NodeContext): NonNullable<NodeReading['supervised']> {
  const datadir = textAt(values, 'smeshing.smeshing-opts.smeshing-opts-datadir')
  const rules = pathsOf(context.platform)
  const folder = datadir ?? (context.home === undefined ? undefined : rules.join(context.home, 'post', 'data'))
  const posFolder = folder === undefined ? undefined : resolveIn(folder, context)
  const nonces = numberAt(values, `${PROVING}nonces`)
  const threads = numberAt(values, `${PROVING}threads`)
  const mode = textAt(values, `${PROVING}randomx-mode`)
  return {
    ...(posFolder === undefined ? {} : { posFolder }),
    ...(nonces === undefined ? {} : { nonces }),
    ...(threads === undefined ? {} : { threads }),
    ...(mode === 'fast' || mode === 'light' ? { randomx: mode } : {}),
  }
}

/**
 * What a node does or would do, from its command line and config: CLI over file over preset over built-in (mainnet).
 * @source facts/node-config-and-cli.md §1, §2
 */
export function readNode(args: readonly string[], context: NodeContext): NodeReading {
  const flags = readFlags(args)
  const config = configValues(flags, context)
  const values = effective(flags, config.values)
  const named = textAt(values, 'main.data-folder')
  // A config that could not be read may name another folder: the default would be a guess.
  const isSure = config.problems.length === 0
  const dataFolder = named !== undefined ? resolveIn(named, context) : isSure ? defaultFolder(values, context) : undefined
  const { network, problems } = isSure ? networkOf(values, genesisOf(dataFolder, context)) : { problems: [] }
  const lock = textAt(values, 'main.filelock')
  const lockFile = lock === undefined ? undefined : resolveIn(lock, context)
  const coinbase = textAt(values, 'smeshing.smeshing-coinbase')
  const isSmeshing = isOnAt(values, 'smeshing.smeshing-start') ?? textAt(values, 'preset') === 'standalone'
  return {
    node: {
      args,
      ...(dataFolder === undefined ? {} : { dataFolder }),
      ...(config.file === undefined ? {} : { configFile: config.file }),
      ...(lockFile === undefined ? {} : { lockFile }),
      ...(isSure ? { listeners: listenersOf(values), isSmeshing } : {}),
      ...(coinbase === undefined ? {} : { coinbase }),
      ...(network === undefined ? {} : { network }),
    },
    ...(isSmeshing ? { supervised: supervisedOf(values, context) } : {}),
    problems: [
      ...config.problems,
      ...problems,
      ...(dataFolder === undefined ? ['The node’s data folder is not known: which keys it would load cannot be told.'] : []),
      ...(textAt(values, 'api.grpc-tls-listener') === undefined ? [] : ['It takes services over TLS too; that listener is not watched.']),
    ],
  }
}
