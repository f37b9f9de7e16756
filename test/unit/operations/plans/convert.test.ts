import { describe, expect, it } from 'vitest'
import { planConvert, serviceOptions, type ConvertInput } from '../../../../electron/operations/plans/convert.ts'
import { unconvertConfig } from '../../../../electron/operations/plans/convert-config.ts'
import { planUnconvert, type UnconvertInput } from '../../../../electron/operations/plans/unconvert.ts'
import { aMoment, aNode, aPosFolder, aService, aSetup, IDS, writerFor } from './plan-world.ts'

const CONFIG =
  '{"smeshing":{"smeshing-start":true,"smeshing-coinbase":"sm1home","smeshing-proving-opts":{"smeshing-opts-proving-threads":3}}}'
const input = (parts: Partial<ConvertInput> = {}): ConvertInput => ({
  ...aMoment({ setUp: writerFor(aSetup()) }),
  node: aNode('Main', { 'local.key': IDS.local }),
  config: { file: '/node/main.json', text: CONFIG },
  posFolder: aPosFolder(IDS.local),
  standing: { is: 'clean', partners: [] },
  cpus: 8,
  isOurs: true,
  ...parts,
})
const refusals = (parts: Partial<ConvertInput>, request = {}): readonly string[] => {
  const { plan, steps, touches } = planConvert(request, input(parts))
  expect([steps, touches, plan.asks, plan.stops]).toEqual([[], [], [], []])
  for (const { detail } of plan.refusals) expect(detail).toMatch(/\. [A-Z]/)
  return plan.refusals.map(({ code }) => code)
}

describe('converting a bare node', () => {
  it('switches smeshing off, renames the key, then gives our set-up a service as the node proved', () => {
    const { plan, steps, expects, startsNode, touches } = planConvert({}, input())
    expect(plan.id).toBe('convert-20261128-120000-ab12')
    expect(steps.map(({ is }) => is)).toEqual(['write-file', 'rename-key', 'set-up'])
    expect(plan.steps.map(({ title }) => title)).toEqual(['Write the node’s config', 'Rename local.key to home.key', 'Change our set-up'])
    expect(steps[1]).toEqual({ is: 'rename-key', dataFolder: '/node/main', identity: IDS.local, from: 'local.key', to: 'home.key' })
    expect(steps[2]).toMatchObject({
      identities: [{ id: IDS.local, after: { keyFile: 'home.key' } }],
      services: [
        {
          after: {
            posFolder: '/pos/home',
            nonces: 288,
            threads: 3,
            randomx: 'fast',
            operator: '127.0.0.1:50051',
            nodeAddress: 'http://127.0.0.1:9094',
          },
        },
      ],
      node: { after: { coinbase: 'sm1home' } },
    })
    expect([expects, startsNode, touches]).toEqual([[IDS.local], true, [{ dataFolder: '/node/main' }]])
    expect(plan.after[0]?.identities[0]).toMatchObject({ name: 'Home', keyFile: 'home.key', change: 'renamed from local.key' })
    expect(plan.refusals).toEqual([])
  })

  it('says that the public listener is open, and that an older node does not earn', () => {
    const old = aNode('Main', { 'local.key': IDS.local }, { database: { is: 'read', schema: 7, bytes: 1, isInWal: true, rows: [] } })
    const { plan } = planConvert({}, input({ node: old }))
    expect(plan.risks.map(({ grade }) => grade)).toEqual(['loss', 'note'])
    expect(plan.risks[0]?.text).toMatch(/only nodes from 1\.8\.0 on earn/)
    expect(plan.risks[1]?.text).toMatch(/0\.0\.0\.0:9092/)
  })

  it('warns in a bad moment and when bans are not known', () => {
    const { plan } = planConvert(
      {},
      input({ window: { is: 'wait', why: 'the cycle gap opens in 2 h' }, standing: { is: 'unknown', partners: [] } }),
    )
    expect(plan.risks).toContainEqual({ grade: 'cost', text: 'It is no good moment: the cycle gap opens in 2 h.' })
    expect(plan.checks).toContainEqual({ is: 'warn', text: 'Bans could not be looked up, so it is not known whether Home is banned.' })
  })

  it('names the key by its id when it has no name, and never takes a name that is there', () => {
    const { plan } = planConvert(
      {},
      input({
        names: {},
        node: aNode('Main', { 'local.key': IDS.local }, { taken: ['local.key', `${IDS.local.slice(0, 8).toUpperCase()}.KEY`] }),
      }),
    )
    expect(plan.after[0]?.identities[0]?.keyFile).toBe(`${IDS.local.slice(0, 8)}-${IDS.local.slice(0, 8)}.key`)
    const named = planConvert({}, input({ names: { [IDS.local]: 'Local!' } }))
    expect(named.plan.after[0]?.identities[0]?.keyFile).toBe(`${IDS.local.slice(0, 8)}.key`)
  })
})

