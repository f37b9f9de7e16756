import { costsOf, passOdds } from './costs.ts'
import { withSettings } from './changes.ts'
import { expectedFails } from './jobs.ts'
import type { PlanIdentity, PlanInputs } from './types.ts'

/** Nonces that are worth a try: beyond 288 a pass fails once in a thousand already. */
export const NONCE_CHOICES: readonly number[] = [64, 96, 128, 160, 192, 224, 256, 288, 320]
/** Twice the usual deviation counts against a setting: what is often fast and sometimes hopeless is no good. */
const CAUTION = 2
/** A setting that gains less than this is no reason to change anything. */
const WORTH = 0.03

/** Settings of one identity with which its proof is done soonest, the chance of further passes counted. */
export interface BestSettings {
  readonly identity: string
  readonly nonces: number
  readonly threads: number
  /** What a proof takes at most in nearly all cases, as set now and with these settings, alone on its disk, ms. */
  readonly nowMs: number
  readonly bestMs: number
}

/** Cautious length of a proof, ms: mean and twice the deviation. */
function cautiousMs(inputs: PlanInputs, one: PlanIdentity): number {
  const costs = costsOf(
    inputs,
    one,
    inputs.disks.find((disk) => disk.id === one.disk),
  )
  const odds = passOdds(inputs.post, one.nonces)
  const fails = expectedFails(odds.chance)
  const again = costs.powMs + costs.passMs
  const mean = costs.preparingMs + costs.powMs + odds.meanShare * costs.passMs + fails * again
  const variance = costs.powMs ** 2 / costs.groups + odds.varianceShare * costs.passMs ** 2 + fails * (1 + fails) * again ** 2
  return mean + CAUTION * Math.sqrt(variance)
}

/**
 * Nonces and threads with which each identity is done soonest: more nonces need fewer passes and more proof of work, and
 * the processor checks fewer bytes a second. Threads are as few as make no difference, so that others can compute beside it.
 */
export function bestNonces(inputs: PlanInputs): readonly BestSettings[] {
  const most = Math.max(1, inputs.machine.threads)
  const threadChoices = [...new Set([most, Math.ceil((most * 3) / 4), Math.ceil(most / 2)])]
  return inputs.identities.map((one): BestSettings => {
    const nowMs = cautiousMs(inputs, one)
    let best = { nonces: one.nonces, threads: one.threads, ms: nowMs }
    for (const threads of threadChoices) {
      for (const nonces of NONCE_CHOICES) {
        const ms = cautiousMs(inputs, withSettings(inputs, one, { nonces, threads }))
        const isBetter = ms < best.ms * (1 - WORTH) || (ms <= best.ms * (1 + WORTH / 3) && threads < best.threads && best.ms < nowMs)
        if (isBetter) best = { nonces, threads, ms }
      }
    }
    return { identity: one.id, nonces: best.nonces, threads: best.threads, nowMs, bestMs: best.ms }
  })
}
