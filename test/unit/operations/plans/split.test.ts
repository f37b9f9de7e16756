import { describe, expect, it } from 'vitest'
import type { Standing } from '../../../../electron/operations/plans/plan-parts.ts'
import { planRetire, type RetireInput } from '../../../../electron/operations/plans/retire.ts'
import { homesOf, planSplitBack, type SplitBackInput } from '../../../../electron/operations/plans/split-back.ts'
import { planSplit, type SplitInput } from '../../../../electron/operations/plans/split.ts'
import { aMoment, aNode, aPosFolder, aService, aSetup, absentNode, IDS, someRows, writerFor } from './plan-world.ts'

const clean = new Map<string, Standing>(Object.values(IDS).map((id) => [id, { is: 'clean', partners: [] }]))
const main = aNode('Main', { 'amber.key': IDS.amber, 'identity.key': IDS.iris })
const second = aNode('Second', { 'kelp.key': IDS.kelp })
const setup = aSetup({
  identities: [
    { id: IDS.amber, keyFile: 'amber.key' },
    { id: IDS.iris, keyFile: 'identity.key' },
  ],
  services: [aService(IDS.iris)],
})
const input = (parts: Partial<SplitInput> = {}): SplitInput => ({ ...aMoment(), from: main, to: second, standing: clean, ...parts })
const plan = (parts: Partial<SplitInput> = {}, identities: readonly string[] = [IDS.iris]) => planSplit({ identities }, input(parts))

