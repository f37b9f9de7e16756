import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import { configKeys, parseConfigText, type ConfigObject } from '../../programs/index.ts'

const { duplicateKey, isObject, put, sectionOf, spelling, textAt } = configKeys

export type ConvertConfigFault = 'convert/not-json' | 'convert/duplicate-key' | 'convert/post-listener'

/** How the node proved for its only identity; what is absent was not set. */
export interface ProvingOptions {
  readonly nonces?: number
  readonly threads?: number
  readonly randomx?: 'fast' | 'light'
}

export interface ConvertedConfig {
  readonly text: string
  readonly proving: ProvingOptions
  /** `smeshing-opts-datadir`: where the PoS data lies. */
  readonly dataDir?: string
  readonly coinbase?: string
  readonly lockFile?: string
  /** Public listener that other machines reach; it is told and not changed. */
  readonly openListener?: string
}

export const POST_LISTENER = '127.0.0.1:9094'
/** Of a node whose config names none. @source facts/node-config-and-cli.md §2 */
const DEFAULT_PUBLIC = '0.0.0.0:9092'
const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\]):(\d{1,5})$/

/** Spaces before the first key, as the file has them. */
const indentOf = (text: string): string => /^\s*\{\r?\n([ \t]+)/.exec(text.replace(/^\uFEFF/, ''))?.[1] ?? '  '

export const written = (before: string, config: ConfigObject): string =>
  `${JSON.stringify(config, undefined, indentOf(before))}${before.endsWith('\n') ? '\n' : ''}`

export function parsed(text: string): Result<ConfigObject, 'convert/not-json' | 'convert/duplicate-key'> {
  const howto = 'Write its settings as a JSON object, which every node reads, then plan again'
  try {
    const config = parseConfigText(text)
    if (config === undefined) return fail('convert/not-json', `The node’s config is no JSON object. ${howto}`)
    const twice = duplicateKey(config)
    if (twice === undefined) return ok(config)
    return fail(
      'convert/duplicate-key',
      `The node’s config holds ${twice} in two spellings, and the node takes either. Keep one, then plan again`,
    )
  } catch (cause) {
    if (cause instanceof SyntaxError) return fail('convert/not-json', `The node’s config is not JSON (${textOf(cause)}). ${howto}`)
    throw cause
  }
}

const objectAt = (object: ConfigObject, key: string): ConfigObject => {
  const value = object[spelling(object, key)]
  return isObject(value) ? value : {}
}

const numberAt = (object: ConfigObject, key: string): number | undefined => {
  const value = object[spelling(object, key)]
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

function provingOf(smeshing: ConfigObject): ProvingOptions {
  const options = objectAt(smeshing, 'smeshing-proving-opts')
  const nonces = numberAt(options, 'smeshing-opts-proving-nonces')
  const threads = numberAt(options, 'smeshing-opts-proving-threads')
  const mode = textAt(options, 'smeshing-opts-proving-randomx-mode')?.toLowerCase()
  return {
    ...(nonces === undefined ? {} : { nonces }),
    ...(threads === undefined ? {} : { threads }),
    ...(mode === 'fast' || mode === 'light' ? { randomx: mode } : {}),
  }
}

/**
 * Config of a supervised node, as a node with services of their own needs it: smeshing off, coinbase kept, what only a
 * supervised node reads taken out and returned, post listener at a fixed place on this machine. Every other field stays,
 * in its spelling and with all digits of its numbers.
 *
 * @param options.coinbase  for a config that names none
 * @fault `convert/not-json`, `convert/duplicate-key` the config is not one that can be changed safely;
 *        `convert/post-listener` not a fixed loopback address
 * @source facts/smapp-and-migration.md §4 steps 6, 7
 */
export function convertConfig(
  text: string,
  { postListener = POST_LISTENER, coinbase }: { readonly postListener?: string; readonly coinbase?: string } = {},
): Result<ConvertedConfig, ConvertConfigFault> {
  const port = Number(LOOPBACK.exec(postListener)?.[2] ?? 0)
  if (port < 1 || port > 65_535)
    return fail(
      'convert/post-listener',
      `${postListener} is no fixed address of this machine: services could not find the node, or others could reach it. Give one like ${POST_LISTENER}`,
    )
  const read = parsed(text)
  if (!read.ok) return read
  const config = read.value
  const smeshing = sectionOf(config, 'smeshing')
  const proving = provingOf(smeshing)
  const dataDir = textAt(objectAt(smeshing, 'smeshing-opts'), 'smeshing-opts-datadir')
  put(smeshing, 'smeshing-start', false)
  for (const key of ['smeshing-opts', 'smeshing-proving-opts']) Reflect.deleteProperty(smeshing, spelling(smeshing, key))
  if (coinbase !== undefined && textAt(smeshing, 'smeshing-coinbase') === undefined) put(smeshing, 'smeshing-coinbase', coinbase)
  put(sectionOf(config, 'api'), 'grpc-post-listener', postListener)
  const found = {
    coinbase: textAt(smeshing, 'smeshing-coinbase'),
    lockFile: textAt(config, 'main', 'filelock'),
    openListener: openListenerOf(config),
  }
  return ok({
    text: written(text, config),
    proving,
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(found.coinbase === undefined ? {} : { coinbase: found.coinbase }),
    ...(found.lockFile === undefined ? {} : { lockFile: found.lockFile }),
    ...(found.openListener === undefined ? {} : { openListener: found.openListener }),
  })
}

function openListenerOf(config: ConfigObject): string | undefined {
  const address = textAt(config, 'api', 'grpc-public-listener') ?? DEFAULT_PUBLIC
  return LOOPBACK.test(address) ? undefined : address
}

/**
 * Config that Smapp's node runs with: whole sections of the custom one stand in place of those of the merged one, which
 * Smapp may have written before. With one that is not JSON the merged one is returned as it is.
 * @source facts/smapp-and-migration.md §1
 */
export function smappConfig(merged: string | null, custom: string | null): string | null {
  if (merged === null || custom === null) return merged ?? custom
  const [base, over] = [parsed(merged), parsed(custom)]
  return base.ok && over.ok ? written(merged, { ...base.value, ...over.value }) : merged
}

/** What the node needs to run its only identity itself. */
export interface SupervisedOptions {
  readonly coinbase: string
  readonly dataDir: string
  /** As the metadata says: with fewer the node deletes files, with more it does not start. */
  readonly numUnits: number
  /** Bytes, as the metadata says. */
  readonly maxFileBytes: number
  readonly provider: number
  readonly proving: ProvingOptions
}

/**
 * And back: smeshing on, with everything that a supervised node wants said. Other fields stay, the post listener too.
 * @fault `convert/not-json`, `convert/duplicate-key` the config is not one that can be changed safely
 * @source facts/smapp-and-migration.md §6
 */
export function unconvertConfig(
  text: string,
  { coinbase, dataDir, numUnits, maxFileBytes, provider, proving }: SupervisedOptions,
): Result<string, 'convert/not-json' | 'convert/duplicate-key'> {
  const read = parsed(text)
  if (!read.ok) return read
  const smeshing = sectionOf(read.value, 'smeshing')
  put(smeshing, 'smeshing-start', true)
  put(smeshing, 'smeshing-coinbase', coinbase)
  const options = sectionOf(smeshing, 'smeshing-opts')
  put(options, 'smeshing-opts-datadir', dataDir)
  put(options, 'smeshing-opts-numunits', numUnits)
  put(options, 'smeshing-opts-maxfilesize', maxFileBytes)
  put(options, 'smeshing-opts-provider', provider)
  const provingOptions = sectionOf(smeshing, 'smeshing-proving-opts')
  if (proving.nonces !== undefined) put(provingOptions, 'smeshing-opts-proving-nonces', proving.nonces)
  if (proving.threads !== undefined) put(provingOptions, 'smeshing-opts-proving-threads', proving.threads)
  if (proving.randomx !== undefined) put(provingOptions, 'smeshing-opts-proving-randomx-mode', proving.randomx)
  return ok(written(text, read.value))
}

/** Where a further node on this machine listens, and what it locks. */
export interface FurtherNode {
  readonly dataFolder: string
  readonly lockFile: string
  readonly listeners: { readonly public: string; readonly private: string; readonly post: string }
  /** Port of its peers; two nodes cannot share one. */
  readonly p2pPort: number
}

/**
 * Config of a further node beside the one that `text` is of: same network, PoETs and coinbase, and everything its own that
 * two nodes of one machine cannot share. Its keys are remote ones.
 * @fault `convert/not-json`, `convert/duplicate-key` the config is not one that can be copied
 * @source facts/node-config-and-cli.md §3: data folder, lock, public, private and post ports, p2p listen, metrics port
 */
export function furtherConfig(
  text: string,
  { dataFolder, lockFile, listeners, p2pPort }: FurtherNode,
): Result<string, 'convert/not-json' | 'convert/duplicate-key'> {
  const read = parsed(text)
  if (!read.ok) return read
  const config = read.value
  const main = sectionOf(config, 'main')
  put(main, 'data-folder', dataFolder)
  put(main, 'filelock', lockFile)
  // Both would bind the same port; the second one goes without, and nobody would notice which.
  if (Object.hasOwn(main, spelling(main, 'metrics'))) put(main, 'metrics', false)
  const api = sectionOf(config, 'api')
  put(api, 'grpc-public-listener', listeners.public)
  put(api, 'grpc-private-listener', listeners.private)
  put(api, 'grpc-post-listener', listeners.post)
  for (const other of ['grpc-tls-listener', 'grpc-json-listener']) if (Object.hasOwn(api, spelling(api, other))) put(api, other, '')
  const p2p = sectionOf(config, 'p2p')
  put(p2p, 'listen', listenAt(p2p[spelling(p2p, 'listen')], p2pPort))
  // It tells peers the other node's port.
  Reflect.deleteProperty(p2p, spelling(p2p, 'advertise-address'))
  const smeshing = sectionOf(config, 'smeshing')
  put(smeshing, 'smeshing-start', false)
  for (const key of ['smeshing-opts', 'smeshing-proving-opts']) Reflect.deleteProperty(smeshing, spelling(smeshing, key))
  return ok(written(text, config))
}

/** The same addresses with another port; `/ip4/0.0.0.0/tcp/7514` when none are given. */
function listenAt(present: unknown, port: number): unknown {
  const moved = (address: unknown): unknown => (typeof address === 'string' ? address.replace(/\/(tcp|udp)\/\d+/g, `/$1/${port}`) : address)
  if (Array.isArray(present) && present.length > 0) return present.map(moved)
  return typeof present === 'string' && present !== '' ? moved(present) : `/ip4/0.0.0.0/tcp/${port}`
}
