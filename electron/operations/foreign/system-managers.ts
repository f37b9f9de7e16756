import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { findProcesses, systemProcesses, type InteropPlatform } from '../../interop/index.ts'
import type { Files } from '../../lib/files.ts'
import type { Command, ForeignManagers, Ran } from './managers.ts'

/** Where each program is, or its name for a search on PATH. */
type Locate = (program: Command['program']) => readonly string[]

const MOST_OUTPUT = 16 * 1024 * 1024

const byPath: Locate = (program) => [existsSync(`/usr/bin/${program}`) ? `/usr/bin/${program}` : program]

/** Runs one command; its end is told whatever became of it. */
export const runCommand = ({ program, args, withinMs }: Command, locate: Locate = byPath, env = process.env): Promise<Ran> =>
  new Promise((resolve) => {
    const [file = program, ...before] = locate(program)
    const options = {
      timeout: withinMs,
      encoding: 'utf8',
      windowsHide: true,
      maxBuffer: MOST_OUTPUT,
      env: { ...env, LC_ALL: 'C' },
    } as const
    execFile(file, [...before, ...args], options, (fault, stdout, stderr) => {
      const code = fault === null ? 0 : typeof fault.code === 'number' ? fault.code : undefined
      resolve({ code, stdout, stderr: stderr === '' ? (fault?.message ?? '') : stderr })
    })
  })

function may(what: 'read' | 'write', file: string): boolean {
  try {
    accessSync(file, what === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** A zombie and a thread of the kernel have none. */
function words(text: string): readonly string[] | undefined {
  const list = text.split('\0').slice(0, -1)
  return list.length === 0 ? undefined : list
}

function commandLines(): readonly (readonly string[])[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const argv = orUndefined(() => words(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
      return argv === undefined ? [] : [argv]
    })
}

const CHANGES = /^(enable|disable|mask|unmask|start|stop|restart|reset-failed|update)$/

/** Also behind `sudo` and the like. */
const isChange = (argv: readonly string[], program: string, name: string): boolean =>
  argv.includes(name) && argv.some((word) => path.basename(word) === program) && argv.some((word) => CHANGES.test(word))

export interface SystemManagersOptions {
  readonly files: Files
  readonly platform: InteropPlatform
  /** Pids of this Smeshkeeper's own children, now. */
  readonly own?: () => ReadonlySet<number>
  /** For tests: how a program is called, and with which environment. */
  readonly locate?: Locate
  readonly env?: NodeJS.ProcessEnv
}

/** The managers of this machine. */
export function systemManagers({ files, platform, locate, env, own }: SystemManagersOptions): ForeignManagers {
  const source = systemProcesses(platform)
  return {
    run: (command) => runCommand(command, locate, env),
    async programs() {
      // A listing that fails would read as "nobody runs".
      await source.all()
      return findProcesses({ source, files, platform, ...(own === undefined ? {} : { own: own() }) })
    },
    commandOf: (pid) => (platform.os === 'linux' ? orUndefined(() => words(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) : undefined),
    isChanging: (program, name) => platform.os === 'linux' && commandLines().some((argv) => isChange(argv, program, name)),
    terminate(pid) {
      try {
        process.kill(pid, 'SIGTERM')
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
      }
    },
    may,
    linkTarget: (file) => orUndefined(() => readlinkSync(file)),
    wait: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms)
      }),
    elapsed: () => performance.now(),
    isRoot: process.getuid?.() === 0,
    hasSystemd: platform.os === 'linux',
  }
}
