import { describe, expect, it } from 'vitest'
import { addressText, parseAddress } from '../../../../electron/practice/node/bech32.ts'
import { goldenAtxOf } from '../../../../electron/practice/node/genesis.ts'
import { goDuration, goTime, parseGoDuration } from '../../../../electron/practice/node/go-time.ts'
import { goJsonError } from '../../../../electron/practice/node/go-json.ts'

describe('genesis', () => {
  it('gives mainnet the golden ATX that everybody knows', () => {
    const genesisExtra = '00000000000000000001a6bc150307b5c1998045752b3c87eccf3c013036f3cc'
    expect(goldenAtxOf({ genesisMs: Date.parse('2023-07-14T08:00:00Z'), genesisExtra })).toBe(
      '9eebff023abb17ccb775c602daade8ed708f0a50d3149a42801184f5b74f2865',
    )
  })

  it('gives the recorded standalone network its recorded id', () => {
    const golden = goldenAtxOf({ genesisMs: Date.parse('2026-11-21T01:43:31Z'), genesisExtra: 'standalone' })
    expect(golden.slice(0, 40)).toBe('889a402a79fd38cdeca267bb7e7a423e499a23e8')
  })
})

describe('account addresses', () => {
  const recorded = 'standalone1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg'

  it('reads and writes the recorded coinbase', () => {
    const parsed = parseAddress(recorded, 'standalone')
    expect('bytes' in parsed && addressText('standalone', parsed.bytes)).toBe(recorded)
  })

  it('complains in the recorded words about another prefix', () => {
    expect(parseAddress(recorded.replace('standalone', 'sm'), 'standalone')).toEqual({
      complaint: 'error decoding bech32: invalid checksum (expected zpk47y got vqtwcg)',
    })
  })
})

describe('durations', () => {
  it.each([
    ['240h', 864_000_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['-2m', -120_000],
    ['0', 0],
  ])('reads %s', (text, ms) => expect(parseGoDuration(text)).toBe(ms))

  it.each([
    ['5 minutes', 'time: unknown unit " minutes" in duration "5 minutes"'],
    ['5', 'time: missing unit in duration "5"'],
    ['soon', 'time: invalid duration "soon"'],
  ])('refuses %s as Go does', (text, why) => expect(() => parseGoDuration(text)).toThrow(why))

  it.each([
    [37_422.681, '37.422681s'],
    [120_000, '2m0s'],
    [1_800_000, '30m0s'],
    [200, '200ms'],
  ])('writes %s ms as Go prints it', (ms, text) => expect(goDuration(ms)).toBe(text))

  it('prints a time as Go does', () => {
    expect(goTime(Date.parse('2026-11-21T01:49:01Z'))).toBe('2026-11-21 01:49:01 +0000 UTC')
    expect(goTime(Date.parse('2026-11-21T01:49:02.727Z'))).toBe('2026-11-21 01:49:02.727 +0000 UTC')
  })
})

describe('the first error of a JSON text', () => {
  it.each([
    ['{}}', "invalid character '}' after top-level value"],
    ['', 'unexpected end of JSON input'],
    ['{"a": [1, 2', 'unexpected end of JSON input'],
    ['preset: x', "invalid character 'p' looking for beginning of value"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a": 1 "b": 2}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
  ])('of %j is worded as Go words it', (text, why) => expect(goJsonError(text)).toBe(why))

  it.each(['{}', '[]', '{"a": [1, -2.5e3, "x\\"y", null, true]}'])('is none in %s', (text) => expect(goJsonError(text)).toBeUndefined())
})
