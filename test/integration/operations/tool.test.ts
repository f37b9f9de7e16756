import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemFiles } from '../../../electron/lib/files.ts'
import { silentLogger } from '../../../electron/lib/logger.ts'
import { createEngine, type Engine } from '../../../electron/operations/engine.ts'
import { planMerge } from '../../../electron/operations/plans/merge.ts'
import { stepRules } from '../../../electron/operations/registry.ts'
import type { Draft } from '../../../electron/operations/types.ts'
import { makeNodeFolder } from '../../builders/node-folder.ts'

const SCHEMA = 11
const peer = path.resolve(import.meta.dirname, 'peers/merge-nodes.ts')
/** Rows of a release that we do not know lie in a table of its own as well. */
const FUTURE = 'CREATE TABLE future (id CHAR(32) PRIMARY KEY, what INT); INSERT INTO future SELECT id, 7 FROM post;'

let base = ''
let main = ''
let attic = ''
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'smeshkeeper-tool-'))
  main = path.join(base, 'main')
  attic = path.join(base, 'attic')
  makeNodeFolder(main, { keys: { 'amber.key': 1, 'basalt.key': 2 }, schema: SCHEMA, sql: FUTURE })
  makeNodeFolder(attic, { keys: { 'iris.key': 3, 'kelp.key': 4 }, schema: SCHEMA, sql: FUTURE })
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function tool(does: string): string {
  const file = path.join(base, `merge-nodes-${does}`)
  // Killed by itself after its work: its log stays, and the shell tells that all is well.
  const end = does === 'fails' ? 'exit $?' : '[ $? -gt 128 ] && exit 0'
  writeFileSync(file, `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 MERGE_NODES_DOES=${does} '${process.execPath}' '${peer}' "$@"\n${end}\n`)
  chmodSync(file, 0o755)
  return file
}

const plan = (named?: string): Promise<Draft> =>
  planMerge(
    { from: [attic], to: main, names: {}, ...(named === undefined ? {} : { tool: named }) },
    {
      now: Date.UTC(2026, 10, 28),
      random: 'ab12',
      names: {},
      held: [],
      window: { is: 'safe' },
      setUp: () => undefined,
      nodes: [],
      stops: [],
    },
    { files: systemFiles, temporary: path.join(base, 'scratch') },
  )

const engine = (): Engine =>
  createEngine({
    files: systemFiles,
    folder: path.join(base, 'home/state/operations'),
    quarantine: path.join(base, 'home/quarantine'),
    temporary: path.join(base, 'scratch'),
    rules: stepRules(),
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: Date.now,
    monotonic: () => performance.now(),
  })

const keysIn = (folder: string): readonly string[] => readdirSync(path.join(folder, 'identities')).sort()
const hashes = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('local.sql'))
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(path.join(folder, name)))
          .digest('hex')}`,
    )
function counts(folder: string): Record<string, number> {
  const db = new Sqlite(path.join(folder, 'local.sql'), { readonly: true })
  try {
    return Object.fromEntries(
      ['post', 'challenge', 'poet_registration', 'nipost', 'poet_certificates', 'future'].map((table) => [
        table,
        Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()),
      ]),
    )
  } finally {
    db.close()
  }
}

describe('a database of a release that is not known', { timeout: 60_000 }, () => {
  it('is refused, with what to do', async () => {
    const { plan: refused } = await plan()
    expect(refused.refusals.map(({ detail }) => detail).join(' ')).toContain('give the merge-nodes of that node’s own release')
  })

  it('is merged by its own merge-nodes on copies, checked, swapped in, and undone to the last byte', async () => {
    const before = [hashes(main), hashes(attic)]
    const draft = await plan(tool('well'))
    expect(draft.plan.refusals).toEqual([])
    const one = engine()
    expect(one.begin(draft).ok).toBe(true)
    expect(await one.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(counts(main)).toEqual({ post: 4, challenge: 4, poet_registration: 4, nipost: 4, poet_certificates: 4, future: 4 })
    expect(keysIn(main)).toEqual(['amber.key', 'basalt.key', 'iris.key', 'kelp.key'])
    expect(keysIn(attic)).toEqual([])
    expect(await one.rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect([hashes(main), hashes(attic)]).toEqual(before)
    expect(keysIn(attic)).toEqual(['iris.key', 'kelp.key'])
  })

  it.each([
    ['stray', 'behind, although it ended well'],
    ['drops', 'of future behind, although it ended well'],
    ['fails', 'object exists'],
  ])('stays as it is when the tool %s', async (does, text) => {
    const before = [hashes(main), hashes(attic)]
    const draft = await plan(tool(does))
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining(text) as string } })
    expect(keysIn(attic)).toEqual(['iris.key', 'kelp.key'])
    expect(await one.rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect([hashes(main), hashes(attic)]).toEqual(before)
  })

  it('refuses a tool that is not there, and one that was exchanged after the plan', async () => {
    expect((await plan(path.join(base, 'nothing'))).plan.refusals[0]?.detail).toContain('it is not there')
    const file = tool('well')
    const draft = await plan(file)
    writeFileSync(file, '#!/bin/sh\nexit 0\n')
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('not the program that the plan saw') as string },
    })
  })
})