describe('a node that our set-up is not about', () => {
  it('is converted without a change of our set-up, which says so', () => {
    const { plan, steps } = planConvert({}, input({ isOurs: false }))
    expect(steps.map(({ is }) => is)).toEqual(['write-file', 'rename-key'])
    expect(plan.risks[0]).toMatchObject({ grade: 'loss', text: expect.stringMatching(/Home needs a service there/) as string })
    const again = planUnconvert({ identity: IDS.amber }, back({ isOurs: false }))
    expect(again.steps.map(({ is }) => is)).toEqual(['rename-key', 'write-file'])
  })
})

describe('converting Smapp’s node', () => {
  const smapp = {
    custom: { file: '/s/node-config.7c8cef2b.json', text: CONFIG },
    settings: { file: '/s/config.json', text: '{\n\t"isAutoStartEnabled": true,\n\t"x": 1\n}' },
    ownConfig: { file: '/own/config.json', text: null },
  }

  it('keeps Smapp from starting the key before anything else, and leaves the rest of its files', () => {
    const { plan, steps } = planConvert(
      {},
      input({ smapp, config: { file: '/s/node-config.json', text: '{"main":{"x":18446744073709551615}}' } }),
    )
    expect(steps.map((step) => Reflect.get(step, 'file') ?? step.is)).toEqual([
      '/s/config.json',
      '/s/node-config.7c8cef2b.json',
      '/own/config.json',
      'rename-key',
      '/home/keeper/config/setup.json',
    ])
    expect(Reflect.get(steps[0] ?? {}, 'text')).toBe('{\n\t"isAutoStartEnabled": false,\n\t"x": 1\n}')
    expect(JSON.parse(String(Reflect.get(steps[1] ?? {}, 'text')))).toMatchObject({
      smeshing: { 'smeshing-start': false, 'smeshing-coinbase': 'sm1home', 'smeshing-proving-opts': {} },
    })
    expect(String(Reflect.get(steps[2] ?? {}, 'text'))).toContain('18446744073709551615')
    expect(plan.risks[0]).toMatchObject({ grade: 'ban', text: expect.stringMatching(/Smapp keeps this data folder/) as string })
    expect(plan.stops[0]).toBe('Smapp with its node')
  })

  it('is refused with a damaged file of Smapp’s, since it could start the key again', () => {
    expect(refusals({ smapp: { ...smapp, custom: { ...smapp.custom, text: '{"smeshing":' } } })).toEqual(['convert/smapp-config'])
  })
})

describe('a node that is not converted', () => {
  const present = aPosFolder(IDS.local)
  it.each<[string, Partial<ConvertInput>]>([
    ['no-key', { node: aNode('Main', {}) }],
    ['not-supervised', { node: aNode('Main', { 'amber.key': IDS.amber }) }],
    ['local-beside-others', { node: aNode('Main', { 'local.key': IDS.local, 'amber.key': IDS.amber }) }],
    ['bad-key', { node: aNode('Main', {}, { keys: [{ name: 'local.key', form: 'bad', problem: 'the file is empty' }] }) }],
    ['node-running', { held: [{ realFolder: '/node/main', by: 'Process 4711' }] }],
    [
      'database-version',
      {
        node: aNode(
          'Main',
          { 'local.key': IDS.local },
          { database: { is: 'unsupported', schema: 2, text: 'the database is too old: Start go-spacemesh v1.4.6 once. Then come back' } },
        ),
      },
    ],
    ['database-corrupt', { node: aNode('Main', { 'local.key': IDS.local }, { database: { is: 'corrupt', text: 'page 3 is damaged' } }) }],
    ['banned', { standing: { is: 'banned', partners: [] } }],
    ['no-coinbase', { config: { file: '/node/main.json', text: '{}' } }],
    ['pos-data-of-another', { posFolder: aPosFolder(IDS.amber) }],
    [
      'pos-data-incomplete',
      { posFolder: aPosFolder(IDS.local, { problems: [{ file: 'postdata_1.bin', is: 'missing', expectedBytes: 1, actualBytes: 0 }] }) },
    ],
    ['no-pos-data', { posFolder: { ...present, state: { is: 'no-metadata' } } }],
    ['pos-data-unreadable', { posFolder: { ...present, state: { is: 'bad-metadata', text: 'the file is empty' } } }],
  ])('is one with %s', (code, parts) => {
    expect(refusals(parts)).toEqual([`convert/${code}`])
  })

  it('is one without PoS data, or with a listener that others reach', () => {
    const { posFolder: _, ...without } = input()
    expect(planConvert({}, without).plan.refusals.map(({ code }) => code)).toEqual(['convert/no-pos-data'])
    expect(refusals({}, { postListener: '0.0.0.0:9094' })).toEqual(['convert/post-listener'])
  })

  it('tells all that is wrong at once', () => {
    expect(refusals({ config: { file: '/x', text: '{}' }, standing: { is: 'banned', partners: [] } })).toEqual([
      'convert/banned',
      'convert/no-coinbase',
    ])
  })
})

