import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { OperationView } from '../../../shared/domain/operation.ts'
import { parseLine, type OperationAnswers, type OperationAsk, type OperationJob, type OperationLine } from './protocol.ts'

/** How the operations process is started: an executable, arguments before its own, and what its environment needs. */
export interface OperationsLauncher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface OperationRun<Job extends OperationJob> {
  /** Never rejects. `internal` when the process died; then the journal says how far it was. */
  readonly done: Promise<Result<OperationAnswers[Job]>>
  /** At the next safe point. */
  cancel(): void
  /** A move waits while its disks are needed for a proof. */
  holdDisks(isHeld: boolean): void
}

interface RunOptions<Job extends OperationJob> {
  readonly launch: OperationsLauncher
  readonly ask: Extract<OperationAsk, { readonly job: Job }>
  readonly onChange?: (view: OperationView) => void
}

/** Folders that a program needs to start at all, and how the managers of the user's session are reached. */
const PASSED_ON =
  'PATH HOME LANG TZ TMPDIR SystemRoot windir TEMP TMP USERPROFILE LD_LIBRARY_PATH XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS XDG_CONFIG_HOME DOCKER_HOST'.split(
    ' ',
  )

/** Runs one job in a process of its own. */
export function runOperationJob<Job extends OperationJob>({ launch, ask, onChange }: RunOptions<Job>): OperationRun<Job> {
  const env = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(launch.file, launch.prefixArgs, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...env, ...launch.env },
    windowsHide: true,
    cwd: process.platform === 'win32' ? undefined : '/',
  })
  const done = new Promise<Result<OperationAnswers[Job]>>((resolve) => {
    let last: OperationLine | undefined
    const end = (how: string): void => {
      resolve(resultOf<Job>(last, how))
      child.stdin.destroy()
      child.stdout.destroy()
      child.unref()
    }
    child.on('error', (cause) => end(cause.message))
    // Its locks are gone only with it: the answer counts when it has ended.
    child.on('close', (code, signal) => end(`it ended with ${signal ?? code ?? 'nothing'}`))
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = parseLine(line)
      if (parsed?.is === 'changed') onChange?.(parsed.view)
      else if (parsed !== undefined) last = parsed
    })
  })
  // Stays open: its end tells the process that we are gone.
  child.stdin.write(`${JSON.stringify(ask)}\n`)
  const say = (word: string): void => void child.stdin.write(`${word}\n`)
  return { done, cancel: () => say('cancel'), holdDisks: (isHeld) => say(isHeld ? 'hold' : 'go') }
}

function resultOf<Job extends OperationJob>(last: OperationLine | undefined, how: string): Result<OperationAnswers[Job]> {
  if (last?.is === 'answer') return ok(last.value as OperationAnswers[Job])
  if (last?.is === 'fault') return { ok: false, fault: last.fault }
  return fail('internal', `the operations process gave no answer: ${how}`, { retry: 'now' })
}
