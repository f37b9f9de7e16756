import { describe, expect, it } from 'vitest'
import { findSmapp, smappFolder } from '../../../electron/interop/smapp.ts'
import { findUnits } from '../../../electron/interop/systemd.ts'
import { readComposeFile } from '../../../electron/interop/compose.ts'
import { findSetups, startersOf } from '../../../electron/interop/index.ts'
import type { FoundProcess } from '../../../shared/domain/inventory.ts'
import { bareFiles, linux, machineFiles } from './machine.ts'

const SMAPP = '/home/u/.config/Spacemesh'
const COMPOSE = '/home/u/smesh/compose.yaml'

describe('Smapp', () => {
  it('is found with its node, its PoS folder, its proving options and its wallets', () => {
    expect(findSmapp(machineFiles(), linux)).toEqual([
      {
        kind: 'smapp',
        owner: 'smapp',
        label: 'Smapp',
        file: `${SMAPP}/node-config.json`,
        isAutomatic: true,
        problems: [],
        walletFiles: [`${SMAPP}/my_wallet_0_2023-07-14T12-00-00.000Z.json`],
        node: expect.objectContaining({
          dataFolder: `${SMAPP}/node-data/7c8cef2b`,
          // The custom section replaces the merged one whole.
          coinbase: 'sm1qqqqqqxjq5nkqmvnqnkl0t9hz8shwkuhqdervnchju963',
          isSmeshing: true,
          logFile: `${SMAPP}/spacemesh-log-7c8cef2b.txt`,
          network: expect.objectContaining({ isMainnet: true, layersPerEpoch: 4032 }),
        }),
        services: [{ posFolder: '/mnt/west/post/7c8cef2b', nonces: 144, threads: 5, args: [] }],
      },
    ])
  })

  it('takes a section of the custom config whole: what the merged one has more in it does not count', () => {
    const merged = '{"smeshing":{"smeshing-proving-opts":{"smeshing-opts-proving-nonces":16,"smeshing-opts-proving-threads":1}}}'
    const custom = '{"smeshing":{"smeshing-coinbase":"sm1x","smeshing-start":true}}'
    const [setup] = findSmapp(
      machineFiles({ [`${SMAPP}/node-config.json`]: merged, [`${SMAPP}/node-config.7c8cef2b.json`]: custom }),
      linux,
    )
    expect(setup?.services).toEqual([{ posFolder: '/home/u/post/7c8cef2b', args: [] }])
  })

  it('that is not installed is no set-up', () => {
    expect(findSmapp(bareFiles({}), linux)).toEqual([])
    expect(findSmapp(bareFiles({ [`${SMAPP}/config.json`]: '{}' }), linux)).toEqual([])
  })

  it('with a truncated config says so and guesses nothing', () => {
    const custom = `${SMAPP}/node-config.7c8cef2b.json`
    const [setup] = findSmapp(machineFiles({ [custom]: '{ "smeshing": { "smeshing-coin', [`${SMAPP}/config.json`]: '\u0000\u0001' }), linux)
    expect(setup?.problems[0]).toContain(`${SMAPP}/config.json is not understood`)
    expect(setup?.problems[1]).toContain(`${custom} is not understood`)
    expect(setup?.isAutomatic).toBe(false)
    expect(setup?.node?.dataFolder).toBe(`${SMAPP}/node-data/7c8cef2b`)
  })

  it('with wallets alone is told for their sake', () => {
    const [setup] = findSmapp(bareFiles({ [`${SMAPP}/wallet_1.json`]: '{}' }), linux)
    expect(setup).toMatchObject({ services: [], walletFiles: [`${SMAPP}/wallet_1.json`] })
    expect(setup?.node).toBeUndefined()
  })

  it('has its folder where the platform puts it', () => {
    expect(smappFolder({ ...linux, env: { XDG_CONFIG_HOME: '/cfg' } })).toBe('/cfg/Spacemesh')
    expect(smappFolder({ ...linux, os: 'darwin', home: '/Users/u' })).toBe('/Users/u/Library/Application Support/Spacemesh')
    expect(smappFolder({ ...linux, os: 'win32', home: 'C:\\Users\\U', env: {} })).toBe('C:\\Users\\U\\AppData\\Roaming\\Spacemesh')
  })
})

