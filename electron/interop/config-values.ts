import { textOf } from '../../shared/domain/fault.ts'
import { parseConfigText, type ConfigObject } from '../programs/go-spacemesh/config-text.ts'

/** Values of a node's config by dotted lower-case key: the node does not mind the case of keys. */
export type ConfigValues = ReadonlyMap<string, unknown>

const DEEPEST = 6

const isObject = (value: unknown): value is ConfigObject => typeof value === 'object' && value !== null && !Array.isArray(value)

function flatten(object: ConfigObject, path: string, into: Map<string, unknown>, depth: number): void {
  for (const [key, value] of Object.entries(object)) {
    const at = path === '' ? key.toLowerCase() : `${path}.${key.toLowerCase()}`
    if (isObject(value) && depth < DEEPEST) flatten(value, at, into, depth + 1)
    else into.set(at, value)
  }
}

export function valuesOf(object: ConfigObject): ConfigValues {
  const values = new Map<string, unknown>()
  flatten(object, '', values, 0)
  return values
}

/** A JSON object, or why it is none; `why` is a sentence without a full stop. */
export function parseObject(
  text: string,
): { readonly is: 'object'; readonly value: ConfigObject } | { readonly is: 'bad'; readonly why: string } {
  if (text.trim() === '') return { is: 'bad', why: 'it is empty' }
  try {
    const value = parseConfigText(text)
    return value === undefined ? { is: 'bad', why: 'it holds no JSON object' } : { is: 'object', value }
  } catch (cause: unknown) {
    if (cause instanceof RangeError) return { is: 'bad', why: 'it is nested beyond reason' }
    // V8 quotes the text that it stumbled over; a config may hold what is nobody's business.
    const where = /position \d+/.exec(textOf(cause))?.[0]
    return { is: 'bad', why: `it is no valid JSON${where === undefined ? ': it ends too early' : ` (at ${where})`}` }
  }
}

export const textAt = (values: ConfigValues, key: string): string | undefined => {
  const value = values.get(key)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberAt(values: ConfigValues, key: string): number | undefined {
  const value = values.get(key)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

export function isOnAt(values: ConfigValues, key: string): boolean | undefined {
  const value = values.get(key)
  if (typeof value === 'boolean') return value
  return typeof value === 'string' && value !== '' ? /^(1|t|true)$/i.test(value) : undefined
}
