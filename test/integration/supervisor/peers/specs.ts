import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessPolicy, ProcessSpec } from '../../../../electron/supervisor/index.ts'

export const quickPolicy: ProcessPolicy = {
  readyWithinMs: 10_000,
  stopWaitMs: 3000,
  backoff: { firstMs: 50, maxMs: 400, jitter: 0.2 },
  budget: { crashes: 5, withinMs: 600_000 },
  logCapBytes: 1024 * 1024,
  keepLogs: 3,
  probeEveryMs: 100,
}

export function sleepSpec(folder: string, name: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name,
    owner: 'smeshkeeper',
    file: '/bin/sleep',
    args: ['600'],
    env: {},
    cwd: folder,
    logFile: path.join(folder, 'logs', `${name}.log`),
    policy: quickPolicy,
    probe: async () => ({ is: 'ready' }),
    explain: () => undefined,
    ...more,
  }
}

/** A child run from source on the runtime that runs the tests. */
export const childSpec = (folder: string, name: string, args: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec =>
  sleepSpec(folder, name, {
    file: process.execPath,
    args: [fileURLToPath(new URL('child.ts', import.meta.url)), ...args],
    env: { ELECTRON_RUN_AS_NODE: '1' },
    ...more,
  })
