import { fail, ok, type Result } from './fault.ts'

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const CHECK_CHARS = 6
/** @source facts/identity-and-keys.md §7: 24 bytes, in groups of 5 bits */
const ADDRESS_BYTES = 24
const DATA_CHARS = Math.ceil((ADDRESS_BYTES * 8) / 5)
/** The first bytes of an account are kept at zero by the network. */
const RESERVED_BYTES = 4

/** Prefixes that users meet, so that a wrong network can be named. */
const KNOWN: Readonly<Record<string, string>> = { sm: 'mainnet', stest: 'a testnet', standalone: 'a stand-alone node' }

/** Bits of the checksum's generator. @source BIP 173 */
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const

function polymod(values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = (((check & 0x1ffffff) << 5) ^ value) >>> 0
    for (const [bit, generator] of GENERATORS.entries()) if (((top >>> bit) & 1) === 1) check = (check ^ generator) >>> 0
  }
  return check
}

const codesOf = (text: string): readonly number[] => Array.from(text, (char) => char.charCodeAt(0))

function isChecked(prefix: string, data: readonly number[]): boolean {
  const codes = codesOf(prefix)
  return polymod([...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...data]) === 1
}

/** Groups of 5 bits as bytes; undefined when bits that are left over are not zero. */
function bytesOf(groups: readonly number[]): readonly number[] | undefined {
  const made: number[] = []
  let held = 0
  let bits = 0
  for (const group of groups) {
    held = ((held << 5) | group) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    made.push((held >>> bits) & 0xff)
  }
  return bits >= 5 || (held & ((1 << bits) - 1)) !== 0 ? undefined : made
}

const networkOf = (prefix: string): string => (KNOWN[prefix] === undefined ? `a network of “${prefix}”` : KNOWN[prefix])

/** What people paste instead of an address. */
function noAddress(text: string, prefix: string): string | undefined {
  const form = `An address begins with ${prefix}1`
  if (text === '') return `Nothing was given. ${form}.`
  if (/\s/.test(text)) return `There are spaces in it. ${form} and is one word.`
  if (/^0x[0-9a-f]+$/i.test(text)) return `It looks like an address of another coin. ${form}.`
  if (/^[0-9a-f]{64}$/i.test(text)) return `It is a public key or an id, not an address. ${form}: your wallet shows it.`
  if (/^[0-9a-f]{128}$/i.test(text)) return `It looks like a private key: keep it secret. ${form}: your wallet shows it.`
  if (text !== text.toLowerCase() && text !== text.toUpperCase())
    return 'It mixes small and capital letters, so a mistake in it could not be noticed. Copy it again from your wallet.'
  return undefined
}

function split(text: string, prefix: string): Result<{ readonly data: string }, 'coinbase/invalid'> {
  const invalid = (why: string): Result<never, 'coinbase/invalid'> => fail('coinbase/invalid', why)
  const cut = text.lastIndexOf('1')
  if (cut < 1) return invalid(`It is no address: that begins with ${prefix}1. Copy it again from your wallet.`)
  const own = text.slice(0, cut)
  if (own !== prefix)
    return invalid(
      `It begins with ${own}1, so it is an address of ${networkOf(own)}. This node is on ${networkOf(prefix)}: give one that begins with ${prefix}1.`,
    )
  const data = text.slice(cut + 1)
  const odd = Array.from(data).find((char) => !ALPHABET.includes(char))
  if (odd !== undefined) return invalid(`It holds “${odd}”, which no address has. Copy it again from your wallet.`)
  const expected = prefix.length + 1 + DATA_CHARS + CHECK_CHARS
  if (text.length !== expected)
    return invalid(
      `It has ${text.length} characters; an address here has ${expected}. ${text.length < expected ? 'Some are missing' : 'There are too many'}: copy it again from your wallet.`,
    )
  return ok({ data })
}

/**
 * Whether rewards can go to this account: bech32 of 24 bytes, the first 4 of them zero, under the network's prefix.
 *
 * @param prefix  of the network, e.g. `sm` on mainnet
 * @returns       the address as the node is given it: without spaces around it, in small letters
 * @fault         `coinbase/invalid` with what is wrong and what to do, in sentences
 * @source        BIP 173; facts/identity-and-keys.md §7; go-spacemesh common/types/address.go, StringToAddress
 */
export function checkCoinbase(text: string, prefix: string): Result<string, 'coinbase/invalid'> {
  const trimmed = text.trim()
  const other = noAddress(trimmed, prefix)
  if (other !== undefined) return fail('coinbase/invalid', other)
  const address = trimmed.toLowerCase()
  const parts = split(address, prefix)
  if (!parts.ok) return parts
  const values = Array.from(parts.value.data, (char) => ALPHABET.indexOf(char))
  if (!isChecked(prefix, values))
    return fail('coinbase/invalid', 'Its checksum is wrong: at least one character is not as it was. Copy it again from your wallet.')
  const account = bytesOf(values.slice(0, -CHECK_CHARS))
  if (account?.length !== ADDRESS_BYTES || account.slice(0, RESERVED_BYTES).some((byte) => byte !== 0))
    return fail('coinbase/invalid', 'It is well written, but no account of this network can have it. Copy it again from your wallet.')
  return ok(address)
}
