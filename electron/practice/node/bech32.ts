const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

function polymod(values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = (((check & 0x1ffffff) << 5) ^ value) >>> 0
    GENERATORS.forEach((generator, i) => {
      if (((top >>> i) & 1) === 1) check = (check ^ generator) >>> 0
    })
  }
  return check
}

/** Addresses are ASCII: one code unit a character. */
const charsOf = (text: string): string[] => text.split('')
const expand = (hrp: string): number[] => {
  const codes = charsOf(hrp).map((c) => c.charCodeAt(0))
  return [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31)]
}

function checksum(hrp: string, data: readonly number[]): string {
  const check = polymod([...expand(hrp), ...data, 0, 0, 0, 0, 0, 0]) ^ 1
  return [0, 1, 2, 3, 4, 5].map((i) => ALPHABET[(check >>> (5 * (5 - i))) & 31]).join('')
}

function regroup(values: readonly number[], from: number, to: number, pad: boolean): number[] {
  const out: number[] = []
  let bits = 0
  let held = 0
  for (const value of values) {
    held = (held << from) | value
    bits += from
    while (bits >= to) {
      bits -= to
      out.push((held >>> bits) & ((1 << to) - 1))
    }
    held &= (1 << bits) - 1
  }
  if (pad && bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1))
  return out
}

/** Text form of a 24-byte account address. */
export function addressText(hrp: string, bytes: Uint8Array): string {
  const data = regroup([...bytes], 8, 5, true)
  return `${hrp}1${data.map((d) => ALPHABET[d]).join('')}${checksum(hrp, data)}`
}

/** The 24 bytes of an account address, or the complaint as the node words it. */
export function parseAddress(text: string, hrp: string): { readonly bytes: Uint8Array } | { readonly complaint: string } {
  const cut = text.lastIndexOf('1')
  if (cut < 1 || cut + 7 > text.length) return { complaint: `error decoding bech32: invalid separator index ${cut}` }
  const prefix = text.slice(0, cut)
  const data = charsOf(text.slice(cut + 1, -6)).map((c) => ALPHABET.indexOf(c))
  const bad = data.findIndex((d) => d < 0)
  if (bad >= 0) return { complaint: `error decoding bech32: invalid character not part of charset: ${text.charCodeAt(cut + 1 + bad)}` }
  const expected = checksum(prefix, data)
  const got = text.slice(-6)
  if (expected !== got) return { complaint: `error decoding bech32: invalid checksum (expected ${expected} got ${got})` }
  if (prefix !== hrp) return { complaint: `wrong network id: expected \`${hrp}\`, got \`${prefix}\`` }
  const bytes = Uint8Array.from(regroup(data, 5, 8, false))
  return bytes.length === 24 ? { bytes } : { complaint: `expected 24 bytes, got ${bytes.length}` }
}
