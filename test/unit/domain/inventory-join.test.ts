import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IdentityId } from '../../../shared/domain/ids.ts'
import type { FoundPosFolder, InventoryIdentity, LocalRows } from '../../../shared/domain/inventory.ts'
import { joinInventory, type InventoryFacts } from '../../../shared/domain/inventory-join.ts'
import type { PresentFolder } from '../../../shared/domain/inventory-words.ts'
import { aFoundNode, aFoundPosFolder, aFoundProcess, aFoundSetup, aKeyCopy } from '../../builders/inventory.ts'
import { anId } from '../../builders/snapshot.ts'

const TIB = 2 ** 40
const A = anId(0) as IdentityId
const B = anId(1) as IdentityId
const facts = (parts: Partial<InventoryFacts> = {}): InventoryFacts => ({
  keys: [],
  posFolders: [],
  nodes: [],
  processes: [],
  setups: [],
  volumes: [],
  isWhole: true,
  nicknames: {},
  ownPosFolders: {},
  homedir: '/home/me',
  ...parts,
})
const starter = { owner: 'systemd' as const, label: 'spacemesh.service', isAutomatic: true }
const smapp = { owner: 'smapp' as const, label: 'Smapp', isAutomatic: true }
const pos = (path: string, parts: Partial<PresentFolder> = {}): FoundPosFolder => {
  const { state } = aFoundPosFolder()
  if (state.is !== 'present') throw new Error('the builder gives a folder that is there')
  return { path, state: { ...state, ...parts } }
}
const rows = (identity: IdentityId): LocalRows => ({ identity, hasPost: true, hasProof: false, registrations: [] })
const only = (parts: Partial<InventoryFacts>): InventoryIdentity => {
  const [first, ...rest] = joinInventory(facts(parts))
  if (first === undefined || rest.length > 0) throw new Error(`${rest.length + 1} identities`)
  return first
}
const missingFile = { file: 'postdata_7.bin', is: 'missing' as const, expectedBytes: 4, actualBytes: 0 }

