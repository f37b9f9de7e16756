import { existsSync, rmSync, statfsSync } from 'node:fs'
import path from 'node:path'
import type { MachineReport, PowRates } from '../../../shared/domain/machine.ts'
import type { Setup } from '../../../shared/setup/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/logger.ts'
import {
  PROFILER_FILE_BYTES,
  profilerArguments,
  readProfiler,
  roundsDone,
  runTool,
  usualMs,
  type Launcher,
  type ProfilerTask,
  type ToolRun,
} from '../../programs/index.ts'

export type Figures = Pick<PowRates, 'fastHashesPerSecond' | 'lightHashesPerSecond' | 'labelSpeeds'>

export interface ProfilerRun {
  /** Figures of what was measured until the end or the stop, and what went wrong, if anything. Never rejects. */
  readonly done: Promise<{ readonly figures: Figures; readonly problem?: string }>
  progress(): NonNullable<MachineReport['profiler']>
  stop(): void
}

interface Parts {
  readonly launcher: Launcher
  readonly log: Logger
  readonly setup: Setup
  /** Threads of the processor: what a service without identities would get. */
  readonly threads: number
  /** Where the data file may lie. */
  readonly folders: readonly string[]
  readonly clock: Clock
  readonly onProgress: () => void
}

const FILE = 'smeshkeeper-profiler.bin'
/** Nonces that are measured even when no service uses them: the plan compares them. */
const USUAL_NONCES = [128, 288] as const
/** So many pairs of nonces and threads at most: each takes some ten seconds. */
const MOST_PAIRS = 6

/** In memory where the system has such a file system: no disk holds the measurement back. */
export function profilerFolders(stateFolder: string): readonly string[] {
  return process.platform === 'linux' && existsSync('/dev/shm') ? ['/dev/shm', stateFolder] : [stateFolder]
}

function roomFor(folders: readonly string[]): string | undefined {
  return folders.find((folder) => {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize > 2 * PROFILER_FILE_BYTES
    } catch {
      return false // not there: the next one
    }
  })
}

/** A file of ours that a crash left. Nothing else has this name. */
export function removeProfilerFiles(folders: readonly string[]): void {
  for (const folder of folders) rmSync(path.join(folder, FILE), { force: true })
}

function tasksFor(setup: Setup, threads: number, dataFile: string | undefined): readonly ProfilerTask[] {
  const threadsOf = ({ threads: own, pinnedCores }: Setup['services'][number]): number => own || (pinnedCores?.length ?? threads)
  const most = Math.max(0, ...setup.services.map(threadsOf)) || threads
  const modes = new Set(setup.services.map(({ randomx }) => randomx))
  const pairs = new Map<string, { readonly nonces: number; readonly threads: number }>()
  for (const nonces of USUAL_NONCES) pairs.set(`${nonces}/${most}`, { nonces, threads: most })
  for (const service of setup.services) {
    const pair = { nonces: service.nonces, threads: threadsOf(service) }
    pairs.set(`${pair.nonces}/${pair.threads}`, pair)
  }
  return [
    ...(['light', 'fast'] as const)
      .filter((mode) => modes.has(mode) || modes.size === 0)
      .map((mode) => ({ is: 'pow' as const, mode, threads: most })),
    ...(dataFile === undefined
      ? []
      : [...pairs.values()].slice(0, MOST_PAIRS).map((pair) => ({ is: 'labels' as const, ...pair, dataFile }))),
  ]
}

const withFigure = (figures: Figures, task: ProfilerTask, perSecond: number): Figures => {
  if (task.is === 'pow') return { ...figures, [task.mode === 'fast' ? 'fastHashesPerSecond' : 'lightHashesPerSecond']: perSecond }
  const { nonces, threads } = task
  return { ...figures, labelSpeeds: [...figures.labelSpeeds, { nonces, threads, bytesPerSecond: perSecond }] }
}

/** How far a row of runs is, by what each usually takes. */
function stretchOf(
  tasks: readonly ProfilerTask[],
  clock: Clock,
): {
  /** @returns whether it is further than before */
  reached(task: number, share: number | undefined): boolean
  progress(): NonNullable<MachineReport['profiler']>
} {
  const startedAt = clock.now()
  const began = clock.monotonic()
  const all = tasks.reduce((sum, task) => sum + usualMs(task), 0)
  let done = 0
  return {
    reached(at, share) {
      const own = tasks[at]
      if (share === undefined || own === undefined) return false
      const before = done
      done = Math.max(done, tasks.slice(0, at).reduce((sum, task) => sum + usualMs(task), 0) + share * usualMs(own))
      return done > before
    },
    progress() {
      const elapsed = clock.monotonic() - began
      // As fast as so far, once that tells something.
      const pace = done > 0.1 * all ? elapsed / done : 1
      return { percent: all === 0 ? 100 : (100 * done) / all, endsAt: Math.round(startedAt + elapsed + pace * (all - done)) }
    },
  }
}

/** Runs the profiler for each mode and for the nonces and threads of this set-up, one after the other. */
export function runProfiler({ launcher, log, setup, threads, folders, clock, onProgress }: Parts): ProfilerRun {
  removeProfilerFiles(folders)
  const folder = roomFor(folders)
  const tasks = tasksFor(setup, threads, folder === undefined ? undefined : path.join(folder, FILE))
  const stretch = stretchOf(tasks, clock)
  let live: ToolRun | undefined
  let isStopped = false
  const work = async (): Promise<{ figures: Figures; problem?: string }> => {
    let figures: Figures = { labelSpeeds: [] }
    let problem: string | undefined
    if (folder === undefined) problem = 'There is no room for the profiler’s file of 1 GiB: only the proof of work was measured.'
    for (const [at, task] of tasks.entries()) {
      if (isStopped) break
      const onLine = (line: string): void => {
        if (stretch.reached(at, roundsDone(line))) onProgress()
      }
      live = runTool({ launcher, args: profilerArguments(task), onLine })
      const { code, output } = await live.done
      live = undefined
      if (isStopped) break
      const read = readProfiler(task, output, code === null ? {} : { code })
      if (read.ok) figures = withFigure(figures, task, read.value.perSecond)
      else problem ??= read.fault.detail
      if (stretch.reached(at, 1)) onProgress()
      log.info('profiler.ran', { task: task.is, threads: task.threads, ok: read.ok })
    }
    removeProfilerFiles(folders)
    return { figures, ...(problem === undefined ? {} : { problem }) }
  }
  return {
    done: work(),
    progress: () => stretch.progress(),
    stop() {
      isStopped = true
      live?.stop()
    },
  }
}
