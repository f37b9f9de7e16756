import { spawn, type ChildProcess } from 'node:child_process'
import type { Clock } from '../../lib/clock.ts'
import type { Environment } from './registered.ts'
import { probeLines, type ProbeLine, type RawDevice, type RawPlatform, type RegisteredDriver } from './protocol.ts'

/** How the probe's process is started: our own program, as the composition launches it. */
export interface ProbeLauncher {
  readonly file: string
  readonly prefixArgs: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** How the asking ended. `problem`: we could not ask at all. */
export type ProbeEnd =
  | { readonly is: 'done' | 'hung' | 'stopped' }
  | { readonly is: 'crashed'; readonly text: string }
  | { readonly is: 'problem'; readonly text: string }

/** All that was heard until the end, whichever it was. */
export interface ProbeRun {
  readonly end: ProbeEnd
  readonly tookMs: number
  readonly loader?: string
  readonly noLoader?: string
  readonly status?: number
  readonly platforms: readonly RawPlatform[]
  readonly devices: readonly RawDevice[]
  /** Every device was told: what came later is only about drivers that do not load. */
  readonly isListed: boolean
  readonly drivers: readonly RegisteredDriver[]
}

/** A driver may print on and on; a machine's answer is some KiB. */
const MOST_BYTES = 2 * 1024 * 1024
const CRASH_SIGNALS: ReadonlySet<unknown> = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGSYS', 'SIGTRAP'])

export interface RunProbe {
  readonly launch: () => ProbeLauncher
  readonly clock: Clock
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly env: Environment
}

/**
 * Asks the drivers in a process of its own and ends it at the last line, at the deadline or when `signal` says so; a
 * process that cannot be ended is not waited for.
 */
export async function runProbe({ launch, clock, deadlineMs, signal, env }: RunProbe): Promise<ProbeRun> {
  const began = clock.monotonic()
  const lines: ProbeLine[] = []
  const end = await new Promise<ProbeEnd>((resolve) => {
    if (signal.aborted) return resolve({ is: 'stopped' })
    const child = start(launch(), env)
    const finish = (how: ProbeEnd): void => {
      cancel()
      signal.removeEventListener('abort', stop)
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.unref()
      resolve(how)
    }
    const stop = (): void => finish({ is: 'stopped' })
    const cancel = clock.after(deadlineMs, () => finish({ is: 'hung' }))
    signal.addEventListener('abort', stop)
    hear(child, lines, finish)
  })
  return runOf(end, lines, clock.monotonic() - began)
}

function start({ file, prefixArgs, env }: ProbeLauncher, around: Environment): ChildProcess {
  return spawn(file, [...prefixArgs], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...around, ...env },
    windowsHide: true,
    cwd: process.platform === 'win32' ? undefined : '/',
  })
}

function hear(child: ChildProcess, lines: ProbeLine[], finish: (how: ProbeEnd) => void): void {
  let rest = ''
  let heard = 0
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    heard += chunk.length
    if (heard > MOST_BYTES) return finish({ is: 'crashed', text: 'it printed without end' })
    const parts = `${rest}${chunk}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const line = probeLines.read(part)
      if (line === undefined) continue
      lines.push(line)
      if (line.is === 'done') return finish({ is: 'done' })
      if (line.is === 'problem') return finish({ is: 'problem', text: line.text })
    }
  })
  child.once('error', (fault) => finish({ is: 'problem', text: fault.message }))
  child.once('close', (code, killedBy) => finish({ is: 'crashed', text: wayOut(code, killedBy) }))
}

/** Windows tells crashes as codes from 0xC0000000 on. */
function wayOut(code: number | null, killedBy: NodeJS.Signals | null): string {
  if (killedBy !== null) return CRASH_SIGNALS.has(killedBy) ? `it crashed (${killedBy})` : `it was ended from outside (${killedBy})`
  if (code !== null && code >>> 0 >= 0xc0000000) return `it crashed (0x${(code >>> 0).toString(16).toUpperCase()})`
  return `it ended the process (exit code ${String(code)})`
}

function runOf(end: ProbeEnd, lines: readonly ProbeLine[], tookMs: number): ProbeRun {
  const of = <K extends ProbeLine['is']>(is: K) => lines.filter((line): line is Extract<ProbeLine, { is: K }> => line.is === is)
  const [loader, noLoader, asked] = [of('loader')[0], of('no-loader')[0], of('asked')[0]]
  return {
    end,
    tookMs,
    ...(loader === undefined ? {} : { loader: loader.file }),
    ...(noLoader === undefined ? {} : { noLoader: noLoader.text }),
    ...(asked === undefined ? {} : { status: asked.status }),
    platforms: of('platform').map(({ name, vendor, version }) => ({ name, vendor, version })),
    devices: of('device').map(({ is: _is, ...device }) => device),
    isListed: of('listed').length > 0,
    drivers: of('driver').map(({ is: _is, ...driver }) => driver),
  }
}
