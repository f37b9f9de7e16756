import { describe, expect, it } from 'vitest'
import { checkCoinbase } from '../../../shared/domain/coinbase.ts'

/** Addresses that real nodes took, as recorded. */
const SM = 'sm1qqqqqqylyl2l0zsmmax0wnutt4dwnrkcwef5eeq3xladz'
const STANDALONE = ['standalone1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg', 'standalone1qqqqqqpjqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqyr56fp']

const whyNot = (text: string, prefix = 'sm'): string => {
  const checked = checkCoinbase(text, prefix)
  expect(checked).toMatchObject({ ok: false, fault: { code: 'coinbase/invalid' } })
  return checked.ok ? '' : checked.fault.detail
}

describe('an address for rewards', () => {
  it('is taken as wallets give it: with spaces around it, in capitals', () => {
    expect(checkCoinbase(` ${SM}\n`, 'sm')).toEqual({ ok: true, value: SM })
    expect(checkCoinbase(SM.toUpperCase(), 'sm')).toEqual({ ok: true, value: SM })
    for (const address of STANDALONE) expect(checkCoinbase(address, 'standalone')).toEqual({ ok: true, value: address })
  })

  it('is refused when any one character is another', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
    for (let at = 3; at < SM.length; at += 1)
      for (const char of alphabet) {
        if (char === SM[at]) continue
        expect(checkCoinbase(SM.slice(0, at) + char + SM.slice(at + 1), 'sm').ok).toBe(false)
      }
  })

  it.each([
    ['', 'Nothing was given'],
    [`${SM.slice(0, 20)} ${SM.slice(20)}`, 'There are spaces in it'],
    ['0x52908400098527886E0F7030069857D2E4169EE7', 'another coin'],
    ['a1'.repeat(32), 'a public key or an id'],
    ['a1'.repeat(64), 'looks like a private key: keep it secret'],
    [`S${SM.slice(1)}`, 'mixes small and capital letters'],
    [SM.slice(0, -1), 'has 47 characters; an address here has 48. Some are missing'],
    [`${SM}q`, 'There are too many'],
    [SM.replace('z', 'b'), 'It holds “b”, which no address has'],
    [SM.replace('zsm', 'zms'), 'Its checksum is wrong'],
    ['sm1qqqqqqp3qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqvqtwcg', 'Its checksum is wrong'],
    ['hello', 'It is no address'],
  ])('says what is wrong with “%s”', (text, why) => {
    expect(whyNot(text)).toContain(why)
  })

  it('names the network that an address of elsewhere belongs to', () => {
    expect(whyNot(STANDALONE[0] ?? '')).toBe(
      'It begins with standalone1, so it is an address of a stand-alone node. This node is on mainnet: give one that begins with sm1.',
    )
    expect(whyNot(SM, 'stest')).toContain('This node is on a testnet: give one that begins with stest1.')
  })
})
