import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareFolders } from '../../conform/post-service/folders.ts'
import { postServiceScenarios } from '../../conform/post-service/scenarios.ts'
import { practiceProgram } from '../../conform/programs.ts'
import { runScenario, sharedFolder } from '../../conform/run-all.ts'

// Each recorded case of the real post-service is played again with ours; a difference is a bug of the simulation.
describe.concurrent('the practice post-service does as recorded', { concurrent: true }, () => {
  const shared = sharedFolder()
  beforeAll(async () => prepareFolders(shared.folder))
  afterAll(() => shared.remove())

  for (const scenario of postServiceScenarios()) {
    it(`in ${scenario.name}`, async () => {
      const { differences } = await runScenario(scenario, practiceProgram('post-service'), shared.folder)
      expect(differences.join('\n')).toBe('')
    })
  }
})
