import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'

export function verifyDesk(_context: MachineContext, _machine: MachineDesk): Desk<AppHandlers['verify']> {
  const unknown = fail('verify/unknown', 'There is no such identity with PoS data here.')
  return {
    handlers: {
      state: () => ok({ runs: [], rehearsals: [] }),
      begin: () => unknown,
      pause: () => unknown,
      resume: () => unknown,
      cancel: () => unknown,
      map: () => unknown,
      rewriteFile: () => unknown,
      rehearse: () => unknown,
      cancelRehearsal: () => unknown,
    },
    begin: () => undefined,
    close: () => undefined,
  }
}
