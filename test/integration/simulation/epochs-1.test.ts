import { describe, it } from 'vitest'
import { expectNoViolation } from './epochs.ts'

describe('compressed epochs of seeded worlds, half 1', () => {
  it('are told truly by the real keeper code', { timeout: 240_000 }, () => expectNoViolation(1, 220))
})
