import os from 'node:os'
import { fail, ok } from '../../../shared/domain/fault.ts'
import type { DiskReport, MachineReport, PowRates } from '../../../shared/domain/machine.ts'
import type { AppHandlers } from '../../../shared/ipc/contract.ts'
import type { Desk, MachineContext } from './context.ts'

/** What the other desks ask of this one. */
export interface MachineDesk extends Desk<AppHandlers['machine']> {
  report(): MachineReport
  disks(): readonly DiskReport[]
  pow(): PowRates | undefined
  /** Chance that every proof is done in the next gap, 0..1; told by the plan's desk when it can be. */
  chanceAll?(): number | undefined
}

export function machineDesk({ clock }: MachineContext): MachineDesk {
  const report = (): MachineReport => ({
    at: clock.now(),
    headline: 'Nothing was measured yet.',
    isLooking: false,
    cpu: { model: os.cpus()[0]?.model ?? '', cores: os.cpus().length, threads: os.cpus().length, hasAes: undefined, hasAvx2: undefined },
    memory: {
      totalBytes: os.totalmem(),
      availableBytes: os.freemem(),
      systemAndNodeBytes: 0,
      perProverBytes: 0,
      proversPlanned: 0,
      proversFit: 0,
      verdict: 'unknown',
      text: '',
    },
    pow: undefined,
    powBusy: false,
    clock: undefined,
    ports: [],
    p2p: { verdict: 'unknown', text: '' },
    opencl: { is: 'never' },
    disks: [],
    checks: [],
    advice: [],
  })
  return {
    report,
    disks: () => [],
    pow: () => undefined,
    handlers: {
      report: () => ok(report()),
      look: () => ok(undefined),
      measure: () => fail('machine/no-files', 'There is no PoS data to read.'),
      cancel: () => ok(undefined),
      benchmark: () => fail('machine/no-profiler', 'The profiler is not here.'),
    },
    begin: () => undefined,
    close: () => undefined,
  }
}
