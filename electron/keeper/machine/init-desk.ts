import { fail, ok } from '../../../shared/domain/fault.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'
import type { MachineDesk } from './machine-desk.ts'

export function initDesk(_context: MachineContext, _machine: MachineDesk): Desk<AppHandlers['init']> {
  const unknown = fail('init/unknown', 'There is no such job.')
  const none = fail('init/no-setup', 'Nothing is set up.')
  return {
    handlers: {
      state: () => ok({ jobs: [], arrivals: [], benchmark: { is: 'idle' } }),
      options: () => none,
      plan: () => none,
      begin: () => none,
      pause: () => unknown,
      resume: () => unknown,
      reorder: () => ok(undefined),
      discard: () => unknown,
      benchmark: () => none,
      watchArrival: () => fail('init/unreadable', 'It cannot be watched.'),
      forgetArrival: () => ok(undefined),
      addArrived: () => none,
    },
    begin: () => undefined,
    close: () => undefined,
  }
}
