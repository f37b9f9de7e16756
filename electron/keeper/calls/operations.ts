import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'

const notBuilt = (): ReturnType<typeof fail<'internal'>> => fail('internal', 'Operations are not built yet.', { retry: 'never' })

/** Stands in until the engine is wired to the keeper: there are no operations, and none can be planned. */
export const operationCalls = (): AppHandlers['operations'] => ({
  state: () => ok({ operations: [], problems: [] }),
  plan: notBuilt,
  run: notBuilt,
  cancel: notBuilt,
  finish: notBuilt,
  rollBack: notBuilt,
  undo: notBuilt,
  start: notBuilt,
  quarantine: () => ok([]),
  wizard: () => ok({ step: 'scan', from: [], to: null, names: {}, operation: null }),
  saveWizard: () => ok(undefined),
})
