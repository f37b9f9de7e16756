/** A JSON object whose large numbers keep their digits. */
export type ConfigObject = Record<string, unknown>

/** TC39 "JSON.parse source text access", in V8 for years; not in TypeScript's library yet. */
interface RawJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}
const raw = JSON as unknown as RawJson

/**
 * Parses a config so that writing it again changes no number: balances of genesis accounts and 64-bit settings exceed
 * what a double holds.
 * @returns undefined when the text is JSON but no object
 * @throws SyntaxError
 */
export function parseConfigText(text: string): ConfigObject | undefined {
  const value = raw.parse(text.replace(/^\uFEFF/, ''), (_key, inner, { source }) =>
    typeof inner === 'number' && source !== undefined && String(inner) !== source ? raw.rawJSON(source) : inner,
  )
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}
