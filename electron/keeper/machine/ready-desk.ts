import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'

export function readyDesk(_context: MachineContext, _machine: MachineDesk): Desk<AppHandlers['ready']> {
  return {
    handlers: { report: () => ok(undefined), check: () => fail('ready/no-setup', 'Nothing is set up.') },
    begin: () => undefined,
    close: () => undefined,
  }
}
