import type { OpenClState } from '../../../shared/domain/machine.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Logger } from '../../lib/logger.ts'
import { PROVIDERS_ARGUMENTS, readProviders, runTool, withPrinted, type Launcher } from '../../programs/index.ts'

/** postcli answers in a moment where there is a platform; a driver may stand still in it as it may in our probe. */
const WITHIN_MS = 10_000

/**
 * The same devices with the numbers that postcli itself gives them. Where it cannot be asked ours stay, which are counted
 * as it counts. It is not asked without a platform: it would wait for one for 20 s.
 */
export async function numberedByPostcli(
  state: OpenClState,
  launcher: Launcher | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<OpenClState> {
  if (state.is !== 'seen' || launcher === undefined || !state.devices.some(({ provider }) => provider !== undefined)) return state
  const run = runTool({ launcher, args: PROVIDERS_ARGUMENTS })
  const cancel = clock.after(WITHIN_MS, () => run.stop())
  const { output, code, isStopped } = await run.done
  cancel()
  const printed = readProviders(output, code)
  if (isStopped || printed.is !== 'listed') {
    log.warn('opencl.not-numbered', { why: isStopped ? 'no answer' : printed.is })
    return state
  }
  return { ...state, devices: withPrinted(state.devices, printed.providers) }
}
