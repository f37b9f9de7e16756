import { z } from 'zod'
import { fail, ok, type Result } from '../../../shared/domain/fault.ts'
import type { ExitFacts } from '../types.ts'
import { hashesOfRound, type ProfilerTask } from './arguments.ts'

const GIB = 1024 ** 3

const spent = z.object({ secs: z.number().nonnegative(), nanos: z.number().nonnegative() })
const powSchema = z.object({ average_time: spent, iterations: z.number().int().positive() })
const labelsSchema = z.object({ time_s: z.number().positive(), speed_gib_s: z.number().positive() })

/** What a run measured: hashes a second, or bytes of labels a second. */
export interface ProfilerFigure {
  readonly perSecond: number
}

/** Figures are one object on stdout; what stands before it is progress of stderr, which has none. */
function jsonOf(output: string): unknown {
  try {
    return JSON.parse(/\{.*\}/s.exec(output)?.[0] ?? '')
  } catch {
    return undefined
  }
}

function lastWords(output: string, exit: ExitFacts): string {
  const lines = output.split('\n').map((line) => line.trim())
  // A panic tells its reason in the line below the place.
  const panic = lines.findIndex((line) => line.includes('panicked at'))
  const line = panic >= 0 ? (lines[panic + 1] ?? lines[panic]) : lines.find((one) => one.startsWith('error:'))
  if (exit.signal !== undefined) return `it was ended by ${exit.signal}`
  const code = exit.code === undefined ? 'without a code' : `with code ${exit.code}`
  return line === undefined || line === '' ? `it ended ${code}` : `it ended ${code}: ${line}`
}

/**
 * Reads what the profiler printed, on both its streams. v0.8.0 to v0.8.2 panic when they measure labels (exit 101).
 * @source recordings/profiler; facts/postcli-and-profiler.md §6
 */
export function readProfiler(
  task: ProfilerTask,
  output: string,
  exit: ExitFacts,
): Result<ProfilerFigure, 'profiler/failed' | 'profiler/not-understood'> {
  if (exit.code !== 0) {
    const advice = task.is === 'labels' && exit.code === 101 ? ' Versions 0.8.0 to 0.8.2 do that: use 0.8.3 or newer.' : ''
    return fail('profiler/failed', `The profiler failed: ${lastWords(output, exit)}.${advice}`)
  }
  const json = jsonOf(output)
  const strange = fail('profiler/not-understood', 'The profiler printed something else than figures: is it another program?')
  if (task.is === 'labels') {
    const read = labelsSchema.safeParse(json)
    return read.success ? ok({ perSecond: read.data.speed_gib_s * GIB }) : strange
  }
  const read = powSchema.safeParse(json)
  if (!read.success) return strange
  const { secs, nanos } = read.data.average_time
  const seconds = secs + nanos / 1e9
  return seconds > 0 ? ok({ perSecond: hashesOfRound(task.threads) / seconds }) : strange
}
