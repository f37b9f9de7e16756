import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusSchema } from '../../../shared/domain/status.ts'
import { setupSchema } from '../../../shared/setup/schema.ts'

const page = (name: string): string => readFileSync(path.resolve(import.meta.dirname, '../../../docs', name), 'utf8')

const PARTS = ['innerType', 'in'] as const

/** Dotted names of every key, lists as `[]`; `tls` is described once for all its places. */
function keysOf(schema: unknown, at = ''): string[] {
  const def: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'def') : undefined
  if (typeof def !== 'object' || def === null) return []
  const shape: unknown = Reflect.get(def, 'shape')
  const element: unknown = Reflect.get(def, 'element')
  const options: unknown = Reflect.get(def, 'options')
  const own =
    typeof shape === 'object' && shape !== null
      ? Object.entries(shape).flatMap(([key, inner]) => {
          const place = at === '' || at.endsWith('tls') ? (at === '' ? key : `tls.${key}`) : `${at}.${key}`
          return [place, ...keysOf(inner, place)]
        })
      : []
  return [
    ...own,
    ...(element === undefined ? [] : keysOf(element, `${at}[]`)),
    ...(Array.isArray(options) ? options.flatMap((option) => keysOf(option, at)) : []),
    ...PARTS.flatMap((part) => keysOf(Reflect.get(def, part), at)),
  ]
}

describe('docs/setup.md', () => {
  it('names every key of the schema, and no other', () => {
    const rows = [...page('setup.md').matchAll(/^\| `([^`]+)` +\|/gm)].map(([, key]) => key ?? '')
    const keys = [...new Set(keysOf(setupSchema))]
    expect(keys.length).toBeGreaterThan(80)
    // An object whose members all have rows needs none of its own.
    const missing = keys.filter((key) => !rows.includes(key) && !rows.some((row) => row.startsWith(`${key}.`)))
    expect(missing).toEqual([])
    expect(rows.filter((row) => !keys.includes(row))).toEqual([])
  })
})

describe('docs/cli.md', () => {
  it('names every kind of status', () => {
    const text = page('cli.md')
    const kinds = statusSchema.options.map((option) => option.shape.kind.value)
    expect(kinds.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([])
  })

  it('names every verb and option of the help, and the help every verb of the page', () => {
    const help = readFileSync(path.resolve(import.meta.dirname, '../../../electron/cli.ts'), 'utf8')
    const text = page('cli.md')
    for (const option of help.match(/--[a-z][a-z-]+/g) ?? [])
      if (!['--headless', '--help', '--version', '--programs'].includes(option)) expect(text).toContain(option)
    for (const verb of ['run', 'watch', 'status', 'setup', 'logs', 'stop', 'replay']) expect(text).toContain(`| \`${verb}`)
  })
})
