export type Json = Readonly<Record<string, unknown>>

export const record = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
/** 64-bit numbers are written as text. */
export function number(value: unknown): number | undefined {
  const figure = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  return typeof figure === 'number' && Number.isFinite(figure) ? figure : undefined
}
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export function time(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** The objects of a JSON-lines text; lines that are none are left out. */
export function jsonLines(content: string): readonly Json[] {
  const found: Json[] = []
  for (const line of content.split('\n')) {
    if (!line.startsWith('{')) continue
    try {
      const value = record(JSON.parse(line))
      if (value !== undefined) found.push(value)
    } catch {
      continue // cut or mixed lines are part of real logs
    }
  }
  return found
}
