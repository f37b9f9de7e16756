import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

export const LABEL_BYTES = 16

/** Whose labels these are; both are 32 bytes. */
export interface LabelOwner {
  readonly identity: Uint8Array
  readonly commitmentAtxId: Uint8Array
}

/**
 * Practice labels: not scrypt, but as checkable. Label 0 holds the seed under a key that follows from the owner; label
 * i > 0 is AES-128 of i under a key that follows from owner and seed. So any label can be made at once, and bytes that
 * nobody wrote are noticed.
 */
export class PracticeLabels {
  readonly #key: Buffer
  readonly #first: Buffer

  constructor(owner: LabelOwner, seed: number) {
    const ownerKey = keyOf(owner)
    const plain = Buffer.alloc(LABEL_BYTES)
    plain.writeUInt32BE(seed >>> 0, 12)
    this.#first = createCipheriv('aes-128-ecb', ownerKey, null).setAutoPadding(false).update(plain)
    this.#key = createHash('sha256').update(ownerKey).update(plain).digest().subarray(0, 16)
  }

  /** Bytes [from, from + length) of the whole data; `from` is a multiple of 16. */
  bytes(from: number, length: number): Buffer {
    const labels = Math.ceil(length / LABEL_BYTES)
    const counter = Buffer.alloc(LABEL_BYTES)
    counter.writeBigUInt64BE(BigInt(from / LABEL_BYTES), 8)
    const made = createCipheriv('aes-128-ctr', this.#key, counter).update(Buffer.alloc(labels * LABEL_BYTES))
    if (from === 0) this.#first.copy(made)
    return made.subarray(0, length)
  }
}

/** The seed in label 0, or undefined when it is not a practice label of this owner. */
export function seedIn(label: Uint8Array, owner: LabelOwner): number | undefined {
  if (label.length < LABEL_BYTES) return undefined
  const plain = createDecipheriv('aes-128-ecb', keyOf(owner), null).setAutoPadding(false).update(label.subarray(0, LABEL_BYTES))
  return plain.subarray(0, 12).every((byte) => byte === 0) ? plain.readUInt32BE(12) : undefined
}

function keyOf({ identity, commitmentAtxId }: LabelOwner): Buffer {
  return createHash('sha256').update('practice labels').update(identity).update(commitmentAtxId).digest().subarray(0, 16)
}

/** Index of the smallest label of `bytes` (big-endian), when it is below `best`. `at` is the index of the first label. */
export function smallestLabel(bytes: Buffer, at: number, best: VrfNonce | undefined): VrfNonce | undefined {
  let found = best
  for (let offset = 0; offset + LABEL_BYTES <= bytes.length; offset += LABEL_BYTES) {
    if (found !== undefined && bytes.compare(found.label, 0, LABEL_BYTES, offset, offset + LABEL_BYTES) >= 0) continue
    found = { index: at + offset / LABEL_BYTES, label: Buffer.from(bytes.subarray(offset, offset + LABEL_BYTES)) }
  }
  return found
}

export interface VrfNonce {
  readonly index: number
  readonly label: Buffer
}
