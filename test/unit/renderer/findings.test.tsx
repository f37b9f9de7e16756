import { describe, expect, it } from 'vitest'
import { searchedWords } from '../../../renderer/components/search-state.tsx'
import { comparedKeys, findingsOf, totalOf } from '../../../renderer/features/welcome/findings.ts'
import type { Inventory } from '../../../shared/domain/inventory.ts'
import {
  aFoundNode,
  aFoundPosFolder,
  aFoundProcess,
  aFoundSetup,
  aKeyCopy,
  anInventory,
  anInventoryIdentity,
} from '../../builders/inventory.ts'
import { anId, NOW } from '../../builders/snapshot.ts'

const nothing: Partial<Inventory> = { keys: [], posFolders: [], nodes: [], processes: [], setups: [], identities: [] }
const only = (parts: Partial<Inventory>) => findingsOf(anInventory({ ...nothing, ...parts }), NOW)
const id = (index: number) => anInventoryIdentity({ index }).id

describe('findings of a search', () => {
  it('puts what runs first, then what needs the user, then the rest', () => {
    expect(findingsOf(anInventory(), NOW).map((one) => [one.what, one.state.word])).toEqual([
      ['Node, running for 12\u2009d', 'running'],
      ['PoS folder without a key', 'key missing'],
      ['Smapp with 1 identity', 'supervised'],
      ['Compose file with 1 service', 'duplicate'],
      ['PoS folder, incomplete', 'incomplete'],
      ['Key file', 'at rest'],
      ['PoS folder, complete', 'served'],
    ])
  })
  it('counts from what was found and from nothing else', () => {
    expect(totalOf(anInventory())).toBe('5 identities, 5.2\u2009TiB of PoS data, 2 nodes')
    expect(totalOf(anInventory(nothing))).toBe('0 identities, 0 nodes')
    expect(comparedKeys(anInventory())).toEqual({ keys: 4, twice: 0 })
    const copies = [
      { path: '/a', grade: 'running' as const },
      { path: '/b', grade: 'configured' as const },
    ]
    expect(comparedKeys(anInventory({ identities: [anInventoryIdentity({ copies })] })).twice).toBe(1)
    const atRest = [
      { path: '/a', grade: 'running' as const },
      { path: '/b', grade: 'at-rest' as const },
    ]
    expect(comparedKeys(anInventory({ identities: [anInventoryIdentity({ copies: atRest })] })).twice, 'a copy at rest is no second').toBe(
      0,
    )
  })
  it('names who starts a node, and says that he keeps doing so', () => {
    const [running] = only({ nodes: [aFoundNode()], processes: [aFoundProcess()] })
    expect(running?.does).toBe('watch it as it is; spacemesh.service keeps starting it')
    const [plain] = only({ nodes: [aFoundNode()] })
    expect(plain).toMatchObject({ what: 'Node, stopped', does: 'back its keys up; you decide what starts it' })
    const [own] = only({ nodes: [aFoundNode({ starters: [{ owner: 'systemd', label: 'a.service', isAutomatic: true }] })] })
    expect(own?.state.word).toBe('starts by itself')
    const [empty] = only({ nodes: [aFoundNode({ identities: [], mode: 'empty' })] })
    expect(empty).toMatchObject({ inside: 'no identities', does: 'leave it as it is', state: { word: 'no keys' } })
  })
  it.each([
    ['locked', 'a node holds it'],
    ['corrupt', 'page 7 is damaged'],
    ['unreadable', 'permission denied'],
  ] as const)('tells a %s database of a stopped node', (is, text) => {
    const [row] = only({ nodes: [aFoundNode({ local: { is, text } })] })
    expect(row).toMatchObject({ inside: expect.stringContaining(`local.sql: ${text}`) as unknown, state: { word: 'database' } })
  })
  it('says of a PoS folder what it lacks: its files, its key, its node, its service', () => {
    const folder = aFoundPosFolder()
    const words = (parts: Partial<Parameters<typeof anInventoryIdentity>[0]>) =>
      only({ posFolders: [folder], identities: [anInventoryIdentity(parts)] })[0]?.state.word
    expect(words({})).toBe('served')
    expect(words({ servedBy: [] })).toBe('no service')
    expect(words({ servedBy: [], copies: [{ path: '/k', grade: 'at-rest' }] })).toBe('no node')
    expect(words({ key: 'missing', copies: [] })).toBe('key missing')
    expect(words({ key: 'unusable' })).toBe('key missing')
    expect(only({ posFolders: [folder] })[0]?.state.word, 'nobody knows its identity').toBe('key missing')
  })
  it('shows metadata that cannot be read with its reason', () => {
    const [bad] = only({ posFolders: [aFoundPosFolder({ state: { is: 'bad-metadata', text: 'it ends in the middle' } })] })
    expect(bad).toMatchObject({ what: 'PoS folder, unreadable', inside: 'it ends in the middle' })
    const [none] = only({ posFolders: [aFoundPosFolder({ state: { is: 'no-metadata' } })] })
    expect(none?.inside).toContain('postdata_metadata.json')
  })
  it('lists loose, broken and repairable keys, but not the good ones of a node', () => {
    const rows = only({
      keys: [
        aKeyCopy(),
        aKeyCopy({ path: '/a', place: 'loose', identity: id(4) }),
        aKeyCopy({ path: '/b', form: 'repairable', problem: 'it ends with a line break' }),
        { path: '/c', form: 'bad', problem: 'it holds 63 characters', place: 'node', modifiedAt: NOW },
        aKeyCopy({ path: '/d', form: 'repairable', problem: 'x', place: 'quarantine' }),
      ],
    })
    expect(rows.map((one) => [one.where, one.state.word])).toEqual([
      ['/c', 'unusable'],
      ['/b', 'repairable'],
      ['/a', 'at rest'],
    ])
    expect(rows[1]?.inside).toContain('it ends with a line break')
  })
  it('does not understand a set-up in silence', () => {
    const [row] = only({ setups: [aFoundSetup({ services: [{ args: [] }], problems: ['the variable DATA is not set'] })] })
    expect(row).toMatchObject({ inside: 'the variable DATA is not set', state: { word: 'not all understood' } })
  })
  it('calls a set-up a duplicate only when every identity of it already runs', () => {
    const setup = aFoundSetup({ services: [{ args: [], posFolder: '/mnt/north/post-amber' }] })
    const word = (grade: 'running' | 'configured') =>
      only({
        setups: [setup],
        posFolders: [aFoundPosFolder()],
        identities: [anInventoryIdentity({ copies: [{ path: '/k', grade }] })],
      }).find((one) => one.where === setup.file)?.state.word
    expect(word('running')).toBe('duplicate')
    expect(word('configured')).toBe('starts by itself')
  })
  it('says how far a search came that ended early', () => {
    expect(searchedWords(anInventory())).toBe('Searched 2 volumes with 31\u2009800 files in 41 s. Nothing was changed.')
    expect(searchedWords(anInventory({ isWhole: false }))).toContain('It ended early, so more may be there.')
  })
  it('takes 1,000 identities in its stride', () => {
    const many = Array.from({ length: 1000 }, (_, index) => index)
    const inventory = anInventory({
      identities: many.map((index) => anInventoryIdentity({ index })),
      posFolders: many.map((index) => aFoundPosFolder({ path: `/p/${anId(index)}` })),
    })
    const from = performance.now()
    expect(findingsOf(inventory, NOW).length).toBeGreaterThan(1000)
    expect(performance.now() - from).toBeLessThan(1000)
  })
})
