import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findSetups, proposeImports } from '../../../electron/interop/index.ts'
import { nicknameOf } from '../../../electron/interop/proposal-node.ts'
import { MAINNET } from '../../../shared/domain/network.ts'
import { parseIdentityId, type IdentityId } from '../../../shared/domain/ids.ts'
import type {
  FoundNode,
  FoundPosFolder,
  FoundProcess,
  FoundServiceSetup,
  FoundSetup,
  Inventory,
  KeyCopy,
} from '../../../shared/domain/inventory.ts'
import { parseSetup } from '../../../shared/setup/parse.ts'
import { setupSchema, type Setup } from '../../../shared/setup/schema.ts'
import { bareFiles, fixtures, linux, machineFiles } from './machine.ts'

const MAINNET_ID = '9eebff023abb17ccb775c602daade8ed708f0a50'
const id = (letter: string): IdentityId => parseIdentityId(letter.repeat(64)) ?? expect.fail('no id')

const pos = (folder: string, identity: IdentityId): FoundPosFolder => ({
  path: folder,
  state: { is: 'present', identity, numUnits: 4, labelsPerUnit: 1, expectedBytes: 64, actualBytes: 64, hasVrfNonce: true, problems: [] },
})
const key = (nodeFolder: string, name: string, identity: IdentityId): KeyCopy => ({
  path: `${nodeFolder}/identities/${name}`,
  identity,
  form: 'good',
  place: 'node',
  nodeFolder,
  isLoaded: true,
  modifiedAt: 0,
})
const node = (dataFolder: string, identities: readonly IdentityId[], parts: Partial<FoundNode> = {}): FoundNode => ({
  dataFolder,
  identities,
  local: { is: 'absent' },
  mode: 'remote',
  starters: [],
  genesisId: MAINNET_ID,
  ...parts,
})
const inventory = (parts: Partial<Inventory>): Inventory => ({
  startedAt: 0,
  finishedAt: 1,
  isWhole: true,
  volumes: [],
  keys: [],
  posFolders: [],
  nodes: [],
  processes: [],
  setups: [],
  identities: [],
  ...parts,
})
const plain = (parts: Partial<FoundSetup>): FoundSetup => ({
  kind: 'systemd',
  owner: 'systemd',
  label: 'spacemesh.service',
  file: '/etc/x',
  services: [],
  isAutomatic: true,
  problems: [],
  walletFiles: [],
  ...parts,
})
const network = { ...MAINNET, isMainnet: true }
const listeners = { public: '0.0.0.0:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' }
const service = (parts: Partial<FoundServiceSetup>): FoundServiceSetup => ({
  args: [],
  posFolder: '/pos/a',
  nodeAddress: 'http://127.0.0.1:9094',
  operator: '127.0.0.1:50051',
  threads: 4,
  ...parts,
})
const withNode = (parts: Partial<FoundSetup> = {}): FoundSetup =>
  plain({ node: { args: [], dataFolder: '/data', listeners, network, unit: 'spacemesh.service' }, ...parts })
const ofService = (parts: Partial<FoundServiceSetup>, more: Partial<FoundSetup> = {}): FoundSetup =>
  plain({ label: 'post.service', services: [service(parts)], ...more })

/** Every set-up that is offered is one that the keeper takes. */
function offered(found: Inventory, present?: Setup) {
  const proposals = proposeImports(found, present)
  for (const { setup } of proposals) if (setup !== null) expect(parseSetup(JSON.stringify(setup))).toMatchObject({ ok: true })
  return proposals
}

