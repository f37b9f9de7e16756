import { fail } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'

const notYet = () => fail('internal', 'not wired yet')

export const scanCalls = (): AppHandlers['scan'] => ({ begin: notYet, cancel: notYet, state: notYet, match: notYet })
export const keyCalls = (): AppHandlers['keys'] => ({
  conflicts: notYet,
  question: notYet,
  disarm: notYet,
  override: notYet,
  release: notYet,
  record: notYet,
})
export const importCalls = (): AppHandlers['imports'] => ({ propose: notYet, apply: notYet })
export const backupCalls = (): AppHandlers['backup'] => ({
  state: notYet,
  plan: notYet,
  places: notYet,
  place: notYet,
  suggest: notYet,
  begin: notYet,
  cancel: notYet,
  drill: notYet,
  open: notYet,
  restore: notYet,
  forget: notYet,
  configure: notYet,
})
