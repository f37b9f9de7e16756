import { describe, expect, it } from 'vitest'
import type { QuarantineEntry } from '../../../../shared/domain/operation.ts'
import type { Standing } from '../../../../electron/operations/plans/plan-parts.ts'
import { newestRows, oldFolderOf, planPutBack, type PutBackInput } from '../../../../electron/operations/plans/put-back.ts'
import { editedSetUp } from '../../../../electron/operations/plans/set-up-edit.ts'
import { aMoment, aNode, aPosFolder, aService, aSetup, IDS, someRows, writerFor } from './plan-world.ts'

const clean = new Map<string, Standing>(Object.values(IDS).map((id) => [id, { is: 'clean', partners: [] }]))
const entry = (parts: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  id: '2026-11-27-aa11-1-iris',
  path: '/home/keeper/quarantine/2026-11-27-aa11-1-iris',
  at: '2026-11-27T00:00:00.000Z',
  why: 'Retired from Main',
  keys: [{ name: 'iris.key', identity: IDS.iris, from: '/node/main/identities/iris.key' }],
  ...parts,
})
const node = aNode('Main', { 'amber.key': IDS.amber })
const old = aNode('Old', {}, { database: { is: 'read', schema: 9, bytes: 1, isInWal: true, rows: [someRows(IDS.iris, 4)] } })
const input = (parts: Partial<PutBackInput> = {}): PutBackInput => ({
  ...aMoment({ setUp: writerFor(aSetup()) }),
  entry: entry(),
  node,
  conflicts: [],
  verdicts: {},
  standing: clean,
  databases: [node],
  isOurs: true,
  posFolders: {},
  proving: {},
  cpus: 4,
  ...parts,
})
const codes = (parts: Partial<PutBackInput>, request = {}): readonly string[] => {
  const { plan, steps } = planPutBack(request, input(parts))
  expect(steps).toEqual([])
  return plan.refusals.map(({ code }) => code.replace('put-back/', ''))
}

describe('putting a key back', () => {
  it('places it under its old name and brings identity and service into our set-up', () => {
    const { plan, steps, expects } = planPutBack({}, input({ posFolders: { [IDS.iris]: aPosFolder(IDS.iris) } }))
    expect(steps.map(({ is }) => is)).toEqual(['keys-in', 'set-up'])
    expect(steps[0]).toMatchObject({
      dataFolder: '/node/main',
      keys: [{ identity: IDS.iris, entry: '2026-11-27-aa11-1-iris', stored: 'iris.key', name: 'iris.key' }],
    })
    expect(steps[1]).toMatchObject({ services: [{ id: IDS.iris, after: { posFolder: '/pos/home', threads: 3 } }] })
    expect(expects).toEqual([IDS.amber, IDS.iris])
    expect(plan.title).toBe('Put Iris back into Main')
    expect(plan.risks[0]).toMatchObject({ grade: 'ban', text: expect.stringMatching(/last two epochs/) as string })
    expect(plan.checks).toContainEqual({
      is: 'warn',
      text: 'It is not known when Iris was active last: only you know whether it ran within the last two epochs.',
    })
    expect(plan.asks).toHaveLength(1)
  })

  it('brings newer rows along from wherever they are, before the key', () => {
    const { plan, steps, touches } = planPutBack({}, input({ databases: [node, old] }))
    expect(steps.map(({ is }) => is)).toEqual(['build-rows', 'swap-rows', 'keys-in', 'set-up'])
    expect(steps[1]).toMatchObject({
      dataFolder: '/node/main',
      bring: [{ dataFolder: '/node/old', ids: [IDS.iris], all: false }],
      drop: [],
      schema: 9,
    })
    expect(touches.map(({ dataFolder }) => dataFolder)).toEqual(['/node/main', '/node/old'])
    expect(plan.checks).toContainEqual({ is: 'warn', text: 'Old has newer rows of Iris: they come along.' })
    expect(plan.tables).toContainEqual({ table: 'challenge', before: 1, added: 1, removed: 0 })
  })

  it('finds the newest of several databases, and none when the node’s own are the newest', () => {
    const newer = aNode('Newer', {}, { database: { is: 'read', schema: 9, bytes: 1, isInWal: true, rows: [someRows(IDS.iris, 5)] } })
    expect(newestRows(IDS.iris, { node, databases: [node, old, newer] })?.name).toBe('Newer')
    const own = aNode('Main', {}, { database: { is: 'read', schema: 9, bytes: 1, isInWal: true, rows: [someRows(IDS.iris, 5)] } })
    expect(newestRows(IDS.iris, { node: own, databases: [own, old, newer] })).toBeUndefined()
  })

  it('keeps local.key for the only key of a node, and for no other', () => {
    const local = entry({ keys: [{ name: 'local.key', identity: IDS.local, from: '/node/smapp/identities/local.key' }] })
    const placed = (one: Partial<PutBackInput>) =>
      planPutBack({}, input({ entry: local, ...one })).plan.after[0]?.identities.at(-1)?.keyFile
    expect(placed({ node: aNode('Smapp', {}) })).toBe('local.key')
    expect(placed({})).toBe(`${IDS.local.slice(0, 8)}.key`)
  })

  it('sets a key aside that the node made itself meanwhile', () => {
    const fresh = aNode('Main', { 'local.key': IDS.kelp }, { database: { is: 'absent' } })
    const { steps, expects } = planPutBack({}, input({ node: fresh, databases: [] }))
    expect(steps.map(({ is }) => is)).toEqual(['keys-out', 'keys-in', 'set-up'])
    expect(expects).toEqual([IDS.iris])
    expect(codes({ node: aNode('Main', { 'local.key': IDS.kelp }) })).toEqual(['supervised'])
  })

  it('takes only the chosen ones', () => {
    const both = entry({ keys: [...entry().keys, { name: 'kelp.key', identity: IDS.kelp, from: '/node/main/identities/kelp.key' }] })
    const { expects } = planPutBack({ names: ['kelp.key'] }, input({ entry: both }))
    expect(expects).toEqual([IDS.amber, IDS.kelp])
    expect(codes({ entry: both }, { names: ['none.key'] })).toEqual(['not-there'])
  })

  it('knows where the keys of an entry came from', () => {
    expect(oldFolderOf(entry())).toBe('/node/main')
    expect(oldFolderOf(entry({ keys: [{ name: 'a', from: '/home/me/a.key' }] }))).toBeUndefined()
    expect(oldFolderOf(entry({ keys: [...entry().keys, { name: 'b', from: '/node/b/identities/b.key' }] }))).toBeUndefined()
  })

  it.each<[string, Partial<PutBackInput>]>([
    [
      'armed',
      { entry: entry({ keys: [{ name: 'iris.key', identity: IDS.iris, from: '/x', armedAt: '/node/other/identities/iris.key' }] }) },
    ],
    ['armed', { node: aNode('Main', { 'other.key': IDS.iris }) }],
    ['armed', { conflicts: [{ identity: IDS.iris, why: 'Smapp would start it. Disarm that copy' }] }],
    ['hold', { verdicts: { [IDS.iris]: { is: 'hold', why: 'it published in epoch 41 elsewhere' } } }],
    ['wait', { verdicts: { [IDS.iris]: { is: 'wait', why: 'the node has not watched a whole epoch yet' } } }],
    ['banned', { standing: new Map(clean).set(IDS.iris, { is: 'banned', partners: [] }) }],
    [
      'banned',
      { standing: new Map(clean).set(IDS.iris, { is: 'clean', partners: [IDS.kelp] }).set(IDS.kelp, { is: 'banned', partners: [] }) },
    ],
    ['bad-key', { entry: entry({ keys: [{ name: 'iris.key', from: '/node/main/identities/iris.key' }] }) }],
    ['no-key', { entry: entry({ keys: [] }) }],
    ['entry-name', { entry: entry({ id: 'mine (copy)' }) }],
    [
      'schema',
      { databases: [node, { ...old, database: { is: 'read', schema: 8, bytes: 1, isInWal: true, rows: [someRows(IDS.iris, 4)] } }] },
    ],
    ['node-running', { held: [{ realFolder: '/node/main', by: 'Process 7' }] }],
    ['node-running', { databases: [node, old], held: [{ realFolder: '/node/old', by: 'Process 7' }] }],
    ['database-corrupt', { node: { ...node, database: { is: 'corrupt', text: 'page 3 is damaged' } }, databases: [] }],
  ])('is refused for %s', (code, parts) => {
    expect(codes(parts)).toEqual([code])
  })

  it('is clear when the arming check says so', () => {
    const { plan } = planPutBack({}, input({ verdicts: { [IDS.iris]: { is: 'clear', why: '' } } }))
    expect(plan.checks).toContainEqual({ is: 'pass', text: 'Iris was not active for two epochs.' })
  })
})

