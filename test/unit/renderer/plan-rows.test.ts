import { expect, it } from 'vitest'
import { rowsOf } from '../../../renderer/features/plan/rows.ts'

it('puts proofs that overlap on one disk below each other, and the next into the first row that is free', () => {
  const rows = rowsOf([
    { id: 'birch', start: 30, end: 90 },
    { id: 'amber', start: 0, end: 50 },
    { id: 'cedar', start: 50, end: 60 },
    { id: 'dune', start: 55, end: 70 },
  ])
  expect(Object.fromEntries(rows)).toEqual({ amber: 0, birch: 1, cedar: 0, dune: 2 })
})
