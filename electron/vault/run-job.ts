import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { VaultProgress } from '../../shared/domain/backup.ts'
import { fail, ok, type Result } from '../../shared/domain/fault.ts'
import { parseLine, type VaultAnswers, type VaultFaults, type VaultJob, type VaultLine, type VaultRequest } from './protocol.ts'

/** How the vault process is started: an executable, arguments before its own, and what its environment needs. */
export interface VaultLauncher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface VaultRun<Job extends VaultJob> {
  /** Never rejects. `backup/cancelled` after `cancel`, `internal` when the process died. */
  readonly done: Promise<Result<VaultAnswers[Job], VaultFaults[Job] | 'backup/cancelled' | 'internal'>>
  cancel(): void
}

interface RunOptions<Job extends VaultJob> {
  readonly launch: VaultLauncher
  readonly request: Extract<VaultRequest, { readonly job: Job }>
  readonly onProgress?: (progress: VaultProgress) => void
  readonly now?: () => number
}

/** Folders of libraries and the like that a program needs to start at all. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'windir', 'TEMP', 'TMP', 'USERPROFILE', 'LD_LIBRARY_PATH']

/** Runs one job in a process of its own. Its end is the end of every secret in it. */
export function runVaultJob<Job extends VaultJob>({ launch, request, onProgress, now = Date.now }: RunOptions<Job>): VaultRun<Job> {
  const env = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
  const child = spawn(launch.file, launch.prefixArgs, {
    stdio: ['pipe', 'pipe', 'ignore'],
    // A look at a dead drive keeps its thread: more threads than drives.
    env: { ...env, UV_THREADPOOL_SIZE: '64', ...launch.env },
    windowsHide: true,
    cwd: process.platform === 'win32' ? undefined : '/',
  })
  const startedAt = now()
  let isCancelled = false
  const progress = progressOf(request.job, startedAt, now)
  const done = new Promise<Awaited<VaultRun<Job>['done']>>((resolve) => {
    const end = (last: VaultLine | undefined, how: string): void => {
      resolve(isCancelled ? fail('backup/cancelled', 'it was cancelled; nothing was kept') : resultOf<Job>(last, how))
      // One that a dead drive holds in the kernel must not hold us too.
      child.kill('SIGKILL')
      child.stdin.destroy()
      child.stdout.destroy()
      child.unref()
    }
    const deadline = setTimeout(() => end(undefined, 'it did not answer in time'), DEADLINES[request.job] ?? 2 ** 31 - 1).unref()
    child.on('error', (cause) => end(undefined, cause.message))
    child.on('close', (code, signal) => end(undefined, `it ended with ${signal ?? code ?? 'nothing'}`))
    child.on('close', () => clearTimeout(deadline))
    // Its end follows, and says why.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = parseLine(line)
      if (parsed?.is === 'progress') onProgress?.(progress(parsed))
      else if (parsed !== undefined) end(parsed, '')
    })
  })
  // Stays open: its end tells the process that we are gone.
  child.stdin.write(`${JSON.stringify(request)}\n`)
  return {
    done,
    cancel() {
      isCancelled = true
      child.kill('SIGKILL')
    },
  }
}

function resultOf<Job extends VaultJob>(last: VaultLine | undefined, how: string): Awaited<VaultRun<Job>['done']> {
  if (last?.is === 'answer') return ok(last.value as VaultAnswers[Job])
  if (last?.is === 'fault') return { ok: false, fault: { ...last.fault, code: last.fault.code as VaultFaults[Job] } }
  return fail('internal', `the vault process gave no answer: ${how}`, { retry: 'now' })
}

const JOBS: Readonly<Record<VaultJob, VaultProgress['job']>> = {
  plan: 'backup',
  backup: 'backup',
  drill: 'drill',
  open: 'open',
  restore: 'restore',
  places: 'open',
  sweep: 'backup',
}

/** Of jobs that are quick unless a drive is dead. The others take as long as their bytes do, and are cancelled by hand. */
const DEADLINES: Partial<Readonly<Record<VaultJob, number>>> = { plan: 30_000, places: 15_000, sweep: 15_000 }

/** Expected ends from the speed since the step began. */
function progressOf(job: VaultJob, startedAt: number, now: () => number): (line: Extract<VaultLine, { is: 'progress' }>) => VaultProgress {
  let step = ''
  let stepAt = startedAt
  return (line) => {
    if (line.step !== step) [step, stepAt] = [line.step, now()]
    const { doneBytes, totalBytes } = line
    const elapsed = now() - stepAt
    const rest = doneBytes > 0 && elapsed > 500 ? (elapsed / doneBytes) * Math.max(0, totalBytes - doneBytes) : undefined
    return {
      job: JOBS[job],
      step: line.step,
      doneBytes,
      ...(totalBytes > 0 ? { totalBytes } : {}),
      startedAt,
      ...(rest === undefined ? {} : { endsAt: now() + rest }),
    }
  }
}
