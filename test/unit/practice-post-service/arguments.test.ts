import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../electron/practice/post-service/arguments.ts'
import { recordings } from '../../conform/scenario.ts'

const needed = ['--dir', 'd', '--address', 'http://h:1', '--threads', '1']

describe('the arguments of the practice post-service', () => {
  it.each(['0.8.5', '0.7.13'] as const)('print the recorded help of %s', (version) => {
    const help = readFileSync(path.join(recordings, `help/post-service-${version}.txt`), 'utf8')
    expect(parseArguments(['--help'], version)).toEqual({ exit: { code: 0, stdout: help } })
  })

  it('print the version under the name service', () => {
    expect(parseArguments(['-V'], '0.7.13')).toEqual({ exit: { code: 0, stdout: 'service 0.7.13\n' } })
  })

  it('take short options, equal signs and lists of cores', () => {
    const parsed = parseArguments(['-dpos', '-a=http://h:1', '--pinned-cores', '0,1', '3', '--k1=12', '-n', '2'], '0.8.5')
    expect(parsed).toMatchObject({
      run: { dir: 'pos', address: 'http://h:1', pinnedCores: [0, 1, 3], k1: 12, scrypt: { n: 2, r: 1, p: 1 } },
    })
  })

  it('keep the defaults of the main network', () => {
    expect(parseArguments(needed, '0.8.5')).toMatchObject({
      run: { minNumUnits: 4, maxNumUnits: 4_294_967_295, k1: 26, k2: 37, nonces: 128, randomxMode: 'Fast', reconnectIntervalS: 5 },
    })
  })

  it.each([
    [['--k1', '-1'], "error: a value is required for '--k1 <K1>' but none was supplied"],
    [['--k1', 'x'], "error: invalid value 'x' for '--k1 <K1>': invalid digit found in string"],
    [['--threads', '2'], "error: the argument '--threads <THREADS>' cannot be used multiple times"],
    [
      ['--operator-address', '127.0.0.1:70000'],
      "error: invalid value '127.0.0.1:70000' for '--operator-address <OPERATOR_ADDRESS>': invalid socket address syntax",
    ],
    [['stray'], "error: unexpected argument 'stray' found"],
    [['--ca-cert', 'ca.pem'], 'error: the following required arguments were not provided:\n  --cert <CERT>\n  --key <KEY>'],
  ])('refuse %j with exit 2', (more, text) => {
    const parsed = parseArguments([...needed, ...more], '0.8.5')
    expect(parsed).toMatchObject({ exit: { code: 2 } })
    expect('exit' in parsed ? parsed.exit.stderr : '').toContain(text)
  })

  it('do not know remote k2pow before 0.8', () => {
    const parsed = parseArguments([...needed, '--remote-k2pow', 'http://h'], '0.7.13')
    expect('exit' in parsed ? parsed.exit.stderr : '').toContain("unexpected argument '--remote-k2pow' found")
  })

  it('accept an IPv6 operator address', () => {
    expect(parseArguments([...needed, '--operator-address', '[::1]:0'], '0.8.5')).toMatchObject({ run: { operatorAddress: '[::1]:0' } })
  })
})
