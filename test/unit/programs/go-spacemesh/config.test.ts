import { describe, expect, it } from 'vitest'
import {
  nodeArguments,
  nodeProcess,
  ownNodeConfig,
  prepareOwnConfig,
  serviceProcess,
  type ConfigFiles,
} from '../../../../electron/programs/index.ts'
import { aNode, aService, mainnet } from '../builders.ts'
import { recording } from '../recordings.ts'

type Json = Record<string, Record<string, unknown>>
const own = (text: string, more: Record<string, unknown> = {}, mode?: 'remote' | 'supervised') => {
  const made = ownNodeConfig(text, 'config.json', aNode(more), mode)
  if (!made.ok) throw new Error(made.fault.detail)
  return { ...made.value, json: JSON.parse(made.value.text) as Json }
}

describe('our config from the user’s', () => {
  it('puts the set-up over it and keeps all the rest', () => {
    const user = JSON.parse(recording('node-1n-1.8.3/config.json')) as Json
    const { json, poets, preset } = own(recording('node-1n-1.8.3/config.json'), {
      lockFile: '/data/LOCK',
      logLevels: { nipostBuilder: 'debug' },
    })
    expect(json['api']).toEqual({
      'grpc-public-listener': '127.0.0.1:9092',
      'grpc-private-listener': '127.0.0.1:9093',
      'grpc-post-listener': '127.0.0.1:9094',
    })
    expect(json['main']).toEqual({ ...user['main'], 'data-folder': '/data/spacemesh', filelock: '/data/LOCK' })
    expect(json['smeshing']).toEqual({ 'smeshing-start': false, 'smeshing-coinbase': 'sm1qqqqqq' })
    expect(json['logging']).toEqual({ 'log-encoder': 'json', nipostBuilder: 'debug' })
    for (const section of ['genesis', 'post', 'p2p', 'preset']) expect(json[section]).toEqual(user[section])
    expect([poets, preset]).toEqual([['http://127.0.0.1:20100'], 'standalone'])
  })

  it('{} is mainnet', () => {
    const { json, poets } = own('{}')
    expect(Object.keys(json)).toEqual(['main', 'api', 'smeshing', 'logging'])
    expect(json['main']).toEqual({ 'data-folder': '/data/spacemesh' })
    expect(poets).toEqual([])
  })

  it('makes no second key where one is spelled in other case', () => {
    const { json } = own('{"API":{"GRPC-Post-Listener":"127.0.0.1:0","x":1},"Smeshing":{"SMESHING-START":true}}')
    expect(json['API']).toMatchObject({ 'GRPC-Post-Listener': '127.0.0.1:9094', x: 1 })
    expect(json['Smeshing']?.['SMESHING-START']).toBe(false)
    expect(json['api']).toBeUndefined()
    expect(json['smeshing']).toBeUndefined()
  })

  it('refuses one key in two spellings: the node would take either', () => {
    const made = ownNodeConfig('{"api":{},"API":{}}', 'c.json', aNode())
    expect(made).toMatchObject({ ok: false, fault: { code: 'node-config/duplicate-key' } })
  })

  it('changes no digit of a large number', () => {
    const { text } = own('{"genesis":{"accounts":{"sm1a":88818783000000001}},"main":{"tick-size":18446744073709551615,"x":1.0}}')
    expect(text).toContain('88818783000000001')
    expect(text).toContain('18446744073709551615')
    expect(text).toContain('1.0')
  })

  it('leaves smeshing-start alone for a node that runs its own service', () => {
    expect(own('{"smeshing":{"smeshing-start":true}}', {}, 'supervised').json['smeshing']?.['smeshing-start']).toBe(true)
  })

  it('tells of a missing coinbase and an open listener', () => {
    const node = aNode({ listeners: { public: '0.0.0.0:9092', private: '127.0.0.1:9093', post: '127.0.0.1:9094' } })
    const made = ownNodeConfig('{}', 'c.json', { ...node, coinbase: undefined })
    expect(made.ok && made.value.remarks).toEqual(['no-coinbase', 'public-listener-open'])
  })

  it.each([
    ['main:\n  data-folder: /x\n', 'config.yaml', 'node-config/not-json', /YAML.*JSON/],
    ['[main]\n', 'config.toml', 'node-config/not-json', /TOML/],
    ['{"a":1}}', 'config.json', 'node-config/invalid', /not valid JSON/],
    ['', 'config.json', 'node-config/invalid', /not valid JSON/],
    ['[]', 'config.json', 'node-config/invalid', /\{\} alone means mainnet/],
  ])('%j in %s is explained', (text, name, code, detail) => {
    const made = ownNodeConfig(text, name, aNode())
    expect(made.ok).toBe(false)
    if (!made.ok) expect([made.fault.code, made.fault.detail]).toEqual([code, expect.stringMatching(detail)])
  })

  it('reads a file with a byte order mark', () => {
    expect(own('\uFEFF{"preset":"testnet"}').preset).toBe('testnet')
  })
})

