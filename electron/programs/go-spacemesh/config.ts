import { fail, ok, textOf, type Result } from '../../../shared/domain/fault.ts'
import type { ManagedNode } from '../../../shared/setup/schema.ts'
import { parseConfigText, type ConfigObject } from './config-text.ts'

export type NodeConfigFault = 'node-config/not-json' | 'node-config/invalid' | 'node-config/duplicate-key'

/** What is worth telling although the node would start. */
export type NodeConfigRemark = 'no-coinbase' | 'public-listener-open'

export interface OwnConfig {
  /** JSON text of the config that the node is started with. */
  readonly text: string
  /** Addresses of the PoETs that the config lists itself; empty = those of its preset. */
  readonly poets: readonly string[]
  readonly preset: string | undefined
  readonly remarks: readonly NodeConfigRemark[]
}

/**
 * Our config from the user's: everything of his is kept, and what the set-up decides is put over it. His file is never
 * written. Keys are case-insensitive (the node lower-cases them), so an existing spelling is used again.
 *
 * @param userText his config; `fileName` decides how a format that we do not read is explained
 * @fault `node-config/not-json` YAML, TOML, …; `node-config/invalid` broken JSON; `node-config/duplicate-key` one key in
 *        two spellings: the node would take either
 * @source facts/node-config-and-cli.md §1, §2, §10
 */
export function ownNodeConfig(
  userText: string,
  fileName: string,
  node: ManagedNode,
  mode: 'remote' | 'supervised' = 'remote',
): Result<OwnConfig, NodeConfigFault> {
  const parsed = readConfig(userText, fileName)
  if (!parsed.ok) return parsed
  const config = parsed.value
  const twice = duplicateKey(config)
  if (twice !== undefined) {
    return fail('node-config/duplicate-key', `${fileName} holds ${twice} in two spellings; keep one of them`)
  }
  for (const [section, key, value] of decisions(node, mode)) put(sectionOf(config, section), key, value)
  return ok({
    text: `${JSON.stringify(config, null, 2)}\n`,
    poets: poetsOf(config),
    preset: textAt(config, 'preset'),
    remarks: remarksOf(config),
  })
}

function decisions(node: ManagedNode, mode: 'remote' | 'supervised'): (readonly [string, string, unknown])[] {
  return [
    ['main', 'data-folder', node.dataFolder],
    ...(node.lockFile === undefined ? [] : [['main', 'filelock', node.lockFile] as const]),
    ['api', 'grpc-public-listener', node.listeners.public],
    ['api', 'grpc-private-listener', node.listeners.private],
    // Without this the port is another one at every start, and hidden in the log.
    ['api', 'grpc-post-listener', node.listeners.post],
    ...(node.tls === null
      ? []
      : ([
          ['api', 'grpc-tls-ca-cert', node.tls.caCert],
          ['api', 'grpc-tls-cert', node.tls.cert],
          ['api', 'grpc-tls-key', node.tls.key],
        ] as const)),
    ...(mode === 'remote' ? [['smeshing', 'smeshing-start', false] as const] : []),
    ...(node.coinbase === undefined ? [] : [['smeshing', 'smeshing-coinbase', node.coinbase] as const]),
    ['logging', 'log-encoder', 'json'],
    ...Object.entries(node.logLevels).map(([logger, level]) => ['logging', logger, level] as const),
  ]
}

function readConfig(text: string, fileName: string): Result<ConfigObject, NodeConfigFault> {
  try {
    const value = parseConfigText(text)
    if (value !== undefined) return ok(value)
    return fail('node-config/invalid', `${fileName} does not hold a JSON object; {} alone means mainnet`)
  } catch (cause) {
    const other = /\.(ya?ml|toml|hcl|ini|properties|env)$/i.exec(fileName)?.[1]
    if (other === undefined) return fail('node-config/invalid', `${fileName} is not valid JSON: ${textOf(cause)}`)
    return fail(
      'node-config/not-json',
      `${fileName} is ${other.toUpperCase()}. Nodes up to 1.7.8 read that, newer ones and Smeshkeeper read JSON only: write the same settings as JSON.`,
    )
  }
}

const isObject = (value: unknown): value is ConfigObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The key as it is spelled in `object`, or as given. */
function spelling(object: ConfigObject, key: string): string {
  const wanted = key.toLowerCase()
  return Object.keys(object).find((own) => own.toLowerCase() === wanted) ?? key
}

function put(object: ConfigObject, key: string, value: unknown): void {
  object[spelling(object, key)] = value
}

/** A section that is there, or a new one. A section that is no object would stop the node; it is replaced. */
function sectionOf(config: ConfigObject, name: string): ConfigObject {
  const key = spelling(config, name)
  const present = config[key]
  if (isObject(present)) return present
  const made: ConfigObject = {}
  config[key] = made
  return made
}

/** Path of a key that stands twice in one object, but for its case. Maps whose keys are data are left alone. */
function duplicateKey(object: ConfigObject, path = '', depth = 0): string | undefined {
  const seen = new Set<string>()
  for (const [key, value] of Object.entries(object)) {
    const here = path === '' ? key : `${path}.${key}`
    if (seen.has(key.toLowerCase())) return here
    seen.add(key.toLowerCase())
    if (depth < 3 && isObject(value) && key.toLowerCase() !== 'accounts') {
      const inner = duplicateKey(value, here, depth + 1)
      if (inner !== undefined) return inner
    }
  }
  return undefined
}

function textAt(object: ConfigObject, ...path: readonly string[]): string | undefined {
  let value: unknown = object
  for (const key of path) value = isObject(value) ? value[spelling(value, key)] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

function poetsOf(config: ConfigObject): string[] {
  const main = config[spelling(config, 'main')]
  const list = isObject(main) ? main[spelling(main, 'poet-servers')] : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((poet: unknown) => {
    const address = isObject(poet) ? textAt(poet, 'address') : undefined
    return address === undefined ? [] : [address]
  })
}

/** Where the node listens for peers when its config says nothing. @source facts/node-config-and-cli.md §2 */
const USUAL_PEERS = '0.0.0.0:7513'

/** `host:port` on which a node with this config listens for peers, the first of them. */
export function peerListener(configText: string): string | undefined {
  const read = readConfig(configText, 'the config')
  if (!read.ok) return undefined
  const section = read.value[spelling(read.value, 'p2p')]
  const listen = isObject(section) ? section[spelling(section, 'listen')] : undefined
  const first: unknown = Array.isArray(listen) ? listen[0] : listen
  if (first === undefined) return USUAL_PEERS
  const parts = typeof first === 'string' ? /^\/ip[46]\/([^/]+)\/tcp\/(\d+)/.exec(first) : null
  if (parts === null) return undefined
  const [, host = '', port = ''] = parts
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function remarksOf(config: ConfigObject): NodeConfigRemark[] {
  const remarks: NodeConfigRemark[] = []
  if (textAt(config, 'smeshing', 'smeshing-coinbase') === undefined) remarks.push('no-coinbase')
  const listener = textAt(config, 'api', 'grpc-public-listener') ?? ''
  if (!/^(127\.|localhost:|\[::1\]:)/.test(listener)) remarks.push('public-listener-open')
  return remarks
}

/** How keys of a node's config are found and set, whatever their case: for others who change one. */
export const configKeys = { duplicateKey, isObject, put, sectionOf, spelling, textAt } as const
