import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { runTool, toolHash, whyFailed } from '../../../electron/operations/tool/merge-program.ts'
import { OperationStopped, type Draft } from '../../../electron/operations/types.ts'
import { makeNodeFolder } from '../../builders/node-folder.ts'
import { aKey } from '../../unit/identities/keys.ts'

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
  const end = does === 'killed' ? '[ "$1" = --help ] || kill -9 $$' : 'code=$?; [ $code -gt 128 ] && exit 0; exit $code'
  writeFileSync(file, `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 MERGE_NODES_DOES=${does} '${process.execPath}' '${peer}' "$@"\n${end}\n`)
  chmodSync(file, 0o755)
  return file
}

const plan = (named?: string, to = main): Promise<Draft> =>
  planMerge(
    { from: [attic], to, names: {}, ...(named === undefined ? {} : { tool: named }) },
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

const engine = (rules = stepRules()): Engine =>
  createEngine({
    files: systemFiles,
    folder: path.join(base, 'home/state/operations'),
    quarantine: path.join(base, 'home/quarantine'),
    temporary: path.join(base, 'scratch'),
    rules,
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: Date.now,
    monotonic: () => performance.now(),
  })

/** As a node that was started writes. */
function rows(folder: string, sql: string): void {
  const db = new Sqlite(path.join(folder, 'local.sql'))
  db.exec(sql)
  db.close()
}

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

  it('is made anew for a node without one', async () => {
    const fresh = path.join(base, 'fresh')
    const draft = await plan(tool('well'), fresh)
    expect(draft.plan.refusals).toEqual([])
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({ value: { state: 'done' } })
    expect(counts(fresh)).toEqual({ post: 2, challenge: 2, poet_registration: 2, nipost: 2, poet_certificates: 2, future: 2 })
    expect(keysIn(fresh)).toEqual(['iris.key', 'kelp.key'])
    expect(await one.rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect(keysIn(attic)).toEqual(['iris.key', 'kelp.key'])
  })

  it('is built where the path is plain, whatever the path of our own folder', async () => {
    base = path.join(base, 'ho#me%20?')
    mkdirSync(base)
    const draft = await plan(tool('well'))
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(counts(main)).toMatchObject({ post: 4, future: 4 })
    base = path.dirname(base)
  })

  it('keeps what the tool said, and shows its hash', async () => {
    const draft = await plan(tool('old'))
    expect(draft.plan.steps.map(({ detail }) => detail).join('\n')).toContain(toolHash(path.join(base, 'merge-nodes-old')))
    expect(draft.plan.checks.map(({ text }) => text).join('\n')).toContain('rows and registrations cannot be shown before')
    expect(draft.plan.undo).toContain('After that there is no undo')
    const one = engine()
    one.begin(draft)
    await one.finish(draft.plan.id)
    const kept = readFileSync(path.join(base, 'home/state/operations', draft.plan.id, 'target-tool.json'), 'utf8')
    expect(kept).toContain('merging databases')
  })

  it.each([
    ['stray', 'left 2 rows of challenge of ATTIC behind, although it ended well'],
    ['drops', 'left 2 rows of future of ATTIC behind, although it ended well'],
    ['keyless', 'left 1 rows of challenge of ATTIC behind, although it ended well'],
    ['loses', 'lost 1 rows of nipost of the node that stays'],
    ['migrates', 'What the tool made has version 12 instead of 11'],
    ['alters', 'changed the tables of the node that stays'],
    ['damages', 'what the tool made has damaged pages'],
    ['usage', 'did not merge the copy of ATTIC: required flag(s) "from", "to" not set (it ended with 1)'],
    ['killed', '(it was killed by SIGKILL). Nothing was changed'],
  ])('stays as it is when the tool does this: %s', async (does, text) => {
    if (does === 'keyless')
      rows(attic, `INSERT INTO challenge (id, epoch, sequence, prev_atx, pos_atx) VALUES (X'${'77'.repeat(32)}', 3, 1, X'02', X'03')`)
    const before = [hashes(main), hashes(attic)]
    const draft = await plan(tool(does))
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining(text.replace('ATTIC', attic)) as string },
    })
    expect(keysIn(attic)).toEqual(['iris.key', 'kelp.key'])
    expect(await one.rollBack(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'rolled-back' } })
    expect([hashes(main), hashes(attic)]).toEqual(before)
  })

  it.each(['well', 'old'])(
    'stays as it is when the target has rows of an identity that comes, in the words of every release: %s',
    async (does) => {
      rows(main, `INSERT INTO challenge (id, epoch, sequence, prev_atx, pos_atx) VALUES (X'${aKey(3).id}', 3, 1, X'02', X'03')`)
      const draft = await plan(tool(does))
      const one = engine()
      one.begin(draft)
      expect(await one.finish(draft.plan.id)).toMatchObject({
        ok: false,
        fault: { detail: expect.stringMatching(/merge initial_post.*object exists \(it ended with 1\).*left from before/) as string },
      })
      expect(await one.rollBack(draft.plan.id)).toMatchObject({ ok: true })
    },
  )

  it('does not wait for ever for a tool that hangs', () => {
    const [from, to] = [path.join(base, 'from'), path.join(base, 'to')]
    for (const folder of [from, to]) mkdirSync(path.join(folder, 'identities'), { recursive: true })
    const run = runTool({ file: tool('hangs'), sha256: '' }, { from, to, folder: base }, 1500)
    expect(whyFailed(run)).toBe('merging databases (it did not end within 2 s)')
  })

  it('cannot be undone any more when a node was started, and says so', async () => {
    const draft = await plan(tool('well'))
    const one = engine()
    one.begin(draft)
    await one.finish(draft.plan.id)
    rows(main, 'UPDATE challenge SET sequence = sequence + 1')
    const wanted = 'single rows cannot be carried back, and an older database is never put back'
    expect(await one.rollBack(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { code: 'operation/not-undoable', detail: expect.stringContaining(wanted) as string },
    })
    expect(await one.view(draft.plan.id)).toMatchObject({ undo: { is: 'no', why: expect.stringContaining(wanted) as string } })
    expect(keysIn(main)).toHaveLength(4)
  })

  it('is not rolled back row by row when a node was started in the middle; it can be finished', async () => {
    const stops = { ...stepRules() }
    const place = stops['keys-in']
    if (place === undefined) throw new Error('no rule')
    stops['keys-in'] = { ...place, apply: () => Promise.reject(new OperationStopped('operation/stopped', 'power')) }
    const draft = await plan(tool('well'))
    const cut = engine(stops)
    cut.begin(draft)
    expect(await cut.finish(draft.plan.id)).toMatchObject({ ok: false })
    rows(main, 'UPDATE challenge SET sequence = sequence + 1')
    const one = engine()
    expect(await one.rollBack(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('Finish it now') as string },
    })
    expect(await one.finish(draft.plan.id)).toMatchObject({ ok: true, value: { state: 'done' } })
    expect(counts(main)).toMatchObject({ post: 4, future: 4 })
    expect(keysIn(main)).toEqual(['amber.key', 'basalt.key', 'iris.key', 'kelp.key'])
  })

  it('is refused when the nodes have different versions', async () => {
    rmSync(main, { recursive: true })
    makeNodeFolder(main, { keys: { 'amber.key': 1 }, schema: 9 })
    const { plan: refused } = await plan(tool('well'))
    expect(refused.refusals.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      'merge/other-schema: The databases of attic and main have different versions (old database version: 9 < 11), and merge-nodes works on one version only. Start main once with the release that attic runs, stop it, then plan again',
    ])
    rmSync(attic, { recursive: true })
    makeNodeFolder(attic, { keys: { 'iris.key': 3 }, schema: 9 })
    const { plan: known } = await plan(tool('well'))
    expect(known.refusals).toEqual([])
    expect(known.checks.map(({ text }) => text).join()).toContain('is not needed')
  })

  it('refuses a tool that is not there, and one that was exchanged after the plan', async () => {
    expect((await plan(path.join(base, 'nothing'))).plan.refusals[0]?.detail).toContain('it is not there')
    expect((await plan(tool('no-help'))).plan.refusals[0]?.detail).toContain('does not answer as merge-nodes')
    expect((await plan(base)).plan.refusals[0]?.detail).toContain('it is no file')
    const file = tool('well')
    chmodSync(file, 0o644)
    if (process.getuid?.() !== 0) expect((await plan(file)).plan.refusals[0]?.detail).toContain('chmod +x')
    chmodSync(file, 0o755)
    const draft = await plan(file)
    writeFileSync(file, '#!/bin/sh\nexit 0\n')
    const one = engine()
    one.begin(draft)
    expect(await one.finish(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('not the program that the plan saw') as string },
    })
    rmSync(file)
    expect(await one.finish(draft.plan.id)).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('cannot be read any more (ENOENT)') as string },
    })
  })
})