class FakeFiles implements ConfigFiles {
  readonly content = new Map<string, string>()
  writes = 0
  read(file: string): string {
    const text = this.content.get(file)
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' })
    return text
  }
  write(file: string, text: string): void {
    this.writes += 1
    this.content.set(file, text)
  }
}

describe('writing it', () => {
  it('never touches the user’s file and writes ours only when it changes', () => {
    const files = new FakeFiles()
    files.content.set('/home/u/config.json', '{ "p2p": {} }')
    const first = prepareOwnConfig(aNode(), '/keep/config', { files })
    expect(first).toMatchObject({ ok: true, value: { file: '/keep/config/node-config.json' } })
    prepareOwnConfig(aNode(), '/keep/config', { files })
    expect(files.writes).toBe(1)
    expect(files.content.get('/home/u/config.json')).toBe('{ "p2p": {} }')
  })

  it('says what is wrong with the files', () => {
    const files = new FakeFiles()
    expect(prepareOwnConfig(aNode(), '/keep', { files })).toMatchObject({ fault: { code: 'node-config/missing' } })
    expect(prepareOwnConfig(aNode({ configFile: '/keep/node-config.json' }), '/keep', { files })).toMatchObject({
      fault: { code: 'node-config/not-written' },
    })
    files.content.set('/home/u/config.json', '{}')
    files.write = () => {
      throw new Error('ENOSPC')
    }
    expect(prepareOwnConfig(aNode(), '/keep', { files })).toMatchObject({ fault: { code: 'node-config/not-written' } })
  })
})

describe('a process as data', () => {
  const launcher = (binary: string) =>
    binary.startsWith('practice:')
      ? { file: '/opt/smeshkeeper', prefixArgs: ['--peer', binary], env: { PRACTICE: '1' } }
      : { file: binary, prefixArgs: [], env: {} }
  const paths = { logs: '/keep/logs', config: '/keep/config' }
  const files = new FakeFiles()
  files.content.set('/home/u/config.json', '{}')

  it('the node', () => {
    const plan = nodeProcess({ node: aNode({ extraArgs: ['--metrics'] }), network: mainnet, paths, launcher, version: 'v1.8.3', files })
    expect(plan).toEqual({
      ok: true,
      value: {
        name: 'node',
        file: '/opt/go-spacemesh',
        args: ['--config', '/keep/config/node-config.json', '--metrics'],
        env: {},
        cwd: '/home/u',
        logFile: '/keep/logs/node.log',
        policy: { readyWithinMs: 360_000, stopWaitMs: 150_000 },
      },
    })
    const older = nodeProcess({ node: aNode(), network: mainnet, paths, launcher, version: 'v1.7.6', files })
    expect(older.ok && older.value.policy).toEqual({ readyWithinMs: 1_200_000, stopWaitMs: 60_000 })
  })

  it('a service, and a simulated one', () => {
    const plan = serviceProcess({
      service: aService({ binary: 'practice:post-service' }),
      network: mainnet,
      paths,
      launcher,
      version: undefined,
    })
    expect(plan.ok && plan.value).toMatchObject({
      name: 'service-91b891b891b8',
      file: '/opt/smeshkeeper',
      env: { PRACTICE: '1', RUST_LOG: 'info' },
      logFile: '/keep/logs/service-91b891b891b8.log',
      policy: { readyWithinMs: 20_000, stopWaitMs: 5_000 },
    })
    expect(plan.ok && plan.value.args.slice(0, 3)).toEqual(['--peer', 'practice:post-service', '--dir'])
  })

  it('extra arguments may not overrule the set-up', () => {
    for (const arg of ['--config=x', '-d', '-c/x', '--smeshing-start', '--grpc-post-listener=0.0.0.0:1']) {
      expect(nodeArguments(aNode({ extraArgs: [arg] }), '/c')).toMatchObject({ fault: { code: 'node/argument-owned' } })
    }
  })
})
