import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../../../electron/operations/engine.ts'
import { createEngine } from '../../../../electron/operations/engine.ts'
import { readFolderFacts } from '../../../../electron/operations/facts/folder-facts.ts'
import { planConvert } from '../../../../electron/operations/plans/convert.ts'
import { nodeFolderOf } from '../../../../electron/operations/plans/plan-folder.ts'
import type { NodeFolder } from '../../../../electron/operations/plans/plan-parts.ts'
import { planPutBack } from '../../../../electron/operations/plans/put-back.ts'
import { readQuarantine } from '../../../../electron/operations/plans/quarantine.ts'
import { planRetire } from '../../../../electron/operations/plans/retire.ts'
import { planSplit } from '../../../../electron/operations/plans/split.ts'
import { planUnconvert } from '../../../../electron/operations/plans/unconvert.ts'
import { stepRules } from '../../../../electron/operations/registry.ts'
import { sha256Of } from '../../../../electron/operations/steps/write-file.ts'
import type { Draft } from '../../../../electron/operations/types.ts'
import { inspectPosFolder } from '../../../../electron/pos-data/index.ts'
import { systemFiles } from '../../../../electron/lib/files.ts'
import { silentLogger } from '../../../../electron/lib/logger.ts'
import { aMoment } from './plan-world.ts'

/** Plans over folders that real nodes left, run for real and taken back. */
const RECORDED = path.resolve(import.meta.dirname, '../../../fixtures/recordings')

let home: string
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'recorded-plans-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const at = (...parts: readonly string[]): string => path.join(home, ...parts)
const take = (recorded: string, name: string): string => {
  cpSync(path.join(RECORDED, recorded), at(name), { recursive: true })
  return at(name)
}
const folder = (dataFolder: string): NodeFolder =>
  nodeFolderOf(readFolderFacts({ dataFolder }, { files: systemFiles, temporary: at('scratch') }))

/** Every file below with its hash. */
function hashes(below: string): Readonly<Record<string, string>> {
  const names = readdirSync(below, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(path.join(below, name)).isFile())
  return Object.fromEntries(names.sort().map((name) => [name, sha256Of(readFileSync(path.join(below, name)))]))
}

const engine = (): Engine =>
  createEngine({
    files: systemFiles,
    folder: at('operations'),
    quarantine: at('quarantine'),
    temporary: at('scratch'),
    rules: stepRules(),
    hold: () => Promise.resolve({ ok: true, value: { release: () => {} } }),
    log: silentLogger,
    now: () => Date.UTC(2026, 10, 28),
    monotonic: () => 0,
  })

async function run(draft: Draft): Promise<void> {
  expect(draft.plan.refusals).toEqual([])
  expect(engine().begin(draft).ok).toBe(true)
  const ended = await engine().finish(draft.plan.id)
  expect(ended.ok ? '' : ended.fault.detail).toBe('')
}
const takeBack = async (draft: Draft): Promise<void> => {
  const ended = await engine().rollBack(draft.plan.id)
  expect(ended.ok ? '' : ended.fault.detail).toBe('')
}
const clean = { is: 'clean', partners: [] } as const