describe('units', () => {
  const units = findUnits(machineFiles(), linux)
  const named = (name: string) => units.find(({ label }) => label.startsWith(name))

  it('of a node are read over continued lines, comments and quotes, relative to their working folder', () => {
    expect(named('spacemesh.service')).toMatchObject({
      owner: 'systemd',
      file: '/etc/systemd/system/spacemesh.service',
      isAutomatic: true,
      problems: [],
      node: {
        binary: '/opt/spacemesh/go-spacemesh',
        dataFolder: '/mnt/big disk/spacemesh',
        configFile: '/home/u/node/config.json',
        lockFile: '/home/u/node/LOCK',
        listeners: { public: '0.0.0.0:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' },
        isSmeshing: false,
        logFile: '/var/log/spacemesh.log',
        unit: 'spacemesh.service',
        network: { isMainnet: true, poet: { phaseShiftMs: 288 * 3_600_000, cycleGapMs: 24 * 3_600_000, gracePeriodMs: 2 * 3_600_000 } },
      },
    })
  })

  it('of a service are read with their variables, their drop-ins and behind nice', () => {
    expect(named('post-north.service')).toMatchObject({
      isAutomatic: false,
      problems: [],
      services: [
        {
          posFolder: '/mnt/north/post amber',
          nodeAddress: 'http://127.0.0.1:9094',
          threads: 4,
          nonces: 288,
          randomx: 'light',
          operator: '127.0.0.1:50051',
          logFile: '/var/log/post-north.log',
          unit: 'post-north.service',
        },
      ],
    })
  })

  it('of a template are its instances, here of the user', () => {
    expect(named('post@south.service')).toMatchObject({
      isAutomatic: true,
      label: 'post@south.service (of the user)',
      services: [{ posFolder: '/mnt/south/pos', pinnedCores: [0, 1, 2], binary: '/home/u/smesh/post-service' }],
    })
    expect(named('post@.service')).toBeUndefined()
  })

  it('that run a script which speaks of a node are told, and what it does is not guessed', () => {
    const setup = named('by-script.service')
    expect(setup?.node).toBeUndefined()
    expect(setup?.problems[0]).toContain('/home/u/node/start.sh, which speaks of go-spacemesh')
  })

  it('that have nothing to do with this network are none', () => {
    expect(named('other.service')).toBeUndefined()
    expect(units).toHaveLength(4)
  })

  it('with a variable that nobody gives leave its flag out and say so', () => {
    const file = '/etc/systemd/system/post-north.service'
    const text =
      '[Service]\nEnvironmentFile=/root/secret\nExecStart=/opt/post-service --dir=${POS}/x --address http://127.0.0.1:9094 --threads 1\n'
    const setup = findUnits(bareFiles({ [file]: text }), linux)[0]
    expect(setup?.services[0]?.posFolder).toBeUndefined()
    expect(setup?.problems[0]).toContain('$POS in the command of post-north.service is not known (/root/secret could not be read)')
  })

  it('that are masked, emptied by a drop-in, or ours are none', () => {
    const start = '[Service]\nExecStart=/opt/go-spacemesh -d /x\n'
    const found = findUnits(
      bareFiles({
        '/etc/systemd/system/a.service.d/off.conf': '[Service]\nExecStart=\n',
        '/usr/lib/systemd/system/a.service': start,
        '/run/systemd/transient/smeshkeeper-default-node.service': start,
        '/etc/systemd/system/node.service': start,
        '/etc/systemd/system/node.service.d/10.conf': '[Service]\nExecStart=\nExecStart=/opt/go-spacemesh -d /y\n',
      }),
      linux,
    )
    expect(found.map(({ label, node }) => [label, node?.dataFolder])).toEqual([['node.service', '/y']])
  })

  it('are asked for on Linux only', () => {
    expect(findUnits(machineFiles(), { ...linux, os: 'darwin' })).toEqual([])
  })
})