describe('our set-up after an edit', () => {
  const programs = { serviceBinary: '/opt/post-service', takenAddresses: ['127.0.0.1:50053'] }
  const service = { identity: IDS.iris, posFolder: '/pos/iris', nonces: 288, threads: 2, randomx: 'fast' } as const

  it('gives each new service a port of its own, and none to one that has a service', () => {
    const setup = aSetup({ identities: [{ id: IDS.amber }], services: [aService(IDS.amber, 50_052)] })
    const after = editedSetUp(
      setup,
      {
        identities: [{ id: IDS.amber, keyFile: 'a.key' }],
        services: [service, { ...service, identity: IDS.kelp }, { ...service, identity: IDS.amber }],
        removed: [],
      },
      programs,
    )
    expect(after.services.map(({ operator }) => operator)).toEqual(['127.0.0.1:50052', '127.0.0.1:50051', '127.0.0.1:50054'])
    expect(after.identities).toEqual([{ id: IDS.amber, keyFile: 'a.key' }])
    expect(after.services[1]).toMatchObject({ binary: '/opt/post-service', nodeAddress: 'http://127.0.0.1:9094', policy: 'always' })
  })

  it('leaves the node alone unless it is told of another, and forgets a lock that it does not have', () => {
    const setup = aSetup()
    const edit = { identities: [], services: [], removed: [] }
    expect(editedSetUp(setup, edit, programs)).toEqual(setup)
    const locked = editedSetUp(
      setup,
      { ...edit, node: { dataFolder: '/b', configFile: '/b.json', lockFile: '/b/LOCK', coinbase: 'sm1', postListener: '127.0.0.1:9999' } },
      programs,
    )
    expect(locked.node).toMatchObject({
      dataFolder: '/b',
      configFile: '/b.json',
      lockFile: '/b/LOCK',
      coinbase: 'sm1',
      listeners: { post: '127.0.0.1:9999', public: '127.0.0.1:9092' },
    })
    expect(editedSetUp(locked, { ...edit, node: { dataFolder: '/c', configFile: '/c.json' } }, programs).node).not.toHaveProperty(
      'lockFile',
    )
    expect(editedSetUp(setup, { ...edit, handsNodeTo: 'smapp' }, programs).node).toEqual({
      mode: 'attached',
      owner: 'smapp',
      public: '127.0.0.1:9092',
      private: '127.0.0.1:9093',
      post: '127.0.0.1:9094',
      tls: null,
      dataFolder: '/node/main',
    })
  })
})
