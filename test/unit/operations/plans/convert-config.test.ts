import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { convertConfig, furtherConfig, smappConfig, unconvertConfig } from '../../../../electron/operations/plans/convert-config.ts'

const RECORDED = path.resolve(import.meta.dirname, '../../../fixtures/recordings/node-supervised-1.7.6')
const recorded = (name: string): string => readFileSync(path.join(RECORDED, name), 'utf8')

function converted(text: string, options = {}) {
  const result = convertConfig(text, options)
  if (!result.ok) throw new Error(result.fault.detail)
  return result.value
}
function value<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: { readonly detail: string } },
): T {
  if (!result.ok) throw new Error(result.fault.detail)
  return result.value
}

describe('a supervised config', () => {
  it('becomes the one with which the real node went on as a remote one', () => {
    const { text, ...found } = converted(recorded('config-supervised.json'), { postListener: '127.0.0.1:19304' })
    expect(text).toBe(recorded('config-remote.json'))
    expect(found).toEqual({
      proving: { nonces: 16, threads: 1, randomx: 'light' },
      dataDir: '$HOME/spacemesh/n2/post/1',
      coinbase: 'standalone1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg',
      lockFile: '$HOME/spacemesh/n2/node/LOCK',
    })
  })

  it('keeps unknown fields, spelling and every digit of large numbers', () => {
    const text =
      '{\n\t"Smeshing": {"SMESHING-START": true, "smeshing-new": [1]},\n\t"genesis": {"accounts": {"sm1": 18446744073709551615}}\n}'
    const { text: after } = converted(text)
    expect(after).toContain('18446744073709551615')
    expect(JSON.parse(after)).toMatchObject({ Smeshing: { 'SMESHING-START': false, 'smeshing-new': [1] } })
    expect(after).not.toContain('smeshing-start')
    expect(after).toContain('\n\t"Smeshing"')
  })

  it('gets smeshing off and a fixed post listener when it says nothing', () => {
    const { text, proving, dataDir, coinbase } = converted('{}')
    expect(JSON.parse(text)).toEqual({ smeshing: { 'smeshing-start': false }, api: { 'grpc-post-listener': '127.0.0.1:9094' } })
    expect([proving, dataDir, coinbase]).toEqual([{}, undefined, undefined])
  })

  it('takes a coinbase only where it has none', () => {
    expect(converted('{}', { coinbase: 'sm1new' }).coinbase).toBe('sm1new')
    expect(converted('{"smeshing":{"smeshing-coinbase":"sm1old"}}', { coinbase: 'sm1new' }).coinbase).toBe('sm1old')
  })

  it('tells of a public listener that others reach and leaves it', () => {
    expect(converted('{}').openListener).toBe('0.0.0.0:9092')
    const open = converted('{"api":{"grpc-public-listener":"0.0.0.0:9999"}}')
    expect(open.openListener).toBe('0.0.0.0:9999')
    expect(JSON.parse(open.text)).toMatchObject({ api: { 'grpc-public-listener': '0.0.0.0:9999' } })
    expect(converted('{"api":{"grpc-public-listener":"[::1]:9092"}}').openListener).toBeUndefined()
  })

  it.each(['0.0.0.0:9094', '127.0.0.1:0', '127.0.0.1', 'node.example:9094', '127.0.0.1:70000', ''])(
    'is refused with the post listener “%s”',
    (postListener) => {
      const result = convertConfig('{}', { postListener })
      expect(result.ok ? '' : result.fault.code).toBe('convert/post-listener')
    },
  )

  it.each([
    ['preset: mainnet', 'convert/not-json', /as a JSON object, which every node reads/],
    ['[]', 'convert/not-json', /is no JSON object/],
    ['{"api":{},"API":{}}', 'convert/duplicate-key', /API in two spellings/],
  ])('is refused as %s', (text, code, words) => {
    const result = convertConfig(text)
    expect(result.ok ? '' : [result.fault.code, result.fault.detail]).toEqual([code, expect.stringMatching(words) as string])
  })
})