describe('a proposal', () => {
  const usual = inventory({
    setups: [
      withNode(),
      ofService({ nonces: 288, randomx: 'light' }),
      ofService({ posFolder: '/pos/b', operator: '0.0.0.0:50052', threads: 0 }, { owner: 'someone', kind: 'process' }),
    ],
    nodes: [node('/data', [id('a'), id('b')])],
    keys: [key('/data', 'amber.key', id('a')), key('/data', 'bbbbbbbb.key', id('b'))],
    posFolders: [pos('/pos/a', id('a')), pos('/pos/b', id('b'))],
  })

  it('takes node, identities and services in as they are, each with its owner', () => {
    const [proposal, ...more] = offered(usual)
    expect(more).toEqual([])
    expect(proposal?.problems).toEqual([])
    expect(proposal?.label).toBe('spacemesh.service with 2 services')
    expect(proposal?.setup).toMatchObject({
      network: { preset: 'mainnet' },
      node: {
        mode: 'attached',
        owner: 'systemd',
        unit: 'spacemesh.service',
        public: '127.0.0.1:9092',
        private: '127.0.0.1:9093',
        post: '127.0.0.1:9094',
        dataFolder: '/data',
      },
      identities: [
        { id: id('a'), nickname: 'Amber', keyFile: 'amber.key' },
        { id: id('b'), keyFile: 'bbbbbbbb.key' },
      ],
      services: [
        { identity: id('a'), owner: 'systemd', nonces: 288, threads: 4, randomx: 'light', operator: '127.0.0.1:50051', policy: 'always' },
        // What it was not given is post-service's own: 128 nonces, RandomX fast.
        { identity: id('b'), owner: 'someone', nonces: 128, threads: 0, randomx: 'fast', operator: '127.0.0.1:50052' },
      ],
    })
    expect(proposal?.sentences.join(' ')).toContain('systemd and whoever started it keeps starting and stopping them')
  })

  it('carries what else the command line says', () => {
    const args =
      '--remote-k2pow http://pow:1 --remote-k2pow-parallelism 3 --max-retries 7 --ca-cert /c/ca.pem --cert /c/c.pem --key /c/k.pem --domain n'.split(
        ' ',
      )
    const [proposal] = offered({ ...usual, setups: [withNode(), ofService({ args, remoteK2pow: 'http://pow:1', pinnedCores: [2, 3] })] })
    expect(proposal?.setup?.services[0]).toMatchObject({
      remoteK2pow: 'http://pow:1',
      k2powParallelism: 3,
      pinnedCores: [2, 3],
      extraArgs: ['--max-retries', '7'],
      tls: { caCert: '/c/ca.pem', cert: '/c/c.pem', key: '/c/k.pem', domain: 'n' },
    })
  })

  it('of a node with other PoETs keeps their timing', () => {
    const poet = { phaseShiftMs: 288 * 3_600_000, cycleGapMs: 24 * 3_600_000, gracePeriodMs: 7_200_000 }
    const setup = withNode({ node: { args: [], dataFolder: '/data', listeners, network: { ...network, poet } } })
    expect(offered({ ...usual, setups: [setup] })[0]?.setup?.network).toEqual({ preset: 'mainnet', poet })
  })

  it.each<[string, Partial<FoundServiceSetup>, string]>([
    ['no operator address', { operator: undefined as never }, 'has no operator address that is reached from here'],
    ['an operator port of chance', { operator: '127.0.0.1:0' }, 'another operator port at every start'],
    ['a host name as operator address', { operator: 'localhost:50051' }, 'takes a literal address'],
    ['a node address without scheme', { nodeAddress: '127.0.0.1:9094' }, 'has no http:// or https:// in front'],
    ['neither threads nor cores', { threads: undefined as never }, 'neither --threads nor --pinned-cores'],
    ['nonces that no service takes', { nonces: 17 }, 'its nonces is not usable'],
    ['the address of the node', { operator: '127.0.0.1:9093' }, 'is used twice'],
  ])('leaves a service with %s out and says why', (_name, parts, problem) => {
    const [proposal] = offered({ ...usual, setups: [withNode(), ofService(parts)] })
    expect(proposal?.setup?.services).toEqual([])
    expect(proposal?.setup?.identities).toHaveLength(2)
    expect(proposal?.problems.join('\n')).toContain(problem)
  })

  it('names identities that nothing serves', () => {
    const [proposal] = offered({ ...usual, setups: [withNode()] })
    expect(proposal?.problems).toEqual([
      'No service was found for Amber and bbbb…bbbb: it does not run, or it runs on another machine. Nothing proves for them from here.',
    ])
  })

  it('of a node that runs its own service lists the identity and promises nothing', () => {
    const setup = withNode({
      kind: 'smapp',
      owner: 'smapp',
      label: 'Smapp',
      node: {
        args: [],
        dataFolder: '/data',
        listeners: { public: '0.0.0.0:9092', private: '127.0.0.1:9093' },
        network,
        isSmeshing: true,
        pid: 5,
      },
      services: [{ args: [], posFolder: '/pos/a', nonces: 288, nodeAddress: 'http://127.0.0.1:41587' }],
    })
    const [proposal] = offered(
      inventory({
        setups: [setup],
        nodes: [node('/data', [id('a')], { mode: 'supervised' })],
        keys: [key('/data', 'local.key', id('a'))],
        posFolders: [pos('/pos/a', id('a'))],
      }),
    )
    // Its child tells which port the node took this time.
    expect(proposal?.setup).toMatchObject({
      node: { owner: 'smapp', post: '127.0.0.1:41587' },
      identities: [{ id: id('a'), keyFile: 'local.key' }],
      services: [],
    })
    expect(proposal?.setup?.identities[0]?.nickname).toBeUndefined()
    expect(proposal?.sentences.at(-1)).toContain('Converting it to a service of its own is a later step')
    expect(proposal?.problems).toEqual([])
  })

  it('without a known network is not whole and says what is missing', () => {
    const { network: _none, ...bare } = { args: [], dataFolder: '/data', listeners, network }
    const [proposal] = offered({
      ...usual,
      setups: [withNode({ node: bare })],
      nodes: [node('/data', [id('a')], { genesisId: 'ab'.repeat(20) })],
    })
    expect(proposal?.setup).toBeNull()
    expect(proposal?.problems.join('\n')).toContain('Which network the node is on is not known')
    const torn = node('/data', [id('a')], { genesisId: 'ab'.repeat(20) })
    expect(offered({ ...usual, nodes: [torn] })[0]).toMatchObject({
      setup: null,
      problems: [expect.stringContaining('of another network, its config of mainnet')],
    })
  })

  it('of a plain folder takes the built-in addresses and owns nothing', () => {
    const [proposal] = offered({ ...usual, setups: [] })
    expect(proposal?.setup?.node).toMatchObject({ owner: 'someone', public: '127.0.0.1:9092', dataFolder: '/data' })
    expect(proposal?.problems.join('\n')).toContain('Its config was not read')
    expect(offered({ ...usual, setups: [], nodes: [node('/data', [], { mode: 'empty' })] })).toEqual([])
  })

  it('comes for each node, running ones first, and names two that start one', () => {
    const running = withNode({
      label: 'compose.yaml',
      kind: 'compose',
      owner: 'docker',
      node: { args: [], dataFolder: '/other', listeners, network, pid: 9 },
    })
    const twice = withNode({ label: 'b.service', isAutomatic: false })
    const found = offered({ ...usual, setups: [withNode(), twice, running], nodes: [node('/data', [id('a')]), node('/other', [id('b')])] })
    expect(found.map(({ label }) => label)).toEqual(['compose.yaml', 'spacemesh.service'])
    expect(found[1]?.problems[0]).toContain('spacemesh.service and b.service all start this node')
    expect(new Set(found.map((one) => one.id)).size).toBe(2)
  })

  it('takes one service of two sources, with the owner that decides over it', () => {
    const shared = service({ unit: 'smh-post-01' })
    const psm = plain({ kind: 'psm', owner: 'psm', services: [shared] })
    const compose = plain({ kind: 'compose', owner: 'docker', services: [shared] })
    expect(offered({ ...usual, setups: [withNode(), compose, psm] })[0]?.setup?.services).toMatchObject([
      { identity: id('a'), owner: 'psm' },
    ])
  })

  it('names bad keys of the node, and identities of services when keys may not be read', () => {
    const bad: KeyCopy = {
      path: '/data/identities/x.key',
      form: 'bad',
      problem: 'it is empty',
      place: 'node',
      nodeFolder: '/data',
      isLoaded: true,
      modifiedAt: 0,
    }
    expect(offered({ ...usual, keys: [...usual.keys, bad] })[0]?.problems[0]).toContain('/data/identities/x.key: it is empty')
    const hidden = withNode({ services: [service({})] })
    const [proposal] = offered({ ...usual, setups: [hidden], nodes: [], keys: [] })
    expect(proposal?.setup?.identities.map((one) => one.id)).toEqual([id('a')])
    expect(proposal?.problems.join('\n')).toContain('keys could not be read')
  })
})

