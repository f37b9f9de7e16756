import { spawn } from 'node:child_process'
import type { Clock } from '../../lib/clock.ts'
import type { ProbeLauncher } from '../opencl/run-probe.ts'
import { speedLines, type BadPlace, type SpeedFaultCode, type SpeedFigure, type SpeedLine, type SpeedRequest } from './protocol.ts'

/** How a measurement ended. `silent`: the disk gave nothing for so long that it is not waited for. */
export type SpeedEnd =
  | ({ readonly is: 'measured'; readonly isDirect: boolean } & SpeedFigure)
  | { readonly is: 'fault'; readonly code: SpeedFaultCode | 'silent' | 'crashed'; readonly text: string }
  | { readonly is: 'stopped' }

export interface SpeedOutcome {
  readonly end: SpeedEnd
  readonly bad: readonly BadPlace[]
}

export interface SpeedRun {
  readonly done: Promise<SpeedOutcome>
  /** Ends it at once; a process that the kernel does not let go is not waited for. */
  stop(): void
}

export interface RunSpeed {
  readonly launch: () => ProbeLauncher
  readonly clock: Clock
  readonly request: SpeedRequest
  readonly onProgress: (percent: number, bytesPerSecond: number | undefined) => void
  readonly deadlineMs: number
}

const START_TEXT = 'The measuring program could not be started'

/** Measures in a process of its own: a disk that hangs holds only that. */
export function runSpeed({ launch, clock, request, onProgress, deadlineMs }: RunSpeed): SpeedRun {
  const bad: BadPlace[] = []
  let resolve: (outcome: SpeedOutcome) => void = () => undefined
  const done = new Promise<SpeedOutcome>((settle) => (resolve = settle))
  const { file, prefixArgs, env } = launch()
  const child = spawn(file, [...prefixArgs], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
    windowsHide: true,
    cwd: process.platform === 'win32' ? undefined : '/',
  })
  const finish = (end: SpeedEnd): void => {
    cancel()
    child.kill('SIGKILL')
    child.stdin.destroy()
    child.stdout.destroy()
    child.unref()
    resolve({ end, bad })
  }
  const cancel = clock.after(deadlineMs, () =>
    finish({ is: 'fault', code: 'silent', text: 'The disk did not answer in time. Look at its cable and its power, then at its health.' }),
  )
  const hear = (line: SpeedLine): void => {
    switch (line.is) {
      case 'progress':
        return onProgress(line.percent, line.bytesPerSecond)
      case 'bad':
        return void bad.push({ file: line.file, offsetBytes: line.offsetBytes, code: line.code })
      case 'done': {
        const { is: _is, ...figure } = line
        return finish({ is: 'measured', ...figure })
      }
      case 'fault':
        return finish({ is: 'fault', code: line.code, text: line.text })
    }
  }
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts.map((part) => speedLines.read(part))) if (line !== undefined) hear(line)
  })
  child.once('error', (cause) => finish({ is: 'fault', code: 'crashed', text: `${START_TEXT}: ${cause.message}` }))
  child.once('close', (code, signal) => {
    finish({ is: 'fault', code: 'crashed', text: `The measuring program ended by itself (${signal ?? `exit code ${code ?? '?'}`}).` })
  })
  child.stdin.on('error', () => undefined) // it ended before it was asked: `close` tells how
  child.stdin.write(`${JSON.stringify(request)}\n`)
  return { done, stop: () => finish({ is: 'stopped' }) }
}
