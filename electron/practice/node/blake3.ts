// BLAKE3 for inputs of one chunk (at most 1,024 bytes): all that the genesis id needs.
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
const MIXES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const
const CHUNK_START = 1
const CHUNK_END = 2
const ROOT = 8

const word = (list: Uint32Array | readonly number[], index: number): number => list[index] ?? 0
const turn = (value: number, by: number): number => ((value >>> by) | (value << (32 - by))) >>> 0

function mix(state: Uint32Array, [a, b, c, d]: (typeof MIXES)[number], x: number, y: number): void {
  const half = (message: number, first: number, second: number): void => {
    state[a] = word(state, a) + word(state, b) + message
    state[d] = turn(word(state, d) ^ word(state, a), first)
    state[c] = word(state, c) + word(state, d)
    state[b] = turn(word(state, b) ^ word(state, c), second)
  }
  half(x, 16, 12)
  half(y, 8, 7)
}

function compress(chain: Uint32Array, block: Uint8Array, flags: number): Uint32Array {
  const padded = new Uint8Array(64)
  padded.set(block)
  const view = new DataView(padded.buffer)
  let message = Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(i * 4, true))
  const state = new Uint32Array([...chain, ...IV.slice(0, 4), 0, 0, block.length, flags])
  for (let round = 0; round < 7; round += 1) {
    MIXES.forEach((lanes, i) => mix(state, lanes, word(message, 2 * i), word(message, 2 * i + 1)))
    message = Uint32Array.from(PERMUTATION, (from) => word(message, from))
  }
  return Uint32Array.from({ length: 8 }, (_, i) => (word(state, i) ^ word(state, i + 8)) >>> 0)
}

/** 32-byte BLAKE3 of at most 1,024 bytes. @throws RangeError for more */
export function blake3(input: Uint8Array): Uint8Array {
  if (input.length > 1024) throw new RangeError('only one chunk')
  const blocks = Math.max(1, Math.ceil(input.length / 64))
  let chain: Uint32Array = Uint32Array.from(IV)
  for (let i = 0; i < blocks; i += 1) {
    const flags = (i === 0 ? CHUNK_START : 0) | (i === blocks - 1 ? CHUNK_END | ROOT : 0)
    chain = compress(chain, input.subarray(i * 64, (i + 1) * 64), flags)
  }
  const out = new DataView(new ArrayBuffer(32))
  chain.forEach((value, i) => out.setUint32(i * 4, value, true))
  return new Uint8Array(out.buffer)
}
