/** A count of milliseconds since 1970-01-01 UTC, the only wall-clock form inside the app. */
export type UnixMs = number

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** 32-byte smesher id (Ed25519 public key) as 64 lower-case hex characters. */
export type IdentityId = Brand<string, 'IdentityId'>
/** Epoch number, 0 at genesis. */
export type Epoch = Brand<number, 'Epoch'>
/** Layer number, 0 at genesis. */
export type Layer = Brand<number, 'Layer'>

export const asEpoch = (value: number): Epoch => value as Epoch
export const asLayer = (value: number): Layer => value as Layer

const HEX_ID = /^[0-9a-f]{64}$/

/** @returns the id when `text` is 64 hex characters of either case, else `undefined`. */
export function parseIdentityId(text: string): IdentityId | undefined {
  const lower = text.toLowerCase()
  return HEX_ID.test(lower) ? (lower as IdentityId) : undefined
}

/** Raw bytes, in the order they are stored, to lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

/** Hex of even length to raw bytes. @throws on anything else: callers validate first. */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) throw new Error('not hex')
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** 32 raw bytes to an id; `undefined` for any other length. */
export function identityIdFromBytes(bytes: Uint8Array): IdentityId | undefined {
  return bytes.length === 32 ? (bytesToHex(bytes) as IdentityId) : undefined
}

/** Standard padded base64 of the 32 raw bytes, the form of JSON and `postdata_metadata.json`; `undefined` when malformed. */
export function identityIdFromBase64(text: string): IdentityId | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let bits = 0
  let held = 0
  let hex = ''
  for (const char of text.slice(0, 43)) {
    bits = (bits << 6) | alphabet.indexOf(char)
    held += 6
    if (held >= 8) {
      held -= 8
      hex += ((bits >> held) & 0xff).toString(16).padStart(2, '0')
      bits &= (1 << held) - 1
    }
  }
  return parseIdentityId(hex)
}

/** How an id is shown when there is no nickname: first and last four characters. */
export const shortId = (id: string): string => `${id.slice(0, 4)}…${id.slice(-4)}`
