import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'

export function planDesk(_context: MachineContext, _machine: MachineDesk): Desk<AppHandlers['plan']> {
  return {
    handlers: {
      inputs: () => fail('plan/no-setup', 'Nothing is set up.'),
      use: () => fail('plan/no-setup', 'Nothing is set up.'),
      saved: () => ok([]),
      save: () => fail('plan/not-written', 'It cannot be kept.'),
      forget: () => ok(undefined),
    },
    begin: () => undefined,
    close: () => undefined,
  }
}