describe('an identity of the inventory', () => {
  it('with key and data says how much there is and where the key lies', () => {
    const one = only({ keys: [aKeyCopy({ place: 'loose', path: '/home/me/old/amber' })], posFolders: [pos('/mnt/a')] })
    expect(one).toMatchObject({ key: 'here', data: 'complete', expectedBytes: 4 * TIB, posFolders: ['/mnt/a'] })
    expect(one.copies).toEqual([{ path: '/home/me/old/amber', grade: 'at-rest' }])
    expect(one.sentence).toBe('4.0\u2009TiB, complete; its key is in ~/old/amber')
  })

  it('without a key tells that the data is worthless without it', () => {
    const one = only({ posFolders: [pos('/mnt/a')] })
    expect(one).toMatchObject({ key: 'missing', data: 'complete' })
    expect(one.sentence).toBe(
      '4.0\u2009TiB, complete; its key was not found on this machine. Without the key the data is worthless: look for a backup of it',
    )
  })

  it('does not say "not on this machine" when not everything was looked at', () => {
    const dead = { mountPoint: '/mnt/nas', label: 'nas', is: 'not-answering' as const, folders: 0, files: 0 }
    for (const blind of [{ isWhole: false }, { volumes: [dead] }]) {
      expect(only({ posFolders: [pos('/mnt/a')], ...blind }).sentence).toContain('but this search could not look everywhere')
    }
  })

  it('with incomplete data names the files', () => {
    const problems = [missingFile, { ...missingFile, file: 'postdata_8.bin', is: 'short' as const }]
    const one = only({ keys: [aKeyCopy()], posFolders: [pos('/mnt/a', { actualBytes: TIB, problems })] })
    expect(one.data).toBe('incomplete')
    expect(one.sentence).toContain('1.0\u2009TiB of 4.0\u2009TiB in /mnt/a: 1 file missing, 1 too short, the first postdata_7.bin')
    expect(one.sentence).toContain('Its key is in ~/spacemesh/identities/amber.key')
  })

  it('whose initialization has not found its VRF nonce is not complete', () => {
    const one = only({ keys: [aKeyCopy()], posFolders: [pos('/mnt/a', { hasVrfNonce: false })] })
    expect(one.data).toBe('incomplete')
    expect(one.sentence).toContain('no VRF nonce')
  })

  it('is taken from its best folder when there are several', () => {
    const one = only({ posFolders: [pos('/mnt/a', { problems: [missingFile], actualBytes: 3 * TIB }), pos('/mnt/b')] })
    expect(one).toMatchObject({ data: 'complete', posFolders: ['/mnt/b', '/mnt/a'] })
  })

  it('with an unusable key file says what is wrong with it', () => {
    const one = only({ keys: [aKeyCopy({ form: 'repairable', problem: 'it ends with a newline' })], posFolders: [pos('/mnt/a')] })
    expect(one.key).toBe('unusable')
    expect(one.sentence).toContain('amber.key, but it ends with a newline')
  })

  it('with a key alone says that its data was not found', () => {
    const one = only({ keys: [aKeyCopy()] })
    expect(one).toMatchObject({ key: 'here', data: 'missing' })
    expect(one.sentence).toBe('Its key is in ~/spacemesh/identities/amber.key; its data was not found on this machine')
  })

  it('that only a database knows is listed with the node that worked for it', () => {
    const local = { is: 'read' as const, schema: 9, bytes: 1, rows: [rows(B)], isInWal: true }
    const one = only({ nodes: [aFoundNode({ identities: [], local })] })
    expect(one).toMatchObject({ id: B, key: 'missing', data: 'missing', knownBy: ['/home/me/spacemesh'] })
    expect(one.sentence).toContain('The node in ~/spacemesh has worked for it')
  })

  it('of the set-up whose folder cannot be read, or whose disk is silent, is not said to have no data', () => {
    const broken: FoundPosFolder = { path: '/mnt/a', state: { is: 'bad-metadata', text: 'the file is empty' } }
    const one = only({ keys: [aKeyCopy()], posFolders: [broken], ownPosFolders: { [A]: '/mnt/a/' } })
    expect(one).toMatchObject({ data: 'unreadable', posFolders: ['/mnt/a'] })
    expect(one.sentence).toContain('the file is empty')
    const dead = { mountPoint: '/mnt/nas', label: 'nas', is: 'not-answering' as const, folders: 0, files: 0 }
    expect(only({ keys: [aKeyCopy()], ownPosFolders: { [A]: '/mnt/nas/post' }, volumes: [dead] })).toMatchObject({ data: 'unreadable' })
  })

  it('whose key lies in a folder with broken metadata gets that folder', () => {
    const broken: FoundPosFolder = { path: '/mnt/a', state: { is: 'bad-metadata', text: 'no valid JSON' } }
    const one = only({ keys: [aKeyCopy({ place: 'pos-folder', path: '/mnt/a/identity.key' })], posFolders: [broken] })
    expect(one.data).toBe('unreadable')
  })

  it('is served by the process on its folder, or else by the set-up that would', () => {
    const service = aFoundProcess({ pid: 9, program: 'post-service', folder: '/mnt/a', ownerLabel: 'post@a.service' })
    const setup = aFoundSetup({ services: [{ args: [], posFolder: '/mnt/a/' }] })
    expect(only({ posFolders: [pos('/mnt/a')], processes: [service], setups: [setup] }).servedBy).toEqual(['post@a.service, process 9'])
    expect(only({ posFolders: [pos('/mnt/a')], setups: [setup] }).servedBy).toEqual(['~/smesh/compose.yaml'])
  })
})

