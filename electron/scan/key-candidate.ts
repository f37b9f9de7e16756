import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import type { IdentityId } from '../../shared/domain/ids.ts'
import type { KeyCopy } from '../../shared/domain/inventory.ts'
import { saysKey } from './names.ts'
import type { KeyBytes } from './readers.ts'

/** Key files are about 128 bytes; with a BOM, spaces or cut short somewhat more or less. */
const LEAST_BYTES = 60
const MOST_BYTES = 140
/** So much of a file that is named a key is read: a longer one is something else (`server.key`, a presentation). */
const MOST_NAMED_BYTES = 512
/** A file counts as a damaged key, and not as something else, when so much of it is hex. */
const HEX_SHARE = 0.8
/** So many hex characters of the public key in the file itself prove that the seed beside them is a seed. */
const PROOF_HEX = 8

const isHexByte = (byte: number): boolean => (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)

/** Blanks and the zeros of UTF-16 are not counted. */
function looksLikeHex(bytes: Uint8Array): boolean {
  let hex = 0
  let other = 0
  for (const byte of bytes) {
    if (isHexByte(byte)) hex += 1
    else if (byte > 32) other += 1
  }
  return hex >= (hex + other) * HEX_SHARE
}

const holdsPublicHalf = (bytes: Buffer, identity: IdentityId): boolean => {
  const proof = identity.slice(0, PROOF_HEX)
  return bytes.toString('latin1').toLowerCase().replaceAll(/\s/g, '').includes(proof) || bytes.toString('hex').includes(proof)
}

/** At most so many bytes, and only of a plain file: a link or a fifo of that name is not waited for. */
function readSmall(file: string, most: number): Buffer | undefined {
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.size > most) return undefined
    const bytes = Buffer.alloc(stat.size)
    return bytes.subarray(0, readSync(fd, bytes, 0, stat.size, 0))
  } finally {
    closeSync(fd)
  }
}

export type Candidate = Pick<KeyCopy, 'form' | 'identity' | 'problem' | 'modifiedAt'>

/**
 * Whether a file somewhere on a disk is an identity key.
 *
 * It is one when its seed gives the public half that is in it, whatever its name; a file named like a key also when only its
 * seed is whole, or when it is empty or mostly hex: then it is a damaged key. Other programs' `*.key` files are nothing of ours.
 *
 * @throws the system's error when it cannot be read
 */
export function readCandidate(file: string, name: string, parse: (bytes: Uint8Array) => KeyBytes): Candidate | undefined {
  const isNamed = saysKey(name)
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return undefined
  if (isNamed ? stat.size > MOST_NAMED_BYTES : stat.size < LEAST_BYTES || stat.size > MOST_BYTES) return undefined
  const bytes = readSmall(file, isNamed ? MOST_NAMED_BYTES : MOST_BYTES)
  if (bytes === undefined) return undefined
  try {
    if (!looksLikeHex(bytes) && bytes.length !== 64) return undefined
    const { form, identity, problem } = parse(bytes)
    const isProven = identity !== undefined && holdsPublicHalf(bytes, identity)
    if (!isProven && !isNamed) return undefined
    if (form === 'bad' && !looksLikeHex(bytes)) return undefined
    return {
      form,
      ...(identity === undefined ? {} : { identity }),
      ...(problem === undefined ? {} : { problem }),
      modifiedAt: stat.mtimeMs,
    }
  } finally {
    bytes.fill(0)
  }
}
