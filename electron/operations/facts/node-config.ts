import { textOf } from '../../../shared/domain/fault.ts'
import { codeOf } from '../../identities/index.ts'
import type { Files } from '../../lib/files.ts'
import { parseConfigText, type ConfigObject } from '../../programs/index.ts'

/** What matters of a node's config when identities come to it or leave it. Absent values are the node's built-in ones. */
export interface NodeConfigValues {
  /** Addresses of `main.poet-servers`; absent: the list that is built into the node or its preset. */
  readonly poets?: readonly string[]
  readonly preset?: string
  readonly coinbase?: string
  /** smeshing-start: it would run the only service itself. */
  readonly isSmeshing?: boolean
  readonly postListener?: string
  readonly publicListener?: string
  readonly lockFile?: string
}

export type NodeConfigFacts =
  | { readonly is: 'read'; readonly file: string; readonly text: string; readonly mode: number; readonly values: NodeConfigValues }
  /** Nobody told which file it is started with. */
  | { readonly is: 'unknown' }
  | { readonly is: 'unreadable'; readonly file: string; readonly why: string }

const MOST_BYTES = 16 * 1024 ** 2

/** The node does not mind the case of keys. */
function at(value: unknown, ...keys: readonly string[]): unknown {
  let inner = value
  for (const key of keys) {
    if (typeof inner !== 'object' || inner === null) return undefined
    const name = Object.keys(inner).find((one) => one.toLowerCase() === key)
    inner = name === undefined ? undefined : Reflect.get(inner, name)
  }
  return inner
}

const textIn = (value: unknown, name: string): Readonly<Record<string, string>> =>
  typeof value === 'string' && value !== '' ? { [name]: value } : {}

function isOn(value: unknown, name: string): Readonly<Record<string, boolean>> {
  if (typeof value === 'boolean') return { [name]: value }
  return typeof value === 'string' && value !== '' ? { [name]: /^(1|t|true)$/i.test(value) } : {}
}

function poetsIn(config: ConfigObject): { readonly poets?: readonly string[] } {
  const servers = at(config, 'main', 'poet-servers')
  if (!Array.isArray(servers) || servers.length === 0) return {}
  return {
    poets: servers.flatMap((one) => {
      const address = at(one, 'address')
      return typeof address === 'string' ? [address] : []
    }),
  }
}

/** @source facts/node-config-and-cli.md §2 */
export function configValuesOf(config: ConfigObject): NodeConfigValues {
  return {
    ...poetsIn(config),
    ...textIn(at(config, 'preset'), 'preset'),
    ...textIn(at(config, 'smeshing', 'smeshing-coinbase'), 'coinbase'),
    ...isOn(at(config, 'smeshing', 'smeshing-start'), 'isSmeshing'),
    ...textIn(at(config, 'api', 'grpc-post-listener'), 'postListener'),
    ...textIn(at(config, 'api', 'grpc-public-listener'), 'publicListener'),
    ...textIn(at(config, 'main', 'filelock'), 'lockFile'),
  }
}

/** Reads the config that a node is started with. */
export function readNodeConfig(file: string | undefined, files: Pick<Files, 'readWhole' | 'facts'>): NodeConfigFacts {
  if (file === undefined) return { is: 'unknown' }
  try {
    const text = Buffer.from(files.readWhole(file, MOST_BYTES)).toString('utf8')
    const config = parseConfigText(text)
    if (config === undefined) return { is: 'unreadable', file, why: `${file} holds no JSON object` }
    return { is: 'read', file, text, mode: files.facts(file)?.mode ?? 0o600, values: configValuesOf(config) }
  } catch (cause) {
    // V8 quotes the text that it stumbled over, and a config may hold what is nobody's business.
    if (cause instanceof SyntaxError || cause instanceof RangeError) return { is: 'unreadable', file, why: `${file} is no valid JSON` }
    if (codeOf(cause) === '') throw cause
    return { is: 'unreadable', file, why: codeOf(cause) === 'ENOENT' ? `${file} is not there` : `${file} cannot be read: ${textOf(cause)}` }
  }
}
