import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { DiskSpeed } from '../../operations/index.ts'
import type { Session } from '../session.ts'
import { coinbaseDesk } from './coinbase-desk.ts'
import type { Desk, MachineContext } from './context.ts'
import { initDesk } from './init-desk.ts'
import { machineDesk } from './machine-desk.ts'
import { planDesk } from './plan-desk.ts'
import { powerDesk } from './power-desk.ts'
import { readyDesk } from './ready-desk.ts'
import { verifyDesk } from './verify-desk.ts'

export type MachineHandlers = Pick<AppHandlers, 'machine' | 'plan' | 'ready' | 'init' | 'verify' | 'coinbase'>

/** What this computer can prove in time, and new PoS data on it: for one home. */
export interface Machinery {
  readonly handlers: MachineHandlers
  diskSpeeds(): readonly DiskSpeed[]
  begin(session: Session): void
  open(isQuiet: boolean): void
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

export function openMachinery(context: MachineContext): Machinery {
  const machine = machineDesk(context)
  const plan = planDesk(context, machine)
  const ready = readyDesk(context, machine)
  // Each would make the other slower than it is: a test is refused while data is worked on, and that waits for a test.
  const init = initDesk(context, machine, () => verify.isBusy)
  const verify = verifyDesk(context, machine, () => init.isBenchmarking)
  const coinbase = coinbaseDesk(context)
  const power = powerDesk(context, () => init.handlers.state())
  const desks: readonly Desk<unknown>[] = [machine, plan, ready, init, verify, coinbase, power]
  return {
    handlers: {
      machine: machine.handlers,
      plan: plan.handlers,
      ready: ready.handlers,
      init: init.handlers,
      verify: verify.handlers,
      coinbase: coinbase.handlers,
    },
    diskSpeeds: () =>
      machine.disks().map(({ id, speed, writeSpeed }) => ({
        lane: id,
        ...(speed === undefined ? {} : { read: speed.bytesPerSecond }),
        ...(writeSpeed === undefined ? {} : { write: writeSpeed.bytesPerSecond }),
      })),
    begin: (session) => {
      for (const desk of desks) desk.begin(session)
    },
    open: (isQuiet) => {
      for (const desk of desks) desk.open?.(isQuiet)
    },
    close: async (outcome) => {
      for (const desk of desks) await desk.close(outcome)
    },
  }
}
