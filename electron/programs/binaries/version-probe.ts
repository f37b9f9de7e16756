import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { textOf } from '../../../shared/domain/fault.ts'
import { errorCode } from '../error-code.ts'

/** What a program said when it was asked for its version. */
export interface ProbeOutput {
  /** undefined: it could not be started, or was ended at the deadline. */
  readonly code: number | undefined
  readonly text: string
  /** Code of the system's error when it could not be started: `EACCES`, `ENOEXEC`, `ENOENT`, … */
  readonly startError?: string
  readonly isTimeout: boolean
}

export type RunProgram = (file: string, args: readonly string[], deadlineMs: number) => Promise<ProbeOutput>

/**
 * No variable of ours is for a program that nobody has looked at yet. A home there must be, or go-spacemesh panics even
 * when asked for its version: the temporary folder is one. Windows needs its own folder to run anything.
 */
function bareEnvironment(): Record<string, string> {
  if (process.platform !== 'win32') return { HOME: tmpdir() }
  const root = process.env['SystemRoot']
  return { USERPROFILE: tmpdir(), ...(root === undefined ? {} : { SystemRoot: root }) }
}

/** Runs `file` without shell, bare of environment, in the temporary folder, and kills it at the deadline. Never rejects. */
export const runProgram: RunProgram = (file, args, deadlineMs) =>
  new Promise((resolve) => {
    const options = {
      env: bareEnvironment(),
      cwd: tmpdir(),
      timeout: deadlineMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: 256 * 1024,
      windowsHide: true,
      encoding: 'utf8' as const,
    }
    try {
      const child = execFile(file, [...args], options, (error, stdout, stderr) => {
        const text = `${stdout}\n${stderr}`
        if (error === null) return resolve({ code: 0, text, isTimeout: false })
        const code: unknown = error.code
        if (error.killed === true) return resolve({ code: undefined, text, isTimeout: true })
        if (typeof code === 'number') return resolve({ code, text, isTimeout: false })
        const startError = typeof code === 'string' ? { startError: code } : {}
        return resolve({ code: undefined, text: text.trim() === '' ? error.message : text, ...startError, isTimeout: false })
      })
      child.stdin?.end()
    } catch (cause) {
      const code = errorCode(cause)
      resolve({ code: undefined, text: textOf(cause), startError: code ?? 'UNKNOWN', isTimeout: false })
    }
  })
