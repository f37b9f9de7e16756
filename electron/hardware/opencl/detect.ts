import type { OpenClState } from '../../../shared/domain/machine.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/logger.ts'
import { silentLogger } from '../../lib/logger.ts'
import { diagnose } from './doctor.ts'
import { factSource, openclFacts, type OpenclFacts } from './facts.ts'
import type { Environment } from './registered.ts'
import { runProbe, type ProbeLauncher } from './run-probe.ts'
import { stateOf } from './state.ts'

/** How a look at OpenCL ended. */
export type OpenclReport = Extract<OpenClState, { is: 'seen' | 'failed' }>

export interface OpenclDetection {
  /** Asks every driver, in a process of its own; two looks at once are one. Never rejects. */
  look(): Promise<OpenclReport>
  close(): void
}

export interface DetectOptions {
  readonly launch: () => ProbeLauncher
  readonly clock: Clock
  readonly log?: Logger
  /** What the system tells beside the drivers, for the advice. */
  readonly facts?: () => OpenclFacts | Promise<OpenclFacts>
  readonly deadlineMs?: number
  /** Variables of the process: those that postcli gets, since some of them hide or add devices. */
  readonly env?: Environment
}

/** A driver that hangs is given up, and its process ended. */
const DEADLINE_MS = 5000

export function detectOpencl({
  launch,
  clock,
  log = silentLogger,
  env = process.env,
  facts = () => openclFacts(factSource(env)),
  deadlineMs = DEADLINE_MS,
}: DetectOptions): OpenclDetection {
  let looking: Promise<OpenclReport> | undefined
  const stop = new AbortController()

  const lookNow = async (): Promise<OpenclReport> => {
    const [run, system] = await Promise.all([runProbe({ launch, clock, deadlineMs, signal: stop.signal, env }), facts()])
    const report = stateOf(run, { at: clock.now(), memoryBytes: system.memoryBytes, advice: diagnose(run, system) })
    if (report.is === 'seen')
      log.info('opencl.seen', { platforms: report.platforms.length, devices: report.devices.length, tookMs: report.tookMs })
    else log.warn('opencl.failed', { why: report.why, text: report.text })
    return report
  }
  return {
    look() {
      looking ??= lookNow().finally(() => (looking = undefined))
      return looking
    },
    close: () => stop.abort(),
  }
}
