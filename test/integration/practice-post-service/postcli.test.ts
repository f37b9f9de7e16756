import { expect, it } from 'vitest'
import { postcliScenarios } from '../../conform/postcli/scenarios.ts'
import { practiceProgram } from '../../conform/programs.ts'
import { runScenario } from '../../conform/run-all.ts'

for (const scenario of postcliScenarios()) {
  it(`the practice postcli does as recorded in ${scenario.name}`, async () => {
    const { differences } = await runScenario(scenario, practiceProgram('postcli'), '')
    expect(differences.join('\n')).toBe('')
  })
}
