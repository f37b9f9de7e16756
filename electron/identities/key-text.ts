import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { identityIdFromBytes, shortId, type IdentityId } from '../../shared/domain/ids.ts'
import { figure } from '../../shared/domain/words.ts'

/** What the bytes of one key file are worth. */
export interface KeyReading {
  /**
   * `good`: as the node wants it. `repairable`: the key is whole, but the node would refuse the file. `bad`: no key can be
   * read from it.
   */
  readonly form: 'good' | 'repairable' | 'bad'
  /** Derived from the seed, never taken from the file. */
  readonly identity?: IdentityId
  /** What is wrong, its consequence and what to do, without a full stop; quotes nothing of the file. Absent when `good`. */
  readonly problem?: string
  /**
   * The 128 lower-case hex characters that the node accepts. Secret: keep it no longer than the call, hand it to nothing
   * but a key file.
   */
  readonly canonical?: Uint8Array
}

/** Above this it is no key file in any form. */
export const MOST_KEY_BYTES = 4096

const SEED_BYTES = 32
const SEED_HEX = 64
const KEY_HEX = 128
/** So many characters of the public half that fit the seed prove that both are whole as far as they go. */
const PROOF_HEX = 8
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const RESTORE = 'restore this key from a backup'
const REWRITE = 'store the key again in the form that the node wants'

function publicOf(seed: Uint8Array): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

const bad = (problem: string): KeyReading => ({ form: 'bad', problem })

interface Whole {
  readonly identity: IdentityId
  readonly publicHex: string
  readonly canonical: Uint8Array
}

function keyOf(seed: Uint8Array): Whole {
  const publicKey = publicOf(seed)
  const identity = identityIdFromBytes(publicKey)
  if (identity === undefined) throw new Error('an Ed25519 public key has 32 bytes')
  const canonical = Buffer.alloc(KEY_HEX)
  canonical.write(Buffer.from(seed).toString('hex'), 0, 'latin1')
  canonical.write(identity, SEED_HEX, 'latin1')
  return { identity, publicHex: identity, canonical }
}

/** A key that nobody has had before. `canonical` is secret: keep it no longer than the call. */
export function newKey(): { readonly identity: IdentityId; readonly canonical: Uint8Array } {
  const { identity, canonical } = keyOf(randomBytes(SEED_BYTES))
  return { identity, canonical }
}

const repairable = ({ identity, canonical }: Whole, problem: string): KeyReading => ({ form: 'repairable', identity, canonical, problem })

/**
 * Reads the content of a key file: 64 bytes, the Ed25519 seed and the public key, as 128 hex characters and nothing else.
 *
 * Only what proves itself is repaired: too short or too long a text counts as a key when its public half fits its seed.
 * @source go-spacemesh signing/signer.go, FromFile
 */
export function parseKeyBytes(bytes: Uint8Array): KeyReading {
  if (bytes.length === 0) return bad(`the file is empty, so it holds no key: ${RESTORE}`)
  if (bytes.length > MOST_KEY_BYTES)
    return bad(
      `the file has ${figure(bytes.length)} bytes and a key file has 128, so it is something else: look whether it has the right name`,
    )
  if (bytes.every((byte) => byte === 0)) return bad(`the file holds only zeros, as after a power cut while it was written: ${RESTORE}`)
  const raw = rawKey(bytes)
  if (raw !== undefined) return raw
  const { text, wrapping } = unwrap(bytes)
  if (/[^0-9a-fA-F]/.test(text)) return bad(`the file holds characters that no key has, so it is something else or damaged: ${RESTORE}`)
  return readHex(text, wrapping)
}

/** 64 binary bytes whose second half fits the first. Nothing else binary is taken for a key. */
function rawKey(bytes: Uint8Array): KeyReading | undefined {
  if (bytes.length !== 2 * SEED_BYTES || bytes.every(isHexDigit)) return undefined
  const key = keyOf(bytes.subarray(0, SEED_BYTES))
  const isProved = Buffer.from(bytes.subarray(SEED_BYTES)).toString('hex') === key.publicHex
  return isProved ? repairable(key, `the key is stored as 64 raw bytes and the node refuses that: ${REWRITE}`) : undefined
}

const isHexDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)

/** Takes off what editors and other tools put around a key, and says what it was. */
function unwrap(bytes: Uint8Array): { readonly text: string; readonly wrapping?: string } {
  const buffer = Buffer.from(bytes)
  const isUtf16 = bytes.length % 2 === 0 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const encoded = isUtf16
    ? (bytes[0] === 0xff ? buffer : buffer.swap16()).subarray(2).toString('utf16le')
    : buffer.subarray(hasMark ? 3 : 0).toString('latin1')
  const packed = encoded.replace(/[\s\0]+/g, '')
  const text = packed.replace(/^0x/i, '')
  if (isUtf16) return { text, wrapping: 'the file is stored as UTF-16' }
  if (hasMark) return { text, wrapping: 'the file begins with a byte order mark' }
  if (text !== packed) return { text, wrapping: 'the key begins with 0x' }
  if (encoded === text) return { text }
  return {
    text,
    wrapping: /^\S+[\r\n]+$/.test(encoded) ? 'the file ends with a line break' : 'there are spaces or line breaks in the file',
  }
}

function readHex(text: string, wrapping: string | undefined): KeyReading {
  if (text.length < SEED_HEX)
    return bad(`the file has ${text.length} characters and a key has 128, so the secret half is not whole: ${RESTORE}`)
  const key = keyOf(Buffer.from(text.slice(0, SEED_HEX), 'hex'))
  const rest = text.slice(SEED_HEX).toLowerCase()
  if (rest === key.publicHex) {
    if (wrapping === undefined) return { form: 'good', identity: key.identity, canonical: key.canonical }
    return repairable(key, `${wrapping} and the node refuses that: ${REWRITE}`)
  }
  if (rest.length === 0)
    return repairable(
      key,
      `the file has 64 characters where a key has 128; if they are the secret half, the identity is ${shortId(key.identity)}, if they are ` +
        'a public key, this is no key: compare before it is used',
    )
  if (rest.startsWith(key.publicHex))
    return repairable(key, `the file has ${text.length - KEY_HEX} characters too many and the node refuses that: ${REWRITE}`)
  if (rest.length >= PROOF_HEX && key.publicHex.startsWith(rest))
    return repairable(key, `the end of the file is cut off, but the secret half is whole; the node refuses the file: ${REWRITE}`)
  if (rest.length !== KEY_HEX - SEED_HEX)
    return bad(`the file has ${text.length} characters and a key has 128, and what is there does not fit together: ${RESTORE}`)
  return repairable(
    key,
    `the public half does not fit the secret half, which belongs to ${shortId(key.identity)}, and the node refuses that: ` +
      `if this is the identity you expect, ${REWRITE}; if not, ${RESTORE}`,
  )
}
