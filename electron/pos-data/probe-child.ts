import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One running probe process. Whoever launches it decides how. */
export interface ProbeChild {
  readonly pid: number | undefined
  send(line: string): void
  /** Ends it, uncatchably. A process stuck in the kernel stays until its disk answers. */
  kill(): void
}

export interface ProbeEvents {
  onLine(line: string): void
  /** It is really gone; called once. */
  onEnd(): void
}

export type LaunchProbe = (events: ProbeEvents) => ProbeChild

/**
 * Launches probes by a command: from source `process.execPath` with `probe-main.ts` and `ELECTRON_RUN_AS_NODE`, in the
 * packaged app its own binary with a private switch.
 */
export const launchProbeBy =
  (command: {
    readonly binary: string
    readonly args: readonly string[]
    readonly env: Readonly<Record<string, string | undefined>>
  }): LaunchProbe =>
  (events) => {
    const child = spawn(command.binary, command.args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...command.env },
      windowsHide: true,
      cwd: process.platform === 'win32' ? undefined : '/',
    })
    let hasEnded = false
    const end = (): void => {
      if (hasEnded) return
      hasEnded = true
      events.onEnd()
    }
    child.on('error', end)
    child.on('exit', end)
    child.stdin.on('error', () => child.kill('SIGKILL')) // its exit follows
    createInterface({ input: child.stdout }).on('line', (line) => events.onLine(line))
    // A stuck probe must not keep us alive.
    child.unref()
    return {
      pid: child.pid,
      send: (line) => void child.stdin.write(`${line}\n`),
      kill() {
        child.kill('SIGKILL')
        // Its pipes would keep us running as long as the kernel keeps it.
        child.stdin.destroy()
        child.stdout.destroy()
      },
    }
  }