describe('a compose file', () => {
  const [setup, ...more] = readComposeFile(COMPOSE, machineFiles(), linux)

  it('gives the node with paths and ports as they are outside', () => {
    expect(more).toEqual([])
    expect(setup).toMatchObject({
      kind: 'compose',
      owner: 'docker',
      label: '~/smesh/compose.yaml',
      isAutomatic: true,
      node: {
        dataFolder: '/var/lib/docker/volumes/smesh_state/_data',
        configFile: '/home/u/smesh/config/config.json',
        coinbase: 'sm1x',
        listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9193', post: '127.0.0.1:9194' },
        unit: 'smh-node-01',
      },
    })
  })

  it('gives the services with merge keys, defaults and .env put in', () => {
    expect(setup?.services).toMatchObject([
      { posFolder: '/mnt/east/post-01', nonces: 288, threads: 0, randomx: 'fast', operator: '127.0.0.1:9101', unit: 'smh-post-01' },
      { posFolder: '/home/u/post-02', threads: 2, unit: 'smh-post-02' },
    ])
    expect(setup?.services[1]?.operator).toBeUndefined()
    expect(setup?.problems.join('\n')).toContain('smh-post-02 does not publish its operator address')
  })

  it('that is a bomb, no YAML, or without its variables is a problem', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((c, i) => `${c}: &${c} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(',')}]`)
      .join('\n')}\nservices: { n: { image: go-spacemesh } }\n`
    const read = (text: string) => readComposeFile(COMPOSE, bareFiles({ [COMPOSE]: text }), linux)
    expect(read(bomb)[0]?.problems[0]).toContain('beyond reason')
    expect(read('services: [go-spacemesh')[0]?.problems[0]).toContain('not valid YAML')
    expect(read(`${'['.repeat(5_000)} go-spacemesh`)[0]?.problems[0]).toMatch(/beyond reason|not valid YAML/)
    expect(read('services:\n  n: { image: go-spacemesh, command: "-d ${WHERE}/x" }')[0]?.problems[0]).toContain('$WHERE')
    expect(read('services: { web: { image: nginx } }')).toEqual([])
    expect(read('- go-spacemesh')).toEqual([])
    expect(read('# spacemesh\n'.repeat(30_000))[0]?.problems[0]).toContain('far larger than any compose file')
    expect(readComposeFile('/nowhere.yaml', bareFiles({}), linux)).toEqual([])
  })

  it('tells which listeners of a container nobody outside can reach', () => {
    const text =
      'services:\n  n:\n    image: go-spacemesh\n    command: -d /d\n    volumes: [/srv:/d]\n    ports: ["9092:9092", "9093:9093"]\n'
    const [setup] = readComposeFile(COMPOSE, bareFiles({ [COMPOSE]: text }), linux)
    // Published, but the node listens on the loopback of its container only.
    expect(setup?.node?.listeners).toEqual({ public: '127.0.0.1:9092' })
    expect(setup?.problems.join('\n')).toContain('does not publish its private listener (127.0.0.1:9093)')
  })

  it('with a host network has the addresses of the machine', () => {
    const text =
      'services:\n  n:\n    image: spacemeshos/go-spacemesh\n    network_mode: host\n    command: [--config, /c/x.json]\n    volumes: ["/srv:/c"]\n'
    const [host] = readComposeFile(COMPOSE, bareFiles({ [COMPOSE]: text, '/srv/x.json': '{"main":{"data-folder":"/c/data"}}' }), linux)
    expect(host?.node).toMatchObject({ dataFolder: '/srv/data', listeners: { public: '127.0.0.1:9092', private: '127.0.0.1:9093' } })
  })
})

const process = (parts: Partial<FoundProcess>): FoundProcess => ({ pid: 1, program: 'go-spacemesh', owner: 'someone', args: [], ...parts })

describe('all set-ups', () => {
  it('name PSM with the containers that it starts and the services of its script', async () => {
    const running = process({
      pid: 4711,
      program: 'post-service',
      cwd: '/home/u/psm',
      folder: '/home/u/psm/amber',
      args: ['--dir', './amber', '--address', 'http://127.0.0.1:9094', '--threads', '1'],
    })
    const setups = await findSetups({ processes: [running], composeFiles: [COMPOSE], fs: machineFiles(), platform: linux })
    const psm = setups.filter(({ kind }) => kind === 'psm')
    expect(psm).toMatchObject([
      {
        file: '/mnt/psm/node-01/config.json',
        isAutomatic: true,
        services: [
          { unit: 'smh-post-01', posFolder: '/mnt/east/post-01' },
          { unit: 'smh-post-09', operator: '10.0.0.9:9100' },
        ],
      },
      {
        file: '/home/u/psm/sm-psm-config.txt',
        services: [
          { unit: 'amber.key', pid: 4711, posFolder: '/home/u/psm/amber', operator: '127.0.0.1:50001' },
          { unit: 'birch', operator: '127.0.0.1:50002' },
        ],
      },
    ])
    expect(psm[1]?.problems).toHaveLength(1)
    expect(setups.filter(({ kind }) => kind === 'process')).toEqual([])
  })

  it('fill in what a running unit was really given, and its pid', async () => {
    const setups = await findSetups({
      processes: [
        process({
          pid: 7,
          owner: 'systemd',
          ownerLabel: 'by-script.service',
          cwd: '/home/u/node',
          folder: '/home/u/spacemesh',
          args: ['-d', '/home/u/spacemesh'],
          binary: '/home/u/node/go-spacemesh',
          logFile: '/home/u/node/node.log',
        }),
        process({
          pid: 8,
          program: 'post-service',
          owner: 'docker',
          ownerLabel: 'container 0123',
          folder: '/mnt/east/post-01',
          args: ['--dir', '/root/post', '--operator-address', '0.0.0.0:9100'],
        }),
      ],
      composeFiles: [COMPOSE],
      fs: machineFiles(),
      platform: linux,
    })
    expect(setups.find(({ label }) => label === 'by-script.service')).toMatchObject({
      problems: [],
      node: { pid: 7, dataFolder: '/home/u/spacemesh', logFile: '/home/u/node/node.log' },
    })
    // In a container only the pid is news: its addresses are the inside's.
    expect(setups.find(({ kind }) => kind === 'compose')?.services[0]).toMatchObject({ pid: 8, operator: '127.0.0.1:9101' })
    expect(setups.filter(({ kind }) => kind === 'process')).toEqual([])
  })

  it('make one of a plain node and the service that it runs itself, and leave ours out', async () => {
    const config = '{"smeshing":{"smeshing-start":true,"smeshing-opts":{"smeshing-opts-datadir":"/p"}}}'
    const setups = await findSetups({
      processes: [
        process({ pid: 2, cwd: '/w', folder: '/home/u/spacemesh', args: ['--config', 'c.json'] }),
        process({
          pid: 3,
          program: 'post-service',
          folder: '/p',
          args: ['--dir', '/p', '--address', 'http://127.0.0.1:31004', '--threads', '1'],
        }),
        process({ pid: 4, owner: 'smeshkeeper', folder: '/ours' }),
        process({ pid: 5, program: 'postcli', folder: '/q' }),
      ],
      composeFiles: [],
      fs: bareFiles({ '/w/c.json': config }),
      platform: linux,
    })
    expect(setups).toMatchObject([
      {
        kind: 'process',
        label: 'go-spacemesh, process 2',
        node: { pid: 2, dataFolder: '/home/u/spacemesh', isSmeshing: true },
        services: [{ pid: 3, nodeAddress: 'http://127.0.0.1:31004' }],
      },
    ])
  })

  it('never take a path in a container for one of this machine', async () => {
    const inside = process({ pid: 6, owner: 'docker', ownerLabel: 'container 0123', args: ['--config', '/c/c.json', '-d', '/root/mesh'] })
    const search = {
      processes: [inside],
      composeFiles: [],
      fs: bareFiles({ '/c/c.json': '{"main":{"filelock":"/wrong"}}', '/srv/c/c.json': '{"main":{"filelock":"/c/LOCK"}}' }),
      platform: linux,
    }
    const [blind] = await findSetups(search)
    expect(blind?.node?.lockFile).toBeUndefined()
    expect(blind?.node?.dataFolder).toBeUndefined()
    expect(blind?.problems.join('\n')).toContain('config /c/c.json cannot be found from here')
    const [seeing] = await findSetups({ ...search, pathsIn: () => (one) => `/srv${one}` })
    expect(seeing?.node).toMatchObject({ lockFile: '/srv/c/LOCK', dataFolder: '/srv/root/mesh', configFile: '/srv/c/c.json' })
  })

  it('follow links where the caller can', async () => {
    const setups = await findSetups({
      processes: [],
      composeFiles: [],
      fs: machineFiles(),
      platform: linux,
      resolve: (folder) => folder.replace('/mnt/big disk', '/media/disk'),
    })
    expect(setups.find(({ label }) => label === 'spacemesh.service')?.node?.dataFolder).toBe('/media/disk/spacemesh')
  })

  it('name what starts a node on a folder', async () => {
    const setups = await findSetups({ processes: [], composeFiles: [COMPOSE], fs: machineFiles(), platform: linux })
    expect(startersOf('/mnt/big disk/spacemesh/', setups, [])).toEqual([
      { owner: 'systemd', label: 'spacemesh.service', file: '/etc/systemd/system/spacemesh.service', isAutomatic: true },
    ])
    expect(startersOf('/home/u/spacemesh', setups, [process({ pid: 9, folder: '/home/u/spacemesh' })])).toEqual([
      { owner: 'someone', label: 'go-spacemesh, process 9', isAutomatic: false },
    ])
    expect(startersOf('/nowhere', setups, [])).toEqual([])
  })
})
