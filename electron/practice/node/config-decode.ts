import { assertNever } from '../../../shared/domain/fault.ts'
import { KEYS, KEYS_OF, OPEN_SECTIONS, type Kind } from './config-keys.ts'
import { parseGoDuration } from './go-time.ts'
import type { NodeVersion } from './versions.ts'

type Tree = { readonly [key: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

const syntax = (fn: string, text: string): string => `strconv.${fn}: parsing ${JSON.stringify(text)}: invalid syntax`
const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isTree(value)) return 'map[string]interface {}'
  return typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : 'string'
}

function decodeWhole(path: string, value: unknown, kind: 'int' | 'uint'): string | undefined {
  if (typeof value === 'boolean') return undefined
  if (typeof value === 'number') {
    return kind === 'uint' && value < 0 ? `cannot parse '${path}', ${value} overflows uint` : undefined
  }
  if (typeof value !== 'string') return `'${path}' expected type '${kind}', got unconvertible type '${goTypeOf(value)}'`
  const fn = kind === 'int' ? 'ParseInt' : 'ParseUint'
  return (kind === 'int' ? /^[+-]?\d+$/ : /^\d+$/).test(value) ? undefined : `cannot parse '${path}' as ${kind}: ${syntax(fn, value)}`
}

function decodeDuration(path: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  try {
    parseGoDuration(value)
    return undefined
  } catch (cause: unknown) {
    return `error decoding '${path}': ${textOf(cause)}`
  }
}

function decodeVersions(path: string, value: unknown): string | undefined {
  if (!isTree(value)) return `'${path}' expected a map, got '${goTypeOf(value)}'`
  const bad = Object.values(value).find((v) => v !== 1 && v !== 2)
  return bad === undefined ? undefined : `error decoding '${path}': ATX version: ${JSON.stringify(bad)} not in range [V1:V2]`
}

/** The decoder's complaint about one value, or undefined. */
function complaintOf(path: string, value: unknown, kind: Kind): string | undefined {
  switch (kind) {
    case 'string':
      return isTree(value) || Array.isArray(value)
        ? `'${path}' expected type 'string', got unconvertible type '${goTypeOf(value)}', value: '${JSON.stringify(value)}'`
        : undefined
    case 'bool':
      return typeof value === 'string' && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False|)$/.test(value)
        ? `cannot parse '${path}' as bool: ${syntax('ParseBool', value)}`
        : undefined
    case 'int':
    case 'uint':
      return decodeWhole(path, value, kind)
    case 'duration':
      return decodeDuration(path, value)
    case 'atx-versions':
      return decodeVersions(path, value)
    case 'deprecated':
      return `error decoding '${path}': use of deprecated config field`
    case 'strings':
    case 'poets':
    case 'any':
      return undefined
    default:
      return assertNever(kind)
  }
}

function isSection(path: string, known: ReadonlyMap<string, Kind>): boolean {
  if (OPEN_SECTIONS.has(path)) return true
  for (const key of known.keys()) if (key.startsWith(`${path}.`)) return true
  return false
}

/** Values by dotted lower-case key, and what the node's decoder complains about. */
export interface Decoded {
  readonly values: ReadonlyMap<string, unknown>
  readonly complaints: readonly string[]
}

/** Checks a parsed config file against the known keys. Keys are case-insensitive. */
export function decodeConfig(file: Tree, version: NodeVersion): Decoded {
  const known = new Map<string, Kind>([...KEYS, ...KEYS_OF[version.name]])
  const values = new Map<string, unknown>()
  const complaints: string[] = []
  const open = (path: string, tree: Tree): void => {
    for (const [key, value] of Object.entries(tree)) {
      const at = `${path}.${key.toLowerCase()}`
      if (isTree(value)) open(at, value)
      else values.set(at, value)
    }
  }
  const walk = (path: string, tree: Tree): void => {
    const strangers: string[] = []
    for (const [name, value] of Object.entries(tree)) {
      const key = name.toLowerCase()
      const at = path === '' ? key : `${path}.${key}`
      const kind = known.get(at)
      if (kind !== undefined) {
        const complaint = complaintOf(at, value, kind)
        if (complaint !== undefined) complaints.push(complaint)
        else values.set(at, value)
      } else if (!isSection(at, known)) strangers.push(key)
      else if (!isTree(value)) complaints.push(`'${at}' expected a map, got '${goTypeOf(value)}'`)
      else if (OPEN_SECTIONS.has(at)) open(at, value)
      else walk(at, value)
    }
    if (strangers.length > 0) complaints.push(`'${path}' has invalid keys: ${strangers.sort().join(', ')}`)
  }
  walk('', file)
  return { values, complaints: complaints.sort() }
}

/** The decoder's whole error text, in the form of the release. */
export function decodeError(complaints: readonly string[], version: NodeVersion): string {
  return version.is18
    ? `decoding failed due to the following error(s):\n\n${complaints.join('\n')}`
    : `${complaints.length} error(s) decoding:\n\n${complaints.map((c) => `* ${c}`).join('\n')}`
}
