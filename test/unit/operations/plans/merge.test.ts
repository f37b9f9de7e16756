import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OperationPlan } from '../../../../shared/domain/operation.ts'
import type { KeysIn, KeysOut, RowsData, WriteFile } from '../../../../electron/operations/steps/data.ts'
import { sha256Of } from '../../../../electron/operations/steps/write-file.ts'
import type { Draft } from '../../../../electron/operations/types.ts'
import { aKey } from '../../identities/keys.ts'
import { mergeWorld, type MergeWorld } from './merge-world.ts'

let world: MergeWorld
beforeEach(() => {
  world = mergeWorld()
})
afterEach(() => world.remove())

const names = { [aKey(1).id]: 'Amber', [aKey(2).id]: 'Iris', [aKey(3).id]: 'Kelp' }
interface Steps {
  'build-rows': RowsData
  'swap-rows': RowsData
  'keys-out': KeysOut
  'keys-in': KeysIn
  'write-file': WriteFile
}
const step = <Is extends keyof Steps>({ steps }: Draft, is: Is): Steps[Is] => steps.find((one) => one.is === is) as unknown as Steps[Is]
const table = ({ tables }: OperationPlan, name: string): object => tables.find((one) => one.table === name) ?? {}
const told = ({ risks, checks }: OperationPlan): string => [...risks, ...checks].map(({ text }) => text).join('\n')

function three(): void {
  world.put('main', { keys: { 'amber.key': 1, 'identity.key': 4 } })
  world.put('attic', { keys: { 'identity.key': 2, 'kelp.key': 3 }, poets: ['http://poet.one', 'http://poet.two'] })
}

