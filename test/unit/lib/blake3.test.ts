import { describe, expect, it } from 'vitest'
import { blake3 } from '../../../electron/lib/blake3.ts'

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

describe('BLAKE3', () => {
  // Official test vectors: bytes 0, 1, 2, … 250, 0, 1, … of this length.
  it.each([
    [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
    [64, '4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98'],
    [65, 'de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee'],
    [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  ])('of %i bytes', (length, expected) => {
    expect(hex(blake3(Uint8Array.from({ length }, (_, i) => i % 251)))).toBe(expected)
  })

  it('refuses what is longer than one chunk instead of being wrong', () => expect(blake3(new Uint8Array(1025))).toBeUndefined())
})