describe('a split', () => {
  it('takes keys out first and places them last, with rows that are replaced there and gone here', () => {
    const { plan: told, steps, touches, expects } = plan({ ours: 'from', setUp: writerFor(setup) })
    expect(told.refusals).toEqual([])
    expect(steps.map(({ is }) => is)).toEqual(['build-rows', 'keys-out', 'swap-rows', 'swap-rows', 'keys-in', 'set-up'])
    expect(steps[1]).toMatchObject({
      dataFolder: '/node/main',
      entry: '2026-11-28-ab12-1-main',
      keys: [{ identity: IDS.iris, name: 'identity.key' }],
    })
    expect(steps[2]).toMatchObject({
      dataFolder: '/node/second',
      bring: [{ dataFolder: '/node/main', ids: [IDS.iris], all: false }],
      drop: [],
    })
    expect(steps[3]).toMatchObject({ dataFolder: '/node/main', bring: [], drop: [IDS.iris], movedTo: '/node/second' })
    expect(steps[4]).toMatchObject({ dataFolder: '/node/second', keys: [{ stored: 'identity.key', name: 'identity.key' }] })
    expect(steps[5]).toMatchObject({ identities: [{ id: IDS.iris, after: null }], services: [{ id: IDS.iris, after: null }] })
    expect(Reflect.get(steps[2] ?? {}, 'marker')).not.toBe(Reflect.get(steps[3] ?? {}, 'marker'))
    expect(touches).toEqual([{ dataFolder: '/node/main' }, { dataFolder: '/node/second' }])
    expect(expects).toEqual([IDS.amber])
  })

  it('shows both nodes before and after, and what of each table goes', () => {
    const { plan: told } = plan()
    expect(told.title).toBe('Split Iris out of Main into Second')
    expect(told.after.map(({ name, identities }) => [name, identities.map((one) => [one.name, one.change])])).toEqual([
      ['Main', [['Amber', undefined]]],
      [
        'Second',
        [
          ['Kelp', undefined],
          ['Iris', 'added'],
        ],
      ],
    ])
    expect(told.tables).toContainEqual({ table: 'poet_registration', before: 1, added: 1, removed: 0 })
    expect(told.asks[0]?.text).toBe('The key of Iris runs on no other machine, and I will not start it elsewhere.')
    expect(told.stops).toEqual(['Main', 'Second', 'the service of Iris'])
    expect(told.risks.map(({ grade }) => grade)).toEqual(['ban'])
  })

  it('gives keys other names where theirs are taken, also by another case', () => {
    const to = aNode('Second', { 'IDENTITY.key': IDS.kelp })
    expect(plan({ to }).plan.checks).toContainEqual({
      is: 'warn',
      text: `Second has a identity.key already, so the one that comes is called identity-${IDS.iris.slice(0, 8)}.key.`,
    })
  })

  it('makes a new node with a config of its own, before keys come', () => {
    const newNode = {
      config: { file: '/node/new/config.json', text: null },
      copyOf: '{"api":{"grpc-public-listener":"0.0.0.0:9092"}}',
      lockFile: '/node/new/LOCK',
      listeners: { public: '127.0.0.1:1', private: '127.0.0.1:2', post: '127.0.0.1:3' },
      p2pPort: 7514,
    }
    const { plan: told, steps, touches } = plan({ to: absentNode('New', '/node/new'), newNode, ours: 'from' }, [IDS.amber, IDS.iris])
    expect(steps.map(({ is }) => is)).toEqual(['build-rows', 'keys-out', 'swap-rows', 'swap-rows', 'write-file', 'keys-in'])
    expect(String(Reflect.get(steps[4] ?? {}, 'text'))).toContain('127.0.0.1:3')
    expect(touches[1]).toEqual({ dataFolder: '/node/new', lockFile: '/node/new/LOCK' })
    expect(told.risks.map(({ grade, text }) => [grade, text.slice(0, 40)])).toEqual([
      ['ban', 'Never bring an older copy of /node/main '],
      ['loss', 'Smeshkeeper looks after Main only. Amber'],
      ['cost', 'New is a new node and has to sync first,'],
      ['note', 'Main has no key left then. When it is st'],
    ])
    expect(plan({ to: absentNode('New', '/node/new'), newNode: { ...newNode, copyOf: '{' } }).plan.refusals[0]?.code).toBe(
      'convert/not-json',
    )
  })

  it('says of an equivocation set who shares the ban', () => {
    const standing = new Map(clean).set(IDS.iris, { is: 'clean', partners: [IDS.amber, 'ff'.repeat(32)] })
    const [risk] = plan({ standing }).plan.risks
    expect(risk?.grade).toBe('ban')
    expect(risk?.text).toMatch(
      /^Iris is in one equivocation set with Amber and ffff…ffff\. A mistake with one of their keys bans all 3 for ever/,
    )
  })

  it('warns when bans are not known', () => {
    expect(plan({ standing: new Map() }).plan.checks).toContainEqual({
      is: 'warn',
      text: 'Bans could not be looked up, so it is not known whether Iris is banned.',
    })
  })

  const read = (schema: number, ids: readonly (typeof IDS)[keyof typeof IDS][], epoch = 3) =>
    ({ is: 'read', schema, bytes: 1, isInWal: true, rows: ids.map((id) => someRows(id, epoch)) }) as const
  it.each<[string, Partial<SplitInput>]>([
    ['same-folder', { to: { ...second, realFolder: '/node/main' } }],
    ['same-folder', { to: { ...second, realFolder: '/NODE/main' } }],
    ['nested', { to: { ...second, realFolder: '/node/main/inner' } }],
    ['nested', { to: { ...second, realFolder: '/node' } }],
    ['path', { to: { ...second, dataFolder: '/node/100%' } }],
    ['genesis', { to: { ...second, genesisId: 'aa'.repeat(20) } }],
    ['genesis-unknown', { to: absentNode('Second', '/node/second') }],
    ['schema', { to: aNode('Second', {}, { database: read(8, []) }) }],
    ['no-database', { from: aNode('Main', { 'identity.key': IDS.iris }, { database: { is: 'absent' } }) }],
    ['database-version', { to: aNode('Second', {}, { database: { is: 'unsupported', schema: 12, text: 'version 12. Update' } }) }],
    ['key-in-both', { to: aNode('Second', { 'other.key': IDS.iris }) }],
    ['key-not-here', { from: aNode('Main', { 'amber.key': IDS.amber }) }],
    ['key-twice', { from: aNode('Main', { 'a.key': IDS.iris, 'b.key': IDS.iris }) }],
    ['supervised', { to: aNode('Second', { 'local.key': IDS.kelp }) }],
    ['supervised', { from: aNode('Main', { 'local.key': IDS.iris }) }],
    ['newer-rows', { to: aNode('Second', { 'kelp.key': IDS.kelp }, { database: read(9, [IDS.kelp, IDS.iris], 4) }) }],
    ['node-running', { held: [{ realFolder: '/node/second', by: 'Process 7' }] }],
    ['banned', { standing: new Map(clean).set(IDS.iris, { is: 'banned', partners: [] }) }],
    [
      'banned',
      {
        standing: new Map(clean)
          .set(IDS.iris, { is: 'clean', partners: [IDS.amber] })
          .set(IDS.amber, { is: 'banned', partners: [IDS.iris] }),
      },
    ],
    ['unsound', { to: { ...second, problems: ['x.key is a link to nothing: remove the link'] } }],
  ])('is refused for %s', (code, parts) => {
    const { plan: told, steps } = plan(parts)
    expect(told.refusals.map((one) => one.code)).toEqual([`split/${code}`])
    expect(steps).toEqual([])
  })

  it('is not refused for older rows over there: they are replaced', () => {
    const to = aNode('Second', { 'kelp.key': IDS.kelp }, { database: read(9, [IDS.kelp, IDS.iris], 2) })
    expect(plan({ to }).plan.tables).toContainEqual({ table: 'challenge', before: 2, added: 1, removed: 1 })
  })
})