describe('a plan of a merge', () => {
  it('says what becomes of every node, identity, table and key', async () => {
    three()
    const { plan, touches, expects, startsNode } = await world.plan(['attic'], 'main', { input: { names, numUnits: { [aKey(2).id]: 32 } } })
    expect(plan).toMatchObject({
      id: 'merge-20261128-123005-ab12',
      kind: 'merge',
      title: 'Merge attic into main: one node, 4 identities',
      refusals: [],
    })
    const renamed = `identity-${aKey(2).id.slice(0, 8)}.key`
    expect(plan.after[0]?.identities.map(({ name, keyFile, change }) => [name, keyFile, change])).toEqual([
      ['Amber', 'amber.key', undefined],
      [expect.any(String), 'identity.key', undefined],
      ['Iris', renamed, 'added, renamed from identity.key'],
      ['Kelp', 'kelp.key', 'added'],
    ])
    expect(plan.after[0]?.identities[2]?.numUnits).toBe(32)
    expect(plan.after[1]).toMatchObject({ identities: [], note: 'disarmed: no key, cannot smesh; nothing deleted' })
    expect(table(plan, 'post')).toEqual({ table: 'post', before: 2, added: 2, removed: 0 })
    expect(table(plan, 'poet_registration')).toEqual({ table: 'poet_registration', before: 2, added: 4, removed: 0 })
    expect(table(plan, 'poet_certificates')).toEqual({ table: 'poet_certificates', before: 2, added: 2, removed: 0 })
    expect(table(plan, 'prepared_activeset')).toEqual({ table: 'prepared_activeset', before: 1, added: 0, removed: 0 })
    expect(plan.asks).toEqual([{ id: 'only-here-1', text: 'attic’s keys run on no other machine, and I will not start them elsewhere.' }])
    expect(plan.stops).toEqual(['the node'])
    expect(expects).toEqual([1, 4, 2, 3].map((n) => aKey(n).id))
    expect(startsNode).toBe(true)
    expect(touches).toEqual([{ dataFolder: world.at('main') }, { dataFolder: world.at('attic') }])
    expect(told(plan)).toContain(`main has a file identity.key already, so the key of Iris becomes ${renamed}`)
  })

  it('builds aside, disarms, swaps, and places keys last', async () => {
    three()
    world.put('cellar', { keys: { 'five.key': 5 } })
    const draft = await world.plan(['attic', 'cellar'], 'main')
    expect(draft.steps.map(({ is }) => is)).toEqual([
      'snapshot',
      'snapshot',
      'snapshot',
      'build-rows',
      'keys-out',
      'keys-out',
      'swap-rows',
      'keys-in',
      'write-file',
      'write-file',
    ])
    expect(draft.plan.steps).toHaveLength(draft.steps.length)
    const rows = step(draft, 'build-rows')
    expect(rows.bring.map(({ dataFolder, ids, all }) => [dataFolder, ids.length, all])).toEqual([
      [world.at('attic'), 2, true],
      [world.at('cellar'), 1, true],
    ])
    expect({ ...step(draft, 'swap-rows'), is: 'build-rows' }).toEqual(rows)
    const out = step(draft, 'keys-out')
    expect(out).toMatchObject({ entry: '2026-11-28-ab12-1-attic', keys: [{ name: 'identity.key' }, { name: 'kelp.key' }] })
    expect(step(draft, 'keys-in').keys[1]).toEqual({ identity: aKey(3).id, entry: out.entry, stored: 'kelp.key', name: 'kelp.key' })
    expect(JSON.stringify(draft)).not.toContain(aKey(2).hex.slice(0, 64))
  })

  it('takes names that the user chose, and gives way to them with its own', async () => {
    three()
    const { plan } = await world.plan(['attic'], 'main', { names: { [aKey(2).id]: 'kelp.key' } })
    expect(plan.after[0]?.identities.map(({ keyFile }) => keyFile)).toEqual([
      'amber.key',
      'identity.key',
      'kelp.key',
      `kelp-${aKey(3).id.slice(0, 8)}.key`,
    ])
  })

  it('leaves a note in the source, over an older one of its own', async () => {
    three()
    const first = step(await world.plan(['attic'], 'main', { input: { names } }), 'write-file')
    expect(first).toMatchObject({ file: world.at('attic/disarmed-by-smeshkeeper.txt'), before: null })
    expect(first.text).toMatch(/banned for ever[^]*smeshkeeper undo merge-20261128-123005-ab12/)
    expect(first.text).toContain('Iris')
    writeFileSync(world.at('attic/disarmed-by-smeshkeeper.txt'), 'an older one')
    const again = step(await world.plan(['attic'], 'main'), 'write-file')
    expect(again.before).toBe(sha256Of('an older one'))
  })

  it('lets our set-up be written last', async () => {
    three()
    const setUp = { is: 'set-up', file: '/setup.json' }
    const seen: unknown[] = []
    const draft = await world.plan(['attic'], 'main', {
      input: { setUp: (edit) => (seen.push(edit.identities.map(({ keyFile }) => keyFile)), setUp) },
    })
    expect(draft.steps.at(-1)).toBe(setUp)
    expect(seen).toEqual([[`identity-${aKey(2).id.slice(0, 8)}.key`, 'kelp.key']])
  })

  it('converts a supervised source on the way', async () => {
    world.put('main', { keys: { 'amber.key': 1 } })
    world.put('smapp', { keys: { 'local.key': 2 } })
    const { plan } = await world.plan(['smapp'], 'main', { input: { names } })
    expect(plan.refusals).toEqual([])
    expect(plan.after[0]?.identities[1]).toMatchObject({ keyFile: 'iris.key', change: 'added, renamed from local.key' })
    expect(told(plan)).toContain('Do not start smapp again')
  })

  it('switches smeshing off at a supervised source, in its own config or in those of Smapp', async () => {
    world.put('main', { keys: { 'amber.key': 1 } })
    const { configFile = '' } = world.put('attic', { keys: { 'local.key': 2 }, config: { smeshing: { 'smeshing-start': true, big: 1 } } })
    const bare = await world.plan(['attic'], 'main')
    expect(bare.steps.at(-1)).toMatchObject({ is: 'write-file', file: configFile })
    expect(JSON.parse(String(Reflect.get(bare.steps.at(-1) ?? {}, 'text')))).toEqual({ smeshing: { 'smeshing-start': false, big: 1 } })
    world.put('smapp/node-data/7c8cef2b', { keys: { 'local.key': 3 } })
    const files = {
      'node-config.json': { smeshing: { 'smeshing-start': true } },
      'node-config.7c8cef2b.json': { smeshing: { 'smeshing-start': true } },
      'config.json': { startNodeOnNextLaunch: true },
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(world.at(`smapp/${name}`), JSON.stringify(content))
    const nodes = [{ dataFolder: world.at('smapp/node-data/7c8cef2b'), configFile: world.at('smapp/node-config.json') }]
    const smapp = await world.plan(['smapp/node-data/7c8cef2b'], 'main', { input: { nodes } })
    expect(smapp.steps.slice(-2)).toMatchObject([
      { file: world.at('smapp/node-config.7c8cef2b.json') },
      { file: world.at('smapp/config.json') },
    ])
    const into = await world.plan(['main'], 'smapp/node-data/7c8cef2b', { input: { nodes } })
    expect(into.plan.refusals).toMatchObject([
      { code: 'merge/target-config', detail: expect.stringContaining('Convert it first') as string },
    ])
  })

  it('converts a supervised target first: its key, then its config', async () => {
    const config = {
      smeshing: { 'smeshing-start': true, 'smeshing-coinbase': 'sm1abc' },
      main: { 'poet-servers': [{ address: 'http://poet.one' }] },
    }
    const { configFile = '' } = world.put('main', { keys: { 'local.key': 1 }, config })
    world.put('attic', { keys: { 'iris.key': 2 } })
    const draft = await world.plan(['attic'], 'main', { input: { names } })
    expect(draft.steps.map(({ is }) => is).slice(2, 5)).toEqual(['rename-key', 'write-file', 'build-rows'])
    expect(draft.steps[2]).toMatchObject({ from: 'local.key', to: 'amber.key', identity: aKey(1).id })
    const written = step(draft, 'write-file')
    expect(written).toMatchObject({ file: configFile, before: sha256Of(readFileSync(configFile, 'utf8')), mode: 0o644 })
    expect(JSON.parse(written.text)).toMatchObject({
      smeshing: { 'smeshing-start': false, 'smeshing-coinbase': 'sm1abc' },
      main: config.main,
    })
    expect(draft.plan.after[0]?.identities[0]).toMatchObject({ keyFile: 'amber.key', change: 'renamed from local.key' })
    expect(draft.expects).toHaveLength(2)
  })

  it('makes a target that is not there, out of the tables of its first source', async () => {
    three()
    const { plan } = await world.plan(['main', 'attic'], 'deep/fresh')
    expect(plan.refusals).toEqual([])
    expect(plan.title).toBe('Merge main and attic into fresh: one node, 4 identities')
    expect(table(plan, 'post')).toEqual({ table: 'post', before: 0, added: 4, removed: 0 })
    expect(told(plan)).toContain('is new: its node first has to download')
  })

  it('tells rows that nobody has a key for, and those that give way', async () => {
    world.put('main', { keys: { 'amber.key': 1 }, rowsOf: [1, 2] })
    world.put('attic', { keys: { 'iris.key': 2 }, rowsOf: [1, 2, 9] })
    const { plan } = await world.plan(['attic'], 'main', { input: { names } })
    expect(table(plan, 'challenge')).toEqual({ table: 'challenge', before: 2, added: 2, removed: 1 })
    expect(told(plan)).toMatch(/main has rows of Iris without its key/)
    expect(told(plan)).toMatch(/Rows of 1 identity without a key/)
  })

  it('puts risks worst first and tells differences of the configs', async () => {
    const config = (coinbase: string): object => ({
      smeshing: { 'smeshing-coinbase': coinbase },
      main: { 'poet-servers': [{ address: 'http://poet.one' }] },
    })
    world.put('main', { keys: { 'amber.key': 1 }, config: config('sm1main') })
    world.put('attic', { keys: { 'iris.key': 2 }, config: config('sm1attic') })
    const { plan } = await world.plan(['attic'], 'main')
    const order = plan.risks.map(({ grade }) => ['ban', 'loss', 'cost', 'note'].indexOf(grade))
    expect(order).toEqual(order.toSorted((one, other) => one - other))
    expect(told(plan)).toContain('coinbase of main from then on: sm1main instead of sm1attic')
    expect(told(plan)).toContain('listens for services at another port after every start')
    expect(plan.checks).toContainEqual({ is: 'pass', text: 'main lists every PoET that is registered at.' })
    expect(plan.checks).toContainEqual({ is: 'warn', text: 'Bans could not be looked up: there is no state.sql.' })
  })

  it('warns of a node whose folder nobody knows', async () => {
    three()
    const { plan } = await world.plan(['attic'], 'main', { input: { unplaced: ['process 4711'] } })
    expect(told(plan)).toContain('A node runs whose data folder is not known (process 4711)')
  })
})
