import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { fail, ok, textOf } from '../../shared/domain/fault.ts'
import type { Result } from '../../shared/domain/fault.ts'
import type { Ending, SpawnFault, SpawnRequest, Spawned } from './platform.ts'

const BASE_UNIX = ['HOME', 'USER', 'LOGNAME', 'PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']
const BASE_WINDOWS = [
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATH',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'USERNAME',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
  'NUMBER_OF_PROCESSORS',
]

/** The few variables a program needs to run at all; nothing else of ours reaches a child. */
export function baseEnv(
  own: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const isWindows = platform === 'win32'
  const wanted = new Set((isWindows ? BASE_WINDOWS : BASE_UNIX).map((name) => (isWindows ? name.toLowerCase() : name)))
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && wanted.has(isWindows ? name.toLowerCase() : name)) kept[name] = value
  }
  return kept
}

/** Says what is wrong with a binary before the system does it less plainly. */
export function checkBinary(file: string): Result<void, SpawnFault> {
  try {
    if (!statSync(file).isFile()) return fail('process/binary-wrong', `${file} is not a program file`)
  } catch (cause) {
    return fail('process/binary-missing', `${file} cannot be found: ${textOf(cause)}`)
  }
  try {
    if (process.platform !== 'win32') accessSync(file, constants.X_OK)
  } catch {
    return fail('process/binary-not-executable', `${file} is not marked as executable`)
  }
  return ok(undefined)
}

/** Starts a child that outlives us: a session (Windows: process group, outside our job) of its own, stdin closed, output by descriptor. */
export function spawnDetached(request: SpawnRequest): Promise<Result<Spawned, SpawnFault>> {
  const { file, args, env, cwd, logFd } = request
  return new Promise((resolve) => {
    const refuse = (cause: unknown): void => {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
      const isWrong = code === 'ENOEXEC' || code === 'UNKNOWN' || code === 'EFTYPE'
      resolve(fail(isWrong ? 'process/binary-wrong' : 'process/spawn-failed', `${file} cannot be started: ${textOf(cause)}`))
    }
    try {
      const output = logFd ?? 'ignore'
      const child = spawn(file, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', output, output], windowsHide: true })
      child.once('error', refuse)
      const ended = new Promise<Ending>((end) => {
        child.once('exit', (code, signal) => end(signal === null ? (code === null ? {} : { code }) : { signal }))
      })
      child.once('spawn', () => {
        const { pid } = child
        child.unref()
        if (pid === undefined) refuse(new Error('no process id'))
        else resolve(ok({ pid, ended }))
      })
    } catch (cause) {
      refuse(cause)
    }
  })
}
