import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { initializeVerdict, type InitializeVerdict, type Launcher } from '../../programs/index.ts'
import { createSupervisor, type ProcessSpec, type Supervisor } from '../../supervisor/index.ts'
import type { MachineContext } from './context.ts'

const TAIL_BYTES = 256 * 1024

export type InitProcess =
  | { readonly is: 'none' }
  | { readonly is: 'running'; readonly pid: number | undefined }
  | { readonly is: 'ended'; readonly verdict: InitializeVerdict }

export interface InitCommand {
  readonly name: string
  readonly launcher: Launcher
  readonly args: readonly string[]
}

/** postcli at work, detached: it outlives us, and the next keeper adopts it by pid and start time. */
export interface InitProcesses {
  /** Takes over what an earlier keeper left. @param expected names of all processes that may run */
  adopt(expected: readonly InitCommand[]): Promise<void>
  start(command: InitCommand): void
  /** Ends it after its running batch, which may take a quarter of an hour. */
  interrupt(name: string): void
  /** Ends it at once: its disk is gone, and its next file would be made below the empty mount point. */
  kill(name: string): void
  look(name: string): InitProcess
  /** What has ended was seen: it is none from now on. */
  settle(name: string): void
  close(outcome: 'leave-running' | 'stop-all'): Promise<void>
}

export function initProcesses(context: MachineContext, changed: () => void): InitProcesses {
  const { home, clock, log } = context
  const logOf = (name: string): string => path.join(home.logs, `${name}.log`)
  const supervisor = createSupervisor({ tableFile: path.join(home.state, 'new-pos-data-processes.json'), clock, log })
  supervisor.onChange(changed)
  /** The strongest that each was told. */
  const told = new Map<string, 'SIGINT' | 'SIGKILL'>()
  const signal = (name: string, which: 'SIGINT' | 'SIGKILL'): void => {
    const state = supervisor.state(name)
    const pid = state !== undefined && 'pid' in state ? state.pid : undefined
    if (pid === undefined) return
    told.set(name, which)
    log.info('init.interrupted', { name, pid, signal: which })
    try {
      process.kill(pid, which)
    } catch {
      // It has just ended.
    }
  }
  return {
    async adopt(expected) {
      for (const command of expected) supervisor.put(specOf(command, home.root, logOf(command.name)))
      await supervisor.adopt([])
      for (const { name } of expected) if (supervisor.state(name)?.at === 'stopped') supervisor.remove(name)
    },
    start(command) {
      told.delete(command.name)
      supervisor.put(specOf(command, home.root, logOf(command.name)))
      supervisor.restart(command.name)
    },
    interrupt(name) {
      if (!told.has(name)) signal(name, 'SIGINT')
    },
    kill(name) {
      if (told.get(name) !== 'SIGKILL') signal(name, 'SIGKILL')
    },
    look: (name) => lookAt(supervisor, name, logOf(name)),
    settle(name) {
      told.delete(name)
      supervisor.remove(name)
    },
    close: (outcome) => (outcome === 'stop-all' ? supervisor.stopAll() : supervisor.leaveRunning()),
  }
}

const specOf = ({ name, launcher, args }: InitCommand, cwd: string, logFile: string): ProcessSpec => ({
  name,
  owner: 'smeshkeeper',
  file: launcher.file,
  args: [...launcher.prefixArgs, ...args],
  env: launcher.env,
  cwd,
  logFile,
  policy: {
    readyWithinMs: 60_000,
    stopWaitMs: 5_000,
    backoff: { firstMs: 1_000, maxMs: 60_000, jitter: 0 },
    budget: { crashes: 1, withinMs: 60_000 },
    logCapBytes: 16 * 1024 * 1024,
    keepLogs: 2,
    mode: 'once',
    whenNotReady: 'wait',
  },
  probe: async () => ({ is: 'ready' }),
  // Whether it is to go on is decided by its words and its files, never by its exit code.
  explain: () => ({ cause: 'It ended.', causeCode: 'init/ended', retry: 'never' }),
})

function lookAt(supervisor: Supervisor, name: string, logFile: string): InitProcess {
  const state = supervisor.state(name)
  switch (state?.at) {
    case undefined:
    case 'stopped':
      return { is: 'none' }
    case 'starting':
    case 'ready':
    case 'stopping':
      return { is: 'running', pid: state.pid }
    case 'backoff':
    case 'exited':
    case 'failed': {
      const { causeCode = '', cause = '' } = state.last
      if (!causeCode.startsWith('process/')) return { is: 'ended', verdict: initializeVerdict(tailOf(logFile)) }
      const fix = 'Name another postcli in Settings, then resume.'
      return { is: 'ended', verdict: { is: 'failed', code: 'init/postcli', text: `${cause}.`, fix } }
    }
  }
}

/** The end of the log of the last run: an older one was moved aside when this began. */
function tailOf(file: string): string {
  try {
    const fd = openSync(file, 'r')
    try {
      const { size } = fstatSync(fd)
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, Math.max(0, size - buffer.length)))
    } finally {
      closeSync(fd)
    }
  } catch {
    return '' // it never came so far as to write one
  }
}
