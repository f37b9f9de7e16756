/** The words that BLAKE3 begins with, those of SHA-256. */
const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const
/** Which words of the state each quarter of a round mixes: columns, then diagonals. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const
const ROUNDS = 7
const BLOCK_BYTES = 64
const CHUNK_BYTES = 1024
const CHUNK_START = 1
const CHUNK_END = 2
const ROOT = 8

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

function mixRound(v: Uint32Array, message: Uint32Array): void {
  const at = (i: number): number => v[i] ?? 0
  QUARTERS.forEach(([a, b, c, d], i) => {
    for (const [word, first, second] of [
      [message[2 * i] ?? 0, 16, 12],
      [message[2 * i + 1] ?? 0, 8, 7],
    ] as const) {
      v[a] = at(a) + at(b) + word
      v[d] = rotate(at(d) ^ at(a), first)
      v[c] = at(c) + at(d)
      v[b] = rotate(at(b) ^ at(c), second)
    }
  })
}

function compress(chain: Uint32Array, block: Uint8Array, flags: number): Uint32Array {
  const padded = new Uint8Array(BLOCK_BYTES)
  padded.set(block)
  const view = new DataView(padded.buffer)
  let message = Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(i * 4, true))
  const v = Uint32Array.from([...chain, ...INITIAL.slice(0, 4), 0, 0, block.length, flags])
  for (let round = 0; round < ROUNDS; round += 1) {
    mixRound(v, message)
    message = Uint32Array.from(PERMUTATION, (from) => message[from] ?? 0)
  }
  return Uint32Array.from({ length: 8 }, (_, i) => (v[i] ?? 0) ^ (v[i + 8] ?? 0))
}

/**
 * BLAKE3-256 of at most 1,024 bytes: one chunk, as much as a genesis id needs.
 *
 * @returns  32 bytes, or undefined for longer input
 * @source   BLAKE3 specification, §2.2–2.4
 */
export function blake3(input: Uint8Array): Uint8Array | undefined {
  if (input.length > CHUNK_BYTES) return undefined
  const blocks = Math.max(1, Math.ceil(input.length / BLOCK_BYTES))
  let chain: Uint32Array = Uint32Array.from(INITIAL)
  for (let i = 0; i < blocks; i += 1) {
    const flags = (i === 0 ? CHUNK_START : 0) | (i === blocks - 1 ? CHUNK_END | ROOT : 0)
    chain = compress(chain, input.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES), flags)
  }
  const out = new Uint8Array(32)
  const view = new DataView(out.buffer)
  chain.forEach((word, i) => view.setUint32(i * 4, word, true))
  return out
}