const merged = [
  { is: 'keys-out', dataFolder: '/node/attic', entry: 'a', why: '', keys: [{ identity: IDS.iris, name: 'identity.key' }] },
  { is: 'swap-rows' },
  {
    is: 'keys-out',
    dataFolder: '/node/smapp',
    entry: 'b',
    why: '',
    keys: [
      { identity: IDS.local, name: 'local.key' },
      { identity: IDS.kelp, name: 'kelp.key' },
    ],
  },
  { is: 'keys-in', dataFolder: '/node/main', keys: [] },
]
const merge = { id: 'merge-20261127-120000-ab12', title: 'Merge Attic and Smapp into Main', steps: merged }
const back = (parts: Partial<SplitBackInput> = {}): SplitBackInput => ({
  ...aMoment(),
  from: aNode('Main', { 'amber.key': IDS.amber, 'iris.key': IDS.iris, 'home.key': IDS.local }),
  sources: new Map([
    ['/node/attic', aNode('Attic', {})],
    ['/node/smapp', aNode('Smapp', {})],
  ]),
  notes: new Map(),
  standing: clean,
  isOurs: true,
  ...parts,
})

describe('a merge that is taken back after a node ran', () => {
  it('is read from its journal', () => {
    expect(homesOf(merged)?.homes.map(({ folder }) => folder)).toEqual(['/node/attic', '/node/smapp'])
    expect(homesOf([{ is: 'rename-key' }])).toBeUndefined()
  })

  it('sends each key home under its old name, with one change of the node’s database', () => {
    const { plan: told, steps } = planSplitBack(merge, back())
    expect(told.refusals).toEqual([])
    expect(steps.map(({ is }) => is)).toEqual([
      'build-rows',
      'build-rows',
      'keys-out',
      'keys-out',
      'swap-rows',
      'swap-rows',
      'swap-rows',
      'keys-in',
      'keys-in',
    ])
    expect(steps[6]).toMatchObject({
      dataFolder: '/node/main',
      drop: [IDS.iris, IDS.local],
      movedTo: null,
      moved: [
        { dataFolder: '/node/attic', ids: [IDS.iris] },
        { dataFolder: '/node/smapp', ids: [IDS.local] },
      ],
    })
    expect(steps.slice(7)).toMatchObject([
      { dataFolder: '/node/attic', keys: [{ stored: 'iris.key', name: 'identity.key' }] },
      { dataFolder: '/node/smapp', keys: [{ stored: 'home.key', name: 'local.key' }] },
    ])
    const markers = steps.flatMap((step) => (step.is === 'swap-rows' ? [Reflect.get(step, 'marker') as number] : []))
    expect(new Set(markers).size).toBe(3)
  })

  it('tells of keys that have left since', () => {
    const { plan: told } = planSplitBack(merge, back())
    expect(told.checks).toContainEqual({ is: 'warn', text: 'Kelp left Main since the merge and stays where it is.' })
  })

  it('sets a key aside that a source made itself, and refuses where it has come to life', () => {
    const fresh = aNode('Attic', { 'local.key': IDS.basalt }, { database: { is: 'absent' } })
    const grown = aNode('Attic', { 'local.key': IDS.basalt })
    const sources = (attic: typeof fresh) => new Map([...back().sources, ['/node/attic', attic] as const])
    const { steps } = planSplitBack(merge, back({ sources: sources(fresh) }))
    expect(steps[2]).toMatchObject({ is: 'keys-out', dataFolder: '/node/attic', keys: [{ identity: IDS.basalt, name: 'local.key' }] })
    expect(planSplitBack(merge, back({ sources: sources(grown) })).plan.refusals.map(({ code }) => code)).toEqual(['split/supervised'])
  })

  it.each<[string, Partial<SplitBackInput>]>([
    ['source-gone', { sources: new Map([['/node/smapp', aNode('Smapp', {})]]) }],
    ['key-in-both', { sources: new Map([...back().sources, ['/node/attic', aNode('Attic', { 'x.key': IDS.iris })]]) }],
    ['nothing-left', { from: aNode('Main', { 'amber.key': IDS.amber }) }],
    ['node-running', { held: [{ realFolder: '/node/attic', by: 'Process 7' }] }],
    [
      'schema',
      {
        sources: new Map([
          ...back().sources,
          ['/node/attic', aNode('Attic', {}, { database: { is: 'read', schema: 8, bytes: 1, isInWal: true, rows: [] } })],
        ]),
      },
    ],
  ])('is refused for %s', (code, parts) => {
    const { plan: told, steps } = planSplitBack(merge, back(parts))
    expect(told.refusals.map((one) => one.code)).toEqual([`split/${code}`])
    expect([told.title, steps]).toEqual(['Take back: Merge Attic and Smapp into Main', []])
  })

  it('is refused for an operation that was none', () => {
    expect(planSplitBack({ ...merge, steps: [] }, back()).plan.refusals[0]?.code).toBe('split/no-merge')
  })
})

