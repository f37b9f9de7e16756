import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderFacts } from '../../../../electron/operations/facts/folder-facts.ts'
import type { MergeFacts } from '../../../../electron/operations/plans/merge-facts.ts'
import { aKey } from '../../identities/keys.ts'
import { mergeWorld, type Asked, type MergeWorld } from './merge-world.ts'

let world: MergeWorld
beforeEach(() => {
  world = mergeWorld()
})
afterEach(() => world.remove())

/** Codes, and texts for a look. */
async function refusals(from: readonly string[], to: string, asked?: Asked): Promise<{ codes: string[]; text: string }> {
  const { plan, steps, touches } = await world.plan(from, to, asked)
  expect([plan.steps, steps, touches]).toEqual([[], [], []])
  return { codes: plan.refusals.map(({ code }) => code.replace('merge/', '')), text: plan.refusals.map(({ detail }) => detail).join('\n') }
}

const put = (name: string, keys: Record<string, number | Uint8Array>, more: Parameters<MergeWorld['put']>[1] = {}): void =>
  void world.put(name, { keys, ...more })
const two = (): void => {
  put('main', { 'amber.key': 1 })
  put('attic', { 'iris.key': 2 })
}
const name = (id: number, as: string): Asked => ({ input: { names: { [aKey(id).id]: as } } })

describe('folders that cannot be merged', () => {
  it('are one and the same', async () => {
    two()
    expect(await refusals(['main'], 'main')).toMatchObject({
      codes: ['same-folder'],
      text: expect.stringMatching(/file already exists/) as string,
    })
    expect((await refusals(['attic', 'attic'], 'main')).codes).toEqual(['same-folder'])
  })

  it('are linked, whole or in part', async () => {
    two()
    symlinkSync(world.at('main'), world.at('link'))
    expect((await refusals(['link'], 'main')).codes).toEqual(['same-folder'])
    rmSync(world.at('attic/identities'), { recursive: true })
    symlinkSync(world.at('main/identities'), world.at('attic/identities'))
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['same-folder'],
      text: expect.stringMatching(/share their identities by a link/) as string,
    })
    rmSync(world.at('attic/identities'))
    mkdirSync(world.at('attic/identities'))
    rmSync(world.at('attic/local.sql'))
    linkSync(world.at('main/local.sql'), world.at('attic/local.sql'))
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['same-folder'],
      text: expect.stringMatching(/share their local\.sql/) as string,
    })
  })

  it('lie in one another, or differ only in case', async () => {
    two()
    put('main/inner', { 'a.key': 5 })
    expect((await refusals(['main/inner'], 'main')).codes).toEqual(['nested-folders'])
    expect((await refusals(['main'], 'main/inner')).codes).toEqual(['nested-folders'])
    expect((await refusals(['attic'], 'Attic')).codes).toEqual(['same-folder'])
  })

  it('are two that only look alike, so they are merged with a word about it', async () => {
    two()
    put('Attic', { 'a.key': 5 })
    const { plan } = await world.plan(['Attic'], 'attic')
    expect(plan.refusals).toEqual([])
    expect(plan.risks.map(({ text }) => text).join()).toMatch(/differ only in upper and lower case/)
  })

  it('are not there, no folder, or not to be written to', async () => {
    two()
    expect(await refusals(['gone'], 'main')).toMatchObject({
      codes: ['no-folder'],
      text: expect.stringMatching(/Connect its disk/) as string,
    })
    writeFileSync(world.at('file'), '')
    expect((await refusals(['file'], 'main')).codes).toEqual(['no-folder'])
    expect((await refusals(['attic'], 'file')).codes).toContain('no-folder')
    const facts = world.facts(['attic'], 'main')
    const locked = (node: FolderFacts): FolderFacts => ({ ...node, place: { ...node.place, canWrite: false } })
    expect(world.refused({ ...facts, target: locked(facts.target) })[0]).toMatchObject({ code: 'merge/read-only' })
    expect(world.refused({ ...facts, sources: facts.sources.map(locked) })[0]?.detail).toMatch(/live twice.*Make it writable/)
  })

  it.each(['#', '?', '%'])('have a %s in the path of the target; in that of a source it is only told', async (sign) => {
    two()
    put(`tgt${sign}1`, { 'a.key': 3 })
    expect(await refusals(['attic'], `tgt${sign}1`)).toMatchObject({
      codes: ['target-path'],
      text: expect.stringMatching(/Rename the folder/) as string,
    })
    const { plan } = await world.plan([`tgt${sign}1`], 'main')
    expect(plan.refusals).toEqual([])
    expect(plan.risks.map(({ text }) => text).join()).toMatch(/It is only read here/)
  })

  it('are in use', async () => {
    two()
    const held = [{ realFolder: world.at('attic'), by: 'go-spacemesh, pid 4711' }]
    expect(await refusals(['attic'], 'main', { input: { held } })).toMatchObject({
      codes: ['node-running'],
      text: expect.stringMatching(/attic is in use: go-spacemesh, pid 4711/) as string,
    })
  })
})

