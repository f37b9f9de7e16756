import type { Machine, Moment } from '../../../electron/supervisor/step.ts'
import { newMachine } from '../../../electron/supervisor/step.ts'
import type { ProcessPolicy, ProcessSpec } from '../../../electron/supervisor/types.ts'
import type { ProcessState } from '../../../shared/domain/process.ts'

export const aPolicy = (more: Partial<ProcessPolicy> = {}): ProcessPolicy => ({
  readyWithinMs: 60_000,
  stopWaitMs: 5000,
  backoff: { firstMs: 1000, maxMs: 60_000, jitter: 0.2 },
  budget: { crashes: 5, withinMs: 600_000 },
  logCapBytes: 1_000_000,
  keepLogs: 3,
  ...more,
})

export const aSpec = (more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name: 'kelp',
  owner: 'smeshkeeper',
  file: '/opt/service',
  args: ['--dir', '/data'],
  env: {},
  cwd: '/',
  logFile: '/nonexistent/kelp.log',
  policy: aPolicy(),
  probe: async () => ({ is: 'ready' }),
  explain: () => undefined,
  ...more,
})

export const aMoment = (mono = 0, more: Partial<Moment> = {}): Moment => ({ wall: 1_000_000 + mono, mono, random: 0.5, ...more })

export const aMachine = (observed: ProcessState, more: Partial<Machine> = {}): Machine => ({ ...newMachine(), observed, ...more })
