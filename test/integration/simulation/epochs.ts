import { expect } from 'vitest'
import { runSeeds } from '../../simulation/run-seeds.ts'
import { summary } from '../../simulation/summary.ts'

/** A share of the seeds, so that two workers do it at once. Every rule of the referee holds in every world. */
export function expectNoViolation(from: number, count: number): void {
  const { figures, failing, epochs } = runSeeds({ from, count })
  const told = `${failing.length} of ${count} seeds fail\n${failing.slice(0, 8).join('\n')}\n${summary(figures)}`
  expect(failing, told).toEqual([])
  expect(epochs).toBeGreaterThanOrEqual(1_000)
  expect(figures.falseFine).toBe(0)
  expect(figures.falseAlarms / figures.identityEpochs).toBeLessThan(0.01)
  expect(figures.misses, 'the worlds are hard enough to miss epochs').toBeGreaterThan(20)
  expect(figures.missesExplained).toBe(figures.misses)
  expect(figures.savable, 'the worlds have cases to be saved').toBeGreaterThan(10)
  expect(figures.savableInTime / figures.savable).toBeGreaterThanOrEqual(0.99)
}
