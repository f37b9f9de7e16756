import { describe, expect, it } from 'vitest'
import { simulate } from '../../simulation/simulate.ts'

const storyOf = (seed: number): string => {
  const lines: string[] = []
  simulate({ seed, epochs: 3, trace: (line) => lines.push(line), observed: (line) => lines.push(line) })
  return lines.join('\n')
}

describe('the simulation itself', () => {
  it('tells the same story for the same seed, to the letter', () => {
    expect(storyOf(8)).toBe(storyOf(8))
    expect(storyOf(8)).not.toBe(storyOf(11))
  })
})