describe('the grade of a copy', () => {
  const other = aKeyCopy({ path: '/srv/node/identities/x.key', nodeFolder: '/srv/node' })
  const node = aFoundNode({ starters: [starter] })
  const second = aFoundNode({ dataFolder: '/srv/node', starters: [smapp] })

  it.each([
    ['at rest without anything that starts its node', aKeyCopy(), [aFoundNode()], [], 'at-rest', undefined],
    ['configured when something starts it', aKeyCopy(), [node], [], 'configured', 'spacemesh.service'],
    ['running when a node runs there', aKeyCopy(), [node], [aFoundProcess()], 'running', 'spacemesh.service'],
    [
      'running also without a found node folder',
      aKeyCopy(),
      [],
      [aFoundProcess({ folder: '/home/me/spacemesh/' })],
      'running',
      'spacemesh.service',
    ],
    ['at rest when the node does not load the name', aKeyCopy({ isLoaded: false }), [node], [aFoundProcess()], 'at-rest', undefined],
    [
      'at rest outside any node',
      aKeyCopy({ place: 'loose', nodeFolder: undefined, isLoaded: undefined } as never),
      [node],
      [],
      'at-rest',
      undefined,
    ],
    ['not raised by a service on another folder', aKeyCopy(), [], [aFoundProcess({ program: 'post-service' })], 'at-rest', undefined],
  ] as const)('is %s', (_what, key, nodes, processes, grade, by) => {
    const [copy] = joinInventory(facts({ keys: [key], nodes, processes })).find((one) => one.id === A)?.copies ?? []
    expect(copy).toEqual({ path: key.path, grade, ...(by === undefined ? {} : { by }) })
  })

  it('of two nodes that start one key is trouble, and both places are named', () => {
    const [first] = joinInventory(
      facts({ keys: [aKeyCopy(), other], nodes: [node, second], processes: [aFoundProcess()], posFolders: [pos('/mnt/a')] }),
    )
    expect(first?.sentence).toBe(
      'The same key is armed in 2 node folders: ~/spacemesh/identities/amber.key (spacemesh.service runs with it) and ' +
        '/srv/node/identities/x.key (Smapp starts it). Two nodes with one key are banned for ever: disarm it in all but one',
    )
  })

  it('of two files in one folder is no twin', () => {
    const [first] = joinInventory(facts({ keys: [aKeyCopy(), aKeyCopy({ path: '/home/me/spacemesh/identities/b.key' })], nodes: [node] }))
    expect(first?.sentence).not.toContain('armed')
  })
})

describe('the order of the inventory', () => {
  it('begins with what may ban, then with what is worthless, and ends with what is fine', () => {
    const at = (index: number): IdentityId => anId(index) as IdentityId
    const node = aFoundNode({ starters: [starter], identities: [] })
    const second = aFoundNode({ dataFolder: '/srv/node', starters: [smapp], identities: [] })
    const loose = (index: number, path: string) => aKeyCopy({ identity: at(index), place: 'loose', path, form: 'good' })
    const all = joinInventory(
      facts({
        keys: [
          loose(1, '/k1'),
          loose(2, '/k2'),
          loose(3, '/k3'),
          aKeyCopy({ identity: at(5) }),
          aKeyCopy({ identity: at(5), path: '/srv/node/identities/x.key', nodeFolder: '/srv/node' }),
        ],
        nodes: [node, second],
        posFolders: [
          pos('/p1', { identity: at(1) }),
          pos('/p3', { identity: at(3), problems: [missingFile] }),
          pos('/p4', { identity: at(4) }),
        ],
        nicknames: { [at(1)]: 'Zircon' },
      }),
    )
    expect(all.map((one) => one.id)).toEqual([5, 4, 3, 2, 1].map(at))
    expect(all.at(-1)?.nickname).toBe('Zircon')
  })

  it('never loses an identity that anything names, nor lists one twice, whatever was found', () => {
    const index = fc.integer({ min: 0, max: 5 })
    const key = fc.record({
      index,
      place: fc.constantFrom('node', 'loose', 'quarantine', 'pos-folder'),
      form: fc.constantFrom('good', 'repairable', 'bad'),
      path: fc.string({ minLength: 1 }),
    })
    const folder = fc.record({ index, path: fc.string({ minLength: 1 }), hasVrfNonce: fc.boolean(), isShort: fc.boolean() })
    fc.assert(
      fc.property(fc.array(key), fc.array(folder), fc.array(index), (keys, folders, known) => {
        const local = { is: 'read' as const, schema: 9, bytes: 1, rows: known.map((one) => rows(anId(one) as IdentityId)), isInWal: true }
        const all = joinInventory(
          facts({
            keys: keys.map((one) => aKeyCopy({ ...one, identity: anId(one.index) as IdentityId })),
            posFolders: folders.map((one) =>
              pos(one.path, {
                identity: anId(one.index) as IdentityId,
                hasVrfNonce: one.hasVrfNonce,
                problems: one.isShort ? [missingFile] : [],
              }),
            ),
            nodes: [aFoundNode({ identities: [], local })],
          }),
        )
        const wanted = new Set([...keys.map((one) => one.index), ...folders.map((one) => one.index), ...known].map((one) => anId(one)))
        expect(new Set(all.map((one) => one.id))).toEqual(wanted)
        expect(all).toHaveLength(wanted.size)
        for (const one of all) expect(one.sentence.length).toBeGreaterThan(10)
      }),
      { numRuns: 100 },
    )
  })
})
