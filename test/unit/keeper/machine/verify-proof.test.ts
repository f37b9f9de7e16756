import { expect, it } from 'vitest'
import { rehearsalPost } from '../../../../electron/keeper/machine/verify-proof.ts'
import { MAINNET } from '../../../../shared/domain/network.ts'

const GIB = 1024 ** 3

it('lets a rehearsal of large data end after some GiB, and leaves small data as it is', () => {
  const large = rehearsalPost(MAINNET.post, 64)
  expect(large.readBytes).toBe(8 * GIB)
  expect(large.post).toMatchObject({ k1: MAINNET.post.k1 * 512, k2: MAINNET.post.k2, labelsPerUnit: MAINNET.post.labelsPerUnit })
  const small = rehearsalPost({ ...MAINNET.post, labelsPerUnit: 1024 }, 4)
  expect(small.readBytes).toBe(4 * 1024 * 16)
  expect(small.post.k1).toBe(MAINNET.post.k1)
})
