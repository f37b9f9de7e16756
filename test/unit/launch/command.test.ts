import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const textOf = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

it('runs every verb of the package without a display: the command of the system knows all that the entry knows', () => {
  const [, list = ''] = /const VERBS = new Set\(\s*'([^']+)'/.exec(textOf('electron/main.ts')) ?? []
  const verbs = list.split(' ')
  const [, pattern = ''] = /case "\$1" in\n([^)]*)\)/.exec(textOf('build/linux/smeshkeeper')) ?? []
  const known = pattern.split('|').map((word) => word.replace('\\', '').trim())
  expect(verbs.length).toBeGreaterThan(15)
  expect(new Set(known)).toEqual(new Set(verbs))
})