const retiring = (parts: Partial<RetireInput> = {}): RetireInput => ({
  ...aMoment({ setUp: writerFor(setup) }),
  node: main,
  backupHolds: true,
  isOurs: true,
  standing: clean,
  posFolder: aPosFolder(IDS.iris),
  ...parts,
})

describe('retiring', () => {
  it('takes the service out of our set-up, then the key out of the node; rows and data stay', () => {
    const { plan: told, steps, startsNode, expects } = planRetire({ identity: IDS.iris }, retiring())
    expect(steps.map(({ is }) => is)).toEqual(['set-up', 'keys-out'])
    expect(steps[1]).toMatchObject({
      entry: '2026-11-28-ab12-1-iris',
      why: 'Retired from Main',
      keys: [{ identity: IDS.iris, name: 'identity.key' }],
    })
    expect([startsNode, expects]).toEqual([true, [IDS.amber]])
    expect(told.risks.map(({ grade }) => grade)).toEqual(['loss', 'note'])
    expect(told.asks[0]?.text).toMatch(/^Iris earns nothing any more/)
  })

  it('does not start a node that has no key left', () => {
    const { startsNode, plan: told } = planRetire({ identity: IDS.iris }, retiring({ node: aNode('Main', { 'identity.key': IDS.iris }) }))
    expect(startsNode).toBe(false)
    expect(told.after[0]).toMatchObject({ note: 'no key left, cannot smesh', identities: [] })
  })

  it.each<[string, Partial<RetireInput>]>([
    ['no-backup', { backupHolds: false }],
    ['key-not-here', { node: second }],
    ['supervised', { node: aNode('Main', { 'local.key': IDS.iris }) }],
    ['bad-key', { node: { ...main, keys: [{ name: 'iris.key', identity: IDS.iris, form: 'bad', problem: 'the file is empty' }] } }],
    ['node-running', { held: [{ realFolder: '/node/main', by: 'Process 7' }] }],
  ])('is refused for %s', (code, parts) => {
    const { plan: told, steps } = planRetire({ identity: IDS.iris }, retiring(parts))
    expect([told.refusals.map((one) => one.code), steps]).toEqual([[`retire/${code}`], []])
    expect(told.refusals[0]?.detail).toMatch(/\. [A-Z]|Convert it first|Choose/)
  })
})
