import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FoundSetup } from '../../../../shared/domain/inventory.ts'
import type { PlanContext } from '../../../../electron/operations/context.ts'
import { commandLineValues } from '../../../../electron/operations/facts/command-line.ts'
import { hintsOf } from '../../../../electron/operations/plan-inputs/moment.ts'
import { aSetup } from '../plans/plan-world.ts'
import { mergeWorld, type MergeWorld } from '../plans/merge-world.ts'

const POETS = ['--poet-servers', '[{"address":"http://poet.two","pubkey":""}]']

describe('what a command line says over the config', () => {
  it.each([
    [[], {}],
    [['--config', '/c.json', '-d', '/data'], {}],
    [POETS, { poets: ['http://poet.two'] }],
    [['--poet-servers', 'none'], {}],
    [['--poet-servers', '[]'], {}],
    [['--smeshing-coinbase=sm1q', '--smeshing-start'], { coinbase: 'sm1q', isSmeshing: true }],
    [['--smeshing-start=false', '-p', 'standalone'], { isSmeshing: false, preset: 'standalone' }],
    [
      ['--grpc-post-listener', '0.0.0.0:9094', '--grpc-public-listener=0.0.0.0:9092'],
      { postListener: '0.0.0.0:9094', publicListener: '0.0.0.0:9092' },
    ],
  ])('is read as it is: %j', (args, values) => expect(commandLineValues(args)).toEqual(values))

  it('is known of nodes of other programs, and of ours', () => {
    const found = (args: readonly string[]): FoundSetup => ({
      kind: 'systemd',
      owner: 'systemd',
      label: 'spacemesh.service',
      file: '/etc/systemd/system/spacemesh.service',
      node: { dataFolder: '/node/attic', configFile: '/etc/attic.json', args },
      services: [],
      isAutomatic: true,
      problems: [],
      walletFiles: [],
    })
    const setup = aSetup()
    const own = setup.node.mode === 'managed' ? { ...setup, node: { ...setup.node, extraArgs: ['--smeshing-coinbase', 'sm1own'] } } : setup
    const context = {
      setUp: { file: '/setup.json', text: '', setup: own, expanded: own },
      setups: [found(['--smeshing-coinbase', 'sm1attic'])],
    } as unknown as PlanContext
    expect(hintsOf('/node/attic', context)).toEqual({ name: 'Attic', configFile: '/etc/attic.json', known: { coinbase: 'sm1attic' } })
    expect(hintsOf('/node/main', context)).toMatchObject({ name: 'Main', known: { coinbase: 'sm1own' } })
    expect(hintsOf('/node/cellar', context)).toEqual({ name: 'Cellar' })
  })
})

describe('a merge into a node whose command line wins over its config', () => {
  let world: MergeWorld
  beforeEach(() => {
    world = mergeWorld()
  })
  afterEach(() => world.remove())

  const withFlags = (args: readonly string[], poets: readonly string[] = ['http://poet.one']) => {
    const main = world.put('main', {
      keys: { 'amber.key': 1 },
      config: { main: { 'poet-servers': poets.map((address) => ({ address })) } },
    })
    const attic = world.put('attic', { keys: { 'iris.key': 2 } })
    return world.plan(['attic'], 'main', { input: { nodes: [{ ...main, known: commandLineValues(args) }, attic] } })
  }

  it('is refused for PoETs that only the config lists, and says where to add them', async () => {
    const { plan } = await withFlags(POETS)
    expect(plan.refusals.map(({ code }) => code)).toEqual(['merge/poet-not-listed'])
    expect(plan.refusals[0]?.detail).toContain('Add http://poet.one to --poet-servers of the command line of main, then plan again')
  })

  it('is not refused for PoETs that only the command line lists', async () => {
    const { plan } = await withFlags(['--poet-servers', '[{"address":"http://poet.one"}]'], ['http://poet.two'])
    expect(plan.refusals).toEqual([])
  })

  it('is told when a flag would switch smeshing on', async () => {
    const { plan } = await withFlags(['--smeshing-start'])
    expect(plan.checks.map(({ text }) => text).join()).toContain('main is started with --smeshing-start')
  })

  it('tells coinbases that flags name', async () => {
    const main = world.put('main', { keys: { 'amber.key': 1 }, config: {} })
    const attic = world.put('attic', { keys: { 'iris.key': 2 }, config: { smeshing: { 'smeshing-coinbase': 'sm1attic' } } })
    writeFileSync(main.configFile ?? '', '{"smeshing":{"smeshing-coinbase":"sm1old"}}')
    const known = commandLineValues(['--smeshing-coinbase', 'sm1new'])
    const { plan } = await world.plan(['attic'], 'main', { input: { nodes: [{ ...main, known }, attic] } })
    expect(plan.risks.map(({ text }) => text).join()).toContain('sm1new instead of sm1attic')
  })
})