describe('a real supervised node', () => {
  it('becomes what the real one became when it was converted by hand, and comes back', async () => {
    const dataFolder = take('data-folders/1.7.6-supervised', 'n2')
    const posFolder = { path: take('data-folders/post-data-supervised', 'post'), state: inspectPosFolder(at('post')).state }
    const configFile = at('n2', 'config.json')
    writeFileSync(configFile, readFileSync(path.join(RECORDED, 'node-supervised-1.7.6/config-supervised.json')))
    const before = hashes(dataFolder)
    const node = folder(dataFolder)
    const [identity = ''] = node.keys.flatMap((key) => key.identity ?? [])
    const moment = aMoment({ names: { [identity]: 'converted' } })
    const seen = (): { file: string; text: string } => ({ file: configFile, text: readFileSync(configFile, 'utf8') })
    const draft = planConvert(
      { postListener: '127.0.0.1:19304' },
      { ...moment, node, config: seen(), posFolder, standing: clean, cpus: 4, isOurs: false },
    )
    await run(draft)
    const byHand = readdirSync(path.join(RECORDED, 'data-folders/1.7.6-converted-to-remote/identities'))
    expect(byHand).toHaveLength(1)
    expect(readdirSync(at('n2', 'identities'))).toEqual(['converted.key'])
    expect(seen().text).toBe(readFileSync(path.join(RECORDED, 'node-supervised-1.7.6/config-remote.json'), 'utf8'))
    const { 'identities/local.key': key, 'config.json': _, ...rest } = before
    expect(hashes(dataFolder)).toMatchObject({ ...rest, 'identities/converted.key': key })
    const back = planUnconvert(
      { identity },
      {
        ...aMoment({ random: 'cd34' }),
        node: folder(dataFolder),
        configs: [seen()],
        coinbase: 'sm1',
        posFolder,
        maxFileBytes: 4_294_967_296,
        proving: { nonces: 16 },
        standing: clean,
        owner: 'someone',
        isOurs: false,
      },
    )
    await run(back)
    expect(readdirSync(at('n2', 'identities'))).toEqual(['local.key'])
    expect(JSON.parse(seen().text)).toMatchObject({
      smeshing: { 'smeshing-start': true, 'smeshing-opts': { 'smeshing-opts-numunits': 2 } },
    })
    await takeBack(back)
    await takeBack(draft)
    expect(hashes(dataFolder)).toEqual(before)
  })
})

describe('a real node with four identities', () => {
  it('is split with the rows of one, and has every byte again when that is taken back', async () => {
    const dataFolder = take('data-folders/1.7.6-remote-after-sigterm', 'main')
    const before = hashes(dataFolder)
    const node = folder(dataFolder)
    const attic = node.keys.find(({ name }) => name === 'attic.key')?.identity ?? ''
    const rowsOf = (from: NodeFolder) =>
      (from.database.is === 'read' ? from.database.rows : []).filter(({ identity }) => identity === attic)
    expect(rowsOf(node)).toHaveLength(1)
    const newNode = {
      config: { file: at('second', 'config.json'), text: null },
      copyOf: '{"preset":"standalone"}',
      lockFile: at('second', 'LOCK'),
      listeners: { public: '127.0.0.1:1', private: '127.0.0.1:2', post: '127.0.0.1:3' },
      p2pPort: 7514,
    }
    const to = folder(at('second'))
    const draft = planSplit(
      { identities: [attic] },
      { ...aMoment(), from: node, to, newNode, standing: new Map([[attic, clean]]), ours: 'from' },
    )
    await run(draft)
    const [main, second] = [folder(dataFolder), folder(at('second'))]
    expect(rowsOf(main)).toEqual([])
    expect(rowsOf(second)).toEqual(rowsOf(node))
    expect([main.keys.length, second.keys.map(({ name }) => name)]).toEqual([3, ['attic.key']])
    expect([main.problems, second.problems]).toEqual([[], []])
    await takeBack(draft)
    expect(hashes(dataFolder)).toEqual(before)
    expect(hashes(at('second'))).toEqual({})
    expect(readQuarantine(systemFiles, at('quarantine'), new Map())).toEqual([])
  })

  it('retires one, and has it again from the quarantine', async () => {
    const dataFolder = take('data-folders/1.7.6-remote-after-sigterm', 'main')
    const before = hashes(dataFolder)
    const node = folder(dataFolder)
    const spare = node.keys.find(({ name }) => name === 'spare.key')?.identity ?? ''
    const standing = new Map([[spare, clean]])
    await run(planRetire({ identity: spare }, { ...aMoment(), node, backupHolds: true, isOurs: false, standing }))
    expect(folder(dataFolder).keys.map(({ name }) => name)).toEqual(['attic.key', 'home-a.key', 'home-b.key'])
    const [entry] = readQuarantine(systemFiles, at('quarantine'), new Map())
    if (entry === undefined) throw new Error('nothing is in the quarantine')
    const again = planPutBack(
      {},
      {
        ...aMoment({ random: 'cd34' }),
        entry,
        node: folder(dataFolder),
        conflicts: [],
        verdicts: {},
        standing,
        databases: [],
        isOurs: false,
        posFolders: {},
        proving: {},
        cpus: 4,
      },
    )
    await run(again)
    expect(hashes(dataFolder)).toEqual(before)
  })
})