describe('a service for what the node did itself', () => {
  it('proves as the node would by default', () => {
    expect(serviceOptions({}, 8)).toEqual({ nonces: 288, threads: 6, randomx: 'fast' })
    expect(serviceOptions({}, 1).threads).toBe(1)
    expect(serviceOptions({ nonces: 100, threads: 0, randomx: 'light' }, 4)).toEqual({ nonces: 288, threads: 3, randomx: 'light' })
    expect(serviceOptions({ nonces: 128, threads: 2 }, 4)).toEqual({ nonces: 128, threads: 2, randomx: 'fast' })
  })
})

const back = (parts: Partial<UnconvertInput> = {}): UnconvertInput => ({
  ...aMoment({ setUp: writerFor(aSetup({ identities: [{ id: IDS.amber }], services: [aService(IDS.amber)] })) }),
  node: aNode('Main', { 'amber.key': IDS.amber }),
  configs: [{ file: '/node/main.json', text: '{"x":1}' }],
  coinbase: 'sm1home',
  posFolder: aPosFolder(IDS.amber, { numUnits: 7 }),
  maxFileBytes: 2_147_483_648,
  proving: { nonces: 128, threads: 2, randomx: 'light' },
  standing: { is: 'clean', partners: [] },
  owner: 'smapp',
  isOurs: true,
  ...parts,
})

describe('and back', () => {
  it('takes the service out first, and writes units and file size as the data has them', () => {
    const { plan, steps } = planUnconvert({ identity: IDS.amber }, back())
    expect(steps.map(({ is }) => is)).toEqual(['set-up', 'rename-key', 'write-file'])
    expect(steps[0]).toMatchObject({ services: [{ id: IDS.amber, after: null }], node: { after: { mode: 'attached', owner: 'smapp' } } })
    const text = unconvertConfig('{"x":1}', {
      coinbase: 'sm1home',
      dataDir: '/pos/home',
      numUnits: 7,
      maxFileBytes: 2_147_483_648,
      provider: 4_294_967_295,
      proving: { nonces: 128, threads: 2, randomx: 'light' },
    })
    expect(Reflect.get(steps[2] ?? {}, 'text')).toBe(text.ok ? text.value : '')
    expect(plan.after[0]?.identities[0]).toMatchObject({ keyFile: 'local.key', change: 'renamed from amber.key' })
    expect(plan.risks[0]?.grade).toBe('cost')
  })

  it.each<[string, Partial<UnconvertInput>]>([
    ['others', { node: aNode('Main', { 'amber.key': IDS.amber, 'basalt.key': IDS.basalt }) }],
    ['key-not-here', { node: aNode('Main', { 'basalt.key': IDS.basalt }) }],
    ['supervised', { node: aNode('Main', { 'local.key': IDS.amber }) }],
    ['node-running', { held: [{ realFolder: '/node/main', by: 'Process 4711' }] }],
    ['banned', { standing: { is: 'banned', partners: [] } }],
    ['no-config', { configs: [] }],
    ['pos-data-of-another', { posFolder: aPosFolder(IDS.basalt) }],
  ])('is refused with %s', (code, parts) => {
    expect(planUnconvert({ identity: IDS.amber }, back(parts)).plan.refusals.map((one) => one.code)).toEqual([`unconvert/${code}`])
  })

  it('is refused without a coinbase or without the file size of the metadata', () => {
    const { coinbase: _, ...poor } = back()
    const { maxFileBytes: __, ...small } = back()
    expect([poor, small].flatMap((one) => planUnconvert({ identity: IDS.amber }, one).plan.refusals.map(({ code }) => code))).toEqual([
      'unconvert/no-coinbase',
      'unconvert/pos-data-unreadable',
    ])
  })

  it('says to split the others out first', () => {
    const { plan } = planUnconvert(
      { identity: IDS.amber },
      back({ node: aNode('Main', { 'amber.key': IDS.amber, 'b.key': IDS.basalt, 'i.key': IDS.iris }) }),
    )
    expect(plan.refusals[0]?.detail).toBe(
      'A node that runs its identity itself can have one only, and Main has Basalt and Iris as well. Split or retire those first, then plan again',
    )
  })
})