describe('keys that cannot be merged', () => {
  it('are none at all', async () => {
    two()
    put('bare', {})
    expect(await refusals(['bare'], 'main')).toMatchObject({
      codes: ['no-keys'],
      text: expect.stringMatching(/nothing to merge/) as string,
    })
  })

  it.each([
    ['of 0 bytes', Buffer.alloc(0)],
    ['with a line end', Buffer.from(`${aKey(3).hex}\n`)],
    ['of something else', Buffer.from('hello')],
    ['whose halves do not match', Buffer.from(aKey(3).hex.slice(0, 64) + aKey(4).id)],
  ])('are files %s, at either side', async (_what, bytes) => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2, 'x.key': bytes })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['bad-key'],
      text: expect.stringMatching(/not a valid key file/) as string,
    })
    expect((await refusals(['main'], 'attic')).codes).toEqual(['bad-key'])
  })

  it('are links to nothing, with which a node would drop all others', async () => {
    two()
    symlinkSync(world.at('nowhere'), world.at('attic/identities/zz.key'))
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['bad-key'],
      text: expect.stringMatching(/link to nothing/) as string,
    })
  })

  it('are a local.key beside others', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2, 'local.key': 3 })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['local-key-beside-others'],
      text: expect.stringMatching(/appears to be a supervised node/) as string,
    })
    expect((await refusals(['main'], 'attic')).codes).toEqual(['local-key-beside-others'])
  })

  it('are the same in both, under the same or another name, and in two sources', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'amber.key': 1 })
    put('cellar', { 'other.key': 1 })
    put('garage', { 'iris.key': 2 })
    expect(await refusals(['attic'], 'main', name(1, 'Amber'))).toMatchObject({
      codes: ['same-key'],
      text: expect.stringMatching(/^Amber has its key in.*duplicate key found/) as string,
    })
    expect((await refusals(['cellar'], 'main')).codes).toEqual(['same-key'])
    expect((await refusals(['cellar', 'attic'], 'garage')).codes).toEqual(['same-key'])
  })

  it('get a name that is free, unless the user chose one that is not', async () => {
    put('main', { 'identity.key': 1 })
    put('attic', { 'identity.key': 2 })
    const id = aKey(2).id
    expect((await world.plan(['attic'], 'main')).plan.refusals).toEqual([])
    expect(await refusals(['attic'], 'main', { names: { [id]: 'identity.key' } })).toMatchObject({
      codes: ['name-taken'],
      text: expect.stringMatching(/already exists/) as string,
    })
    expect((await refusals(['attic'], 'main', { names: { [id]: 'IDENTITY.key' } })).codes).toEqual(['name-taken'])
    for (const bad of ['local.key', 'iris', '../iris.key', '.key'])
      expect((await refusals(['attic'], 'main', { names: { [id]: bad } })).codes).toEqual(['name-invalid'])
  })
})

describe('databases that cannot be merged', () => {
  it('are absent at a source', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { schema: null })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['no-database'],
      text: expect.stringMatching(/local\.sql: no such file or directory/) as string,
    })
  })

  it('are empty: a copy without its log, or a file of 0 bytes', async () => {
    two()
    rmSync(world.at('attic/local.sql-wal'))
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['empty-database'],
      text: expect.stringMatching(/old database version: 0 < 9.*local\.sql-wal/) as string,
    })
    truncateSync(world.at('attic/local.sql'), 0)
    expect((await refusals(['attic'], 'main')).codes).toEqual(['empty-database'])
    expect((await refusals(['main'], 'attic')).codes).toEqual(['empty-database'])
  })

  it('have different versions, with the release to run once', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { schema: 8 })
    put('cellar', { 'kelp.key': 3 }, { schema: 7 })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['other-schema'],
      text: expect.stringMatching(
        /old database version: 8 < 9.*attic was run by v1\.6, main by v1\.7 and v1\.8\. Start attic with go-spacemesh v1\.8\.3 once/,
      ) as string,
    })
    expect(await refusals(['main'], 'attic')).toMatchObject({
      codes: ['other-schema'],
      text: expect.stringMatching(/Start attic with go-spacemesh v1\.8\.3 once/) as string,
    })
    expect(await refusals(['cellar'], 'attic')).toMatchObject({
      codes: ['other-schema'],
      text: expect.stringMatching(/Start cellar with go-spacemesh v1\.6\.8 once/) as string,
    })
    expect((await refusals(['cellar', 'attic'], 'fresh')).codes).toEqual(['other-schema'])
    expect((await world.plan(['cellar'], 'fresh')).plan.refusals).toEqual([])
  })

  it('are newer than is known, or of a node before v1.4', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { schema: 10 })
    put('cellar', { 'kelp.key': 3 }, { schema: 2, rowsIn: 'main' })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['unknown-schema'],
      text: expect.stringMatching(/too new: version 10 > 9.*merge-nodes of that node’s own release/) as string,
    })
    expect(await refusals(['cellar'], 'main')).toMatchObject({
      codes: ['old-database'],
      text: expect.stringMatching(/Start go-spacemesh v1\.4\.6/) as string,
    })
    renameSync(world.at('cellar/local.sql'), world.at('cellar/node_state.sql'))
    expect(await refusals(['cellar'], 'main')).toMatchObject({
      codes: ['old-database'],
      text: expect.stringMatching(/node_state\.sql/) as string,
    })
  })

  it('have tables of their own', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { sql: 'CREATE INDEX mine ON post (num_units)' })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['schema-drift'],
      text: expect.stringMatching(/schema drift detected: it has “CREATE INDEX mine/) as string,
    })
    expect((await refusals(['main'], 'attic')).codes).toEqual(['schema-drift'])
  })

  it('have damaged pages', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { rowsIn: 'main' })
    truncateSync(world.at('attic/local.sql'), 12_345)
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['corrupt-database'],
      text: expect.stringMatching(/damaged pages/) as string,
    })
    writeFileSync(world.at('attic/local.sql'), 'no database'.repeat(1000))
    expect((await refusals(['attic'], 'main')).codes).toEqual(['corrupt-database'])
  })
})

