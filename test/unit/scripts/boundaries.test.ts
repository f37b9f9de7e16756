import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const script = path.resolve('scripts/boundaries.mjs')
let folder = ''
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the check over a tree that holds just `files`. */
function check(files: Readonly<Record<string, string>>): { code: number | null; out: string } {
  folder = mkdtempSync(path.join(os.tmpdir(), 'walls-'))
  for (const top of ['shared', 'renderer', 'electron']) mkdirSync(path.join(folder, top))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  const run = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
  return { code: run.status, out: run.stdout + run.stderr }
}

describe('the walls between rooms', () => {
  it('stand in this repository', () => {
    const run = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    expect(run.stdout + run.stderr).toContain('every import is allowed')
    expect(run.status).toBe(0)
  })

  it.each([
    ['renderer/features/now/a.ts', "import { x } from '../../../electron/lib/clock.ts'", 'may not import electron/lib'],
    ['renderer/features/now/a.ts', "import type { X } from '../logs/b.ts'", 'may not import renderer/features/logs'],
    ['renderer/main.tsx', "import fs from 'node:fs'", 'may not import this package'],
    ['renderer/main.tsx', "const e = await import('electron')", 'only electron/app'],
    ['shared/domain/a.ts', "import { readFile } from 'node:fs/promises'", 'may not import this package'],
    ['shared/domain/a.ts', "import type { H } from '../../electron/lib/home.ts'", 'may not import electron/lib'],
    ['electron/supervisor/a.ts', "import type { S } from '../programs/index.ts'", 'may not import electron/programs'],
    ['electron/keeper/a.ts', "import { S } from '../supervisor/step.ts'", 'by their index.ts only'],
    ['electron/keeper/a.ts', "import { app } from 'electron'", 'only electron/app'],
    ['electron/keeper/a.ts', "import { x } from '../../proto/gen/spacemesh/v1/node_pb.js'", 'generated code'],
    ['electron/history/a.ts', "export { a } from '../alerts/index.ts'", 'may not import electron/alerts'],
    ['shared/domain/a.ts', "import { b } from './b'", 'write the file extension'],
  ])('are not crossed: %s with %s', (file, text, why) => {
    const { code, out } = check({ [file]: text })
    expect(out).toContain(why)
    expect(out).toContain(file)
    expect(code).toBe(1)
  })

  it('let through what is allowed', () => {
    const { code, out } = check({
      'electron/keeper/a.ts':
        "import { S } from '../supervisor/index.ts'\nimport { c } from '../lib/clock.ts'\nimport type { Id } from '../../shared/domain/ids.ts'",
      'electron/app/a.ts': "import { app } from 'electron'",
      'renderer/features/now/a.tsx': "import { B } from '../../components/b.tsx'\n// import fs from 'node:fs'\n",
      'shared/domain/a.ts': "import { z } from 'zod'\n/* import x from 'electron' */",
    })
    expect(out).toContain('every import is allowed')
    expect(code).toBe(0)
  })
})
