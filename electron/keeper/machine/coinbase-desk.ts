import { fail } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'

export function coinbaseDesk(_context: MachineContext): Desk<AppHandlers['coinbase']> {
  return {
    handlers: {
      read: () => fail('coinbase/no-setup', 'Nothing is set up.'),
      check: () => fail('coinbase/invalid', 'It is no address.'),
    },
    begin: () => undefined,
    close: () => undefined,
  }
}