describe('networks that do not fit', () => {
  it('have another genesis', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { genesis: { time: '2023-07-14T08:00:00Z', extra: 'other' } })
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['other-genesis'],
      text: expect.stringMatching(/another network.*2023-07-14/) as string,
    })
  })

  it('are only warned of when a genesis is not known', async () => {
    put('main', { 'amber.key': 1 })
    put('attic', { 'iris.key': 2 }, { genesis: null })
    const { plan } = await world.plan(['attic'], 'main')
    expect(plan.refusals).toEqual([])
    expect(plan.checks).toContainEqual(expect.objectContaining({ is: 'warn', text: expect.stringMatching(/which network attic is/) }))
  })

  it('lack a PoET where an identity is registered', async () => {
    const config = { main: { 'poet-servers': [{ address: 'http://poet.two' }] } }
    put('main', { 'amber.key': 1 }, { config })
    put('attic', { 'iris.key': 2 })
    const asked = name(2, 'Iris')
    expect(await refusals(['attic'], 'main', asked)).toMatchObject({
      codes: ['poet-not-listed'],
      text: expect.stringMatching(
        /Iris is registered at http:\/\/poet\.one, which main does not list.*FATAL.*main\.poet-servers in .*main\.config\.json/,
      ) as string,
    })
    put('cellar', { 'kelp.key': 3 }, { poets: ['http://poet.two'] })
    expect((await world.plan(['cellar'], 'main')).plan.refusals).toEqual([])
  })

  it('have banned an identity, or a member of its equivocation set', async () => {
    two()
    const state = new Sqlite(world.at('main/state.sql'))
    state.exec(`CREATE TABLE identities (pubkey PRIMARY KEY, proof BLOB NOT NULL, received INT);
      CREATE TABLE malfeasance (pubkey PRIMARY KEY, marriage_id INT, received INT, domain INT, proof BLOB);
      CREATE TABLE marriages (pubkey PRIMARY KEY, id INT);
      INSERT INTO marriages VALUES (X'${aKey(2).id}', 1), (X'${aKey(9).id}', 1);`)
    const asked = name(2, 'Iris')
    const inSet = await world.plan(['attic'], 'main', asked)
    expect(inSet.plan.refusals).toEqual([])
    expect(inSet.plan.risks[0]).toMatchObject({
      grade: 'ban',
      text: expect.stringMatching(/^Iris shares an equivocation set with .*stays elsewhere/) as string,
    })
    state.exec(`INSERT INTO malfeasance VALUES (X'${aKey(9).id}', 1, 1, 1, X'01')`)
    expect(await refusals(['attic'], 'main', asked)).toMatchObject({
      codes: ['set-banned'],
      text: expect.stringMatching(/the whole set/) as string,
    })
    state.exec(`INSERT INTO identities VALUES (X'${aKey(2).id}', X'01', 1)`)
    state.close()
    expect(await refusals(['attic'], 'main', asked)).toMatchObject({
      codes: ['banned'],
      text: expect.stringMatching(/Iris is banned for ever/) as string,
    })
  })
})

describe('what lacks elsewhere', () => {
  it('is room', () => {
    two()
    const facts = world.facts(['attic'], 'main')
    const tight: MergeFacts = { ...facts, target: { ...facts.target, place: { ...facts.target.place, freeBytes: 1000 } } }
    expect(world.refused(tight)[0]).toMatchObject({ code: 'merge/no-space', detail: expect.stringMatching(/Make room/) as string })
    expect(world.refused({ ...facts, home: { freeBytes: 1000, device: 'other' } })[0]).toMatchObject({ code: 'merge/no-space' })
  })

  it('is a config of a supervised target that can be changed', async () => {
    const made = world.put('main', { keys: { 'local.key': 1 }, config: {} })
    put('attic', { 'iris.key': 2 })
    writeFileSync(made.configFile ?? '', 'preset: standalone')
    expect(await refusals(['attic'], 'main')).toMatchObject({
      codes: ['target-config'],
      text: expect.stringMatching(/no valid JSON/) as string,
    })
  })
})