describe('beside a present set-up', () => {
  const found = inventory({
    setups: [withNode(), ofService({}), ofService({ posFolder: '/pos/b', operator: '127.0.0.1:50052' })],
    nodes: [node('/data', [id('a'), id('b')])],
    keys: [key('/data', 'amber.key', id('a')), key('/data', 'birch.key', id('b'))],
    posFolders: [pos('/pos/a', id('a')), pos('/pos/b', id('b'))],
  })
  const whole = proposeImports(found, undefined)[0]?.setup ?? expect.fail('no set-up')

  it('what its own node has more is added, and nothing else changes', () => {
    const present = setupSchema.parse({
      ...whole,
      identities: whole.identities.slice(0, 1),
      services: whole.services.slice(0, 1),
      onQuit: 'tray',
    })
    const [proposal] = offered(found, present)
    expect(proposal?.setup).toEqual({ ...present, identities: whole.identities, services: whole.services })
    expect(proposal?.sentences[0]).toContain('Birch would be added')
  })

  it('that is the same already nothing is proposed', () => {
    expect(offered(found, whole)).toEqual([])
  })

  it('of another node a proposal replaces it, says so, and keeps what is no node', () => {
    const present = setupSchema.parse({ ...whole, node: { ...whole.node, dataFolder: '/elsewhere' }, onQuit: 'stop-all' })
    const [proposal] = offered(found, present)
    expect(proposal?.setup).toMatchObject({ onQuit: 'stop-all', node: { dataFolder: '/data' } })
    expect(proposal?.sentences.at(-1)).toContain('It replaces the present set-up with its 2 identities')
  })
})

