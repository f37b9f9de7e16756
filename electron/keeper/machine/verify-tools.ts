import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { textOf } from '../../../shared/domain/fault.ts'
import { systemInterop, systemProcesses } from '../../interop/index.ts'
import { writeFileAtomic } from '../../lib/atomic-file.ts'
import { runTool, type ToolOptions, type ToolRun } from '../../programs/index.ts'
import type { MachineContext } from './context.ts'

const bookSchema = z.array(z.object({ pid: z.number().int().positive(), args: z.array(z.string()) }))
type Entry = z.infer<typeof bookSchema>[number]

const GONE_MS = 5_000
const LOOK_MS = 50

/**
 * Programs that work on PoS data for us. They end with us; what a crash of ours left running is ended at the next start,
 * because two writers would spoil a file, and because whoever reads must stop when a proof is due.
 */
export interface VerifyTools {
  run(options: ToolOptions): ToolRun
  endLeft(): Promise<void>
}

export function verifyTools({ home, clock, log, mode }: Pick<MachineContext, 'home' | 'clock' | 'log' | 'mode'>): VerifyTools {
  const file = path.join(home.state, 'verify-tools.json')
  const open = new Map<number, Entry>()
  const note = (): void => {
    try {
      if (open.size === 0) rmSync(file, { force: true })
      else writeFileAtomic(file, JSON.stringify([...open.values()]))
    } catch (cause) {
      log.warn('verify.tools-not-noted', { error: textOf(cause) })
    }
  }
  const gone = (pid: number): Promise<void> =>
    new Promise((resolve) => {
      const until = clock.monotonic() + GONE_MS
      const look = (): void => {
        if (!isThere(pid) || clock.monotonic() > until) resolve()
        else clock.after(LOOK_MS, look)
      }
      look()
    })
  return {
    run(options) {
      // Practice data is tiny: who practises need not wait for everybody else.
      const run = runTool(mode === 'practice' ? { ...options, priority: 'usual' } : options)
      const { pid } = run
      if (pid === undefined) return run
      open.set(pid, { pid, args: [...options.args] })
      note()
      void run.done.then(() => {
        open.delete(pid)
        note()
      })
      return run
    },
    async endLeft() {
      const left = readLeft(file)
      if (left.length === 0) return
      const running = new Map((await systemProcesses(systemInterop()).all()).map(({ pid, argv }) => [pid, argv.join('\0')]))
      for (const { pid, args } of left) {
        if (running.get(pid)?.endsWith(args.join('\0')) !== true) continue // another process has that number now
        log.warn('verify.tool-left', { pid })
        end(pid)
        await gone(pid)
      }
      note()
    },
  }
}

function readLeft(file: string): readonly Entry[] {
  try {
    return bookSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return [] // nothing was left, or nobody can tell what
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}
