import { spawn } from 'node:child_process'
import os from 'node:os'
import { textOf } from '../../../shared/domain/fault.ts'
import type { Launcher } from '../types.ts'

export interface ToolEnd {
  readonly code: number | null
  /** stdout and stderr as they came, the end of it when it is long. */
  readonly output: string
  readonly isStopped: boolean
}

export interface ToolRun {
  readonly pid: number | undefined
  /** Never rejects. */
  readonly done: Promise<ToolEnd>
  /** Ends it at once, uncatchably. */
  stop(): void
}

export interface ToolOptions {
  readonly launcher: Launcher
  readonly args: readonly string[]
  readonly cwd?: string
  readonly onLine?: (line: string) => void
  /** `low`, unless it is to be as fast as what it stands for. */
  readonly priority?: 'low' | 'usual'
}

/** Folders of libraries and the like that a program needs to start at all. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'windir', 'TEMP', 'TMP', 'USERPROFILE', 'LD_LIBRARY_PATH']
const MOST_OUTPUT = 256 * 1024

function calm(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    os.setPriority(pid, os.constants.priority.PRIORITY_LOW)
  } catch {
    // It ended already, or the system does not let us: it runs all the same.
  }
}

/** Runs a program that ends by itself with the lowest priority by default, its standard input closed: whatever it asks is not answered. */
export function runTool({ launcher, args, cwd, onLine, priority = 'low' }: ToolOptions): ToolRun {
  const env = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(launcher.file, [...launcher.prefixArgs, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...launcher.env },
    windowsHide: true,
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (priority === 'low') calm(child.pid)
  let output = ''
  let isStopped = false
  const listen = (stream: typeof child.stdout): void => {
    let rest = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-MOST_OUTPUT)
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine?.(line)
    })
  }
  listen(child.stdout)
  listen(child.stderr)
  const done = new Promise<ToolEnd>((resolve) => {
    child.on('error', (cause) => resolve({ code: null, output: `${output}${textOf(cause)}`, isStopped }))
    child.on('close', (code) => resolve({ code, output, isStopped }))
  })
  return {
    pid: child.pid,
    done,
    stop() {
      isStopped = true
      child.kill('SIGKILL')
    },
  }
}
