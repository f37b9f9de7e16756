import { describe, expect, it } from 'vitest'
import { coinbaseOf, planCoinbase, type CoinbaseInput } from '../../../../electron/operations/plans/coinbase.ts'
import { aMoment, aNode, aSetup, IDS, writerFor } from './plan-world.ts'

const OLD = 'sm1qqqqqqzgqpjxdw77aw74f8mz540rykda4x2jgjgaca7z5'
const NEXT = 'sm1qqqqqqylyl2l0zsmmax0wnutt4dwnrkcwef5eeq3xladz'
const FILE = '/node/main.json'
const node = aNode('Main', { 'amber.key': IDS.amber, 'basalt.key': IDS.basalt })

const input = (parts: Partial<CoinbaseInput> = {}, coinbase?: string): CoinbaseInput => ({
  ...aMoment({
    setUp: writerFor(aSetup(coinbase === undefined ? {} : { node: { ...aSetup().node, coinbase } })),
  }),
  node,
  own: { dataFolder: '/node/main', configFile: FILE, ...(coinbase === undefined ? {} : { coinbase }) },
  config: { file: FILE, text: null },
  prefix: 'sm',
  ...parts,
})
const refused = (address: string, parts: Partial<CoinbaseInput> = {}, coinbase?: string): readonly string[] => {
  const { plan, steps } = planCoinbase({ address }, input(parts, coinbase))
  expect(steps).toEqual([])
  return plan.refusals.map(({ code }) => code)
}

describe('another account for the rewards', () => {
  it('changes the set-up alone when the config names none', () => {
    const { plan, steps } = planCoinbase({ address: NEXT.toUpperCase() }, input({}, OLD))
    expect(plan.refusals).toEqual([])
    expect(steps).toMatchObject([{ is: 'set-up', node: { before: { coinbase: OLD }, after: { coinbase: NEXT } } }])
    expect(plan.stops).toEqual(['the node'])
    expect(plan.risks[0]?.text).toBe(
      'One node, one coinbase: it is that of all 2 identities of it. For another account, an identity needs a node of its own.',
    )
    expect(plan.asks).toHaveLength(1)
  })

  it('changes config and set-up when both name one, and keeps every other key of the config as it is written', () => {
    const text = `{\n\t"Smeshing": {\n\t\t"smeshing-start": false,\n\t\t"Smeshing-Coinbase": "${OLD}"\n\t},\n\t"new-in-1.9": 18446744073709551615\n}\n`
    const { steps } = planCoinbase({ address: NEXT }, input({ config: { file: FILE, text } }, OLD))
    expect(steps.map(({ is }) => is)).toEqual(['write-file', 'set-up'])
    expect(steps[0]).toMatchObject({ file: FILE, text: text.replace(OLD, NEXT) })
  })

  it('reads the account that is paid from the config while the set-up names none', () => {
    const text = `{"smeshing":{"smeshing-coinbase":"${OLD}"}}`
    const { plan } = planCoinbase({ address: NEXT }, input({ config: { file: FILE, text } }))
    expect(plan.before[0]?.note).toBe(`rewards to ${OLD}`)
    expect(coinbaseOf('{"smeshing":')).toBeUndefined()
  })

  it('is refused for what is no address, the same account, a config that cannot be read, a node that somebody runs', () => {
    expect(refused('sm1nonsense', {}, OLD)).toEqual(['coinbase/invalid'])
    expect(refused(OLD, {}, OLD)).toEqual(['coinbase/same'])
    const twice = `{"smeshing":{"smeshing-coinbase":"${OLD}","Smeshing-Coinbase":"${OLD}"}}`
    expect(refused(NEXT, { config: { file: FILE, text: twice } }, OLD)).toEqual(['convert/duplicate-key'])
    const held = [{ realFolder: node.realFolder, by: 'go-spacemesh (pid 7)' }]
    expect(refused(NEXT, { held }, OLD)).toEqual(['coinbase/node-running'])
  })

  it('warns when the moment is no good one', () => {
    const { plan } = planCoinbase({ address: NEXT }, input({ window: { is: 'wait', why: 'Amber is at a proof' } }, OLD))
    expect(plan.checks).toContainEqual({ is: 'warn', text: 'It is no good moment: Amber is at a proof.' })
  })
})
