import { spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
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
  try {
    const wrong = headerFault(headOf(file), process.platform, process.arch)
    return wrong === undefined ? ok(undefined) : fail('process/binary-wrong', `${file} ${wrong}`)
  } catch {
    return ok(undefined) // executable but not readable: the system decides
  }
}

function headOf(file: string): Buffer {
  const fd = openSync(file, 'r')
  try {
    const head = Buffer.alloc(64)
    return head.subarray(0, readSync(fd, head, 0, head.length, 0))
  } finally {
    closeSync(fd)
  }
}

/** e_machine of the ELF header. @source System V ABI, EM_* */
const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, ia32: 3, arm: 40, riscv64: 243 }
const MACH_O = ['cffaedfe', 'cefaedfe', 'cafebabe']

/**
 * What is wrong with a program's first bytes; undefined when nothing is. Needed because execvp(3) hands a file that
 * the kernel refuses, a binary for another processor for one, to the shell as a script.
 */
export function headerFault(head: Buffer, platform: NodeJS.Platform, arch: string): string | undefined {
  if (platform !== 'win32' && head.toString('latin1', 0, 2) === '#!') return undefined
  const isKnown =
    platform === 'win32'
      ? head.toString('latin1', 0, 2) === 'MZ'
      : platform === 'darwin'
        ? MACH_O.includes(head.toString('hex', 0, 4))
        : head.toString('latin1', 0, 4) === '\x7fELF'
  if (!isKnown) return 'is not a program for this system'
  if (platform === 'win32' || platform === 'darwin') return undefined
  if (head.length < 20) return 'is cut off'
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18)
  const wanted = ELF_MACHINES[arch]
  return wanted === undefined || machine === wanted ? undefined : 'is made for another processor'
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