describe('from files to proposals', () => {
  it('the recorded node on a network of its own is whole', async () => {
    const config = readFileSync(path.join(fixtures, '../recordings/node-1n-1.8.3/config.json'), 'utf8').replaceAll('$HOME', '/home/u')
    const data = '/home/u/spacemesh/e2/node'
    const processes: FoundProcess[] = [
      { pid: 1, program: 'go-spacemesh', owner: 'someone', args: ['--config', 'config.json'], cwd: '/w', folder: data },
      {
        pid: 2,
        program: 'post-service',
        owner: 'someone',
        folder: '/home/u/post/1',
        args: `--dir /home/u/post/1 --address http://127.0.0.1:20094 --operator-address 127.0.0.1:18501 --pow-difficulty ${'f'.repeat(64)} -n 2 -r 1 -p 1 --threads 1 --nonces 16 --randomx-mode light`.split(
          ' ',
        ),
      },
    ]
    const fs = bareFiles({ '/w/config.json': config })
    const setups = await findSetups({ processes, composeFiles: [], fs, platform: linux })
    const [proposal] = offered(
      inventory({
        processes,
        setups,
        nodes: [node(data, [id('a')], { genesisId: 'ab'.repeat(20) })],
        keys: [key(data, 'one.key', id('a'))],
        posFolders: [pos('/home/u/post/1', id('a'))],
      }),
    )
    expect(proposal?.problems).toEqual([])
    expect(proposal?.setup).toMatchObject({
      network: {
        preset: 'custom',
        genesisTime: '2026-11-21T01:43:31.000Z',
        layerDurationMs: 6000,
        layersPerEpoch: 10,
        poet: { phaseShiftMs: 30_000, cycleGapMs: 30_000, gracePeriodMs: 12_000 },
        post: { labelsPerUnit: 64, minNumUnits: 1, maxNumUnits: 2, k1: 12, k2: 4, scrypt: { n: 2, r: 1, p: 1 } },
        addressPrefix: 'standalone',
      },
      node: { private: '127.0.0.1:20093', post: '127.0.0.1:20094' },
      services: [{ nonces: 16, threads: 1, randomx: 'light' }],
    })
  })

  it('the made-up machine gives one for its unit, its compose file and Smapp', async () => {
    const setups = await findSetups({ processes: [], composeFiles: ['/home/u/smesh/compose.yaml'], fs: machineFiles(), platform: linux })
    const folders = ['/mnt/big disk/spacemesh', '/var/lib/docker/volumes/smesh_state/_data', '/home/u/.config/Spacemesh/node-data/7c8cef2b']
    const found = inventory({
      setups,
      nodes: folders.map((folder, at) => node(folder, [id('abc'.charAt(at))], at === 2 ? { mode: 'supervised' } : {})),
      posFolders: [pos('/mnt/north/post amber', id('a')), pos('/mnt/east/post-01', id('b'))],
    })
    const proposals = offered(found)
    expect(proposals.map(({ label, setup }) => [label, setup?.node.owner, setup?.services.map(({ owner }) => owner)])).toEqual([
      ['Smapp', 'smapp', []],
      ['spacemesh.service with 1 service', 'systemd', ['systemd']],
      ['~/smesh/compose.yaml with 1 service', 'docker', ['psm']],
    ])
  })

  it('a preset that is not known is named', async () => {
    const processes: FoundProcess[] = [
      { pid: 1, program: 'go-spacemesh', owner: 'someone', args: ['--preset', 'fastnet', '-d', '/d'], folder: '/d' },
    ]
    const setups = await findSetups({ processes, composeFiles: [], fs: bareFiles({}), platform: linux })
    const [proposal] = offered(inventory({ processes, setups }))
    expect(proposal?.setup).toBeNull()
    expect(proposal?.problems[0]).toMatch(/does not give genesis time, .*K1, K2.* does not know its preset fastnet/)
  })
})

describe('a nickname', () => {
  it.each([
    ['amber.key', 'Amber'],
    ['my-disk_2.key', 'My-disk_2'],
    ['local.key', undefined],
    ['identity.key', undefined],
    ['aaaaaaaa.key', undefined],
    ['.key', undefined],
    [`${'x'.repeat(200)}.key`, `X${'x'.repeat(59)}`],
  ])('comes from the file name: %s', (file, name) => {
    expect(nicknameOf(file, id('a'))).toBe(name)
  })
})

describe('keys and smeshing-start that do not go together', () => {
  it.each([
    [true, 'remote', 'the node refuses to start so'],
    [false, 'supervised', 'stands idle and earns nothing'],
  ] as const)('are told: smeshing-start %s with keys of a %s node', (isSmeshing, mode, problem) => {
    const setup = withNode({ node: { args: [], dataFolder: '/data', listeners, network, isSmeshing } })
    const [proposal] = offered(inventory({ setups: [setup], nodes: [node('/data', [id('a')], { mode })] }))
    expect(proposal?.problems.join('\n')).toContain(problem)
  })
})