describe('a config made supervised again', () => {
  const options = {
    coinbase: 'sm1',
    dataDir: '/pos',
    numUnits: 4,
    maxFileBytes: 4_294_967_296,
    provider: 0,
    proving: { nonces: 288, threads: 3, randomx: 'fast' },
  } as const

  it('says everything that a supervised node needs', () => {
    expect(JSON.parse(value(unconvertConfig('{"preset":"mainnet"}', options)))).toEqual({
      preset: 'mainnet',
      smeshing: {
        'smeshing-start': true,
        'smeshing-coinbase': 'sm1',
        'smeshing-opts': {
          'smeshing-opts-datadir': '/pos',
          'smeshing-opts-numunits': 4,
          'smeshing-opts-maxfilesize': 4_294_967_296,
          'smeshing-opts-provider': 0,
        },
        'smeshing-proving-opts': {
          'smeshing-opts-proving-nonces': 288,
          'smeshing-opts-proving-threads': 3,
          'smeshing-opts-proving-randomx-mode': 'fast',
        },
      },
    })
  })

  it('comes back the same when it is converted', () => {
    const back = converted(value(unconvertConfig(recorded('config-remote.json'), options)), { postListener: '127.0.0.1:19304' })
    expect(back).toMatchObject({ proving: options.proving, dataDir: '/pos', coinbase: 'sm1' })
    expect(back.text).toBe(recorded('config-remote.json').replace(/standalone1\w+/, 'sm1'))
  })
})

describe('the config of a further node', () => {
  const further = {
    dataFolder: '/b',
    lockFile: '/b/LOCK',
    listeners: { public: '127.0.0.1:1', private: '127.0.0.1:2', post: '127.0.0.1:3' },
    p2pPort: 7514,
  }

  it('shares network and PoETs, and nothing that two nodes cannot share', () => {
    const after = JSON.parse(value(furtherConfig(recorded('config-supervised.json'), further))) as Record<string, unknown>
    const before = JSON.parse(recorded('config-supervised.json')) as Record<string, Record<string, unknown>>
    expect(after['genesis']).toEqual(before['genesis'])
    expect(after).toMatchObject({
      main: { 'data-folder': '/b', filelock: '/b/LOCK', 'poet-servers': before['main']?.['poet-servers'] },
      api: { 'grpc-public-listener': '127.0.0.1:1', 'grpc-private-listener': '127.0.0.1:2', 'grpc-post-listener': '127.0.0.1:3' },
      p2p: { listen: '/ip4/127.0.0.1/tcp/7514', 'disable-natport': true },
      smeshing: { 'smeshing-start': false, 'smeshing-coinbase': before['smeshing']?.['smeshing-coinbase'] },
    })
    expect(JSON.stringify(after)).not.toMatch(/advertise-address|smeshing-opts|19313/)
  })

  it('gives up listeners and metrics that are of the other', () => {
    const text =
      '{"main":{"metrics":true},"api":{"grpc-json-listener":"0.0.0.0:9095"},"p2p":{"listen":["/ip4/0.0.0.0/tcp/7513","/ip4/0.0.0.0/udp/7513/quic-v1"]}}'
    expect(JSON.parse(value(furtherConfig(text, further)))).toMatchObject({
      main: { metrics: false },
      api: { 'grpc-json-listener': '' },
      p2p: { listen: ['/ip4/0.0.0.0/tcp/7514', '/ip4/0.0.0.0/udp/7514/quic-v1'] },
    })
    expect(JSON.parse(value(furtherConfig('{}', further)))).toMatchObject({ p2p: { listen: '/ip4/0.0.0.0/tcp/7514' } })
  })
})

describe('Smapp’s effective config', () => {
  it('has whole sections of the custom one', () => {
    const merged = '{"main":{"a":1},"smeshing":{"smeshing-start":false,"smeshing-coinbase":"sm1old"}}'
    const custom = '{"smeshing":{"smeshing-start":true}}'
    expect(JSON.parse(smappConfig(merged, custom) ?? '')).toEqual({ main: { a: 1 }, smeshing: { 'smeshing-start': true } })
    expect([smappConfig(null, custom), smappConfig(merged, null), smappConfig(merged, '{'), smappConfig(null, null)]).toEqual([
      custom,
      merged,
      merged,
      null,
    ])
  })
})
