import type { UnixMs } from '../../../shared/domain/ids.ts'
import type { PlanInputs, PlanOutcome } from '../../../shared/domain/planner/index.ts'
import { duration, plural, THIN } from '../../../shared/domain/words.ts'

/** `96.3 %`; what was never seen in the simulated gaps is not called impossible. */
export function chanceWords(chance: number): string {
  if (chance >= 0.9995) return `over 99.9${THIN}%`
  if (chance < 0.0005) return `under 0.1${THIN}%`
  return `${(chance * 100).toFixed(1)}${THIN}%`
}

/** Tone of a chance: good from 99 %, bad below 90 %. */
export const toneOf = (chance: number): string => (chance >= 0.99 ? 'c-ok' : chance < 0.9 ? 'c-bad' : '')

/** Seconds say nothing about what takes longer than some minutes. */
const roughly = (ms: number): string => duration(ms > 600_000 ? Math.round(ms / 60_000) * 60_000 : ms)

/** `10 h 43 m`, counted from the gap's opening; never a figure for what does not come. */
export function intoGap(at: UnixMs, inputs: PlanInputs): string {
  if (at >= inputs.publishEndsAt) return 'after the publish end'
  return roughly(Math.max(0, at - inputs.gapOpensAt))
}

/** `1 h 17 m to spare` or `2 h late`. */
export function spareWords(at: UnixMs, inputs: PlanInputs): string {
  if (at >= inputs.publishEndsAt) return 'too late'
  const spare = inputs.gapClosesAt - at
  return spare >= 0 ? `${roughly(spare)} to spare` : `${roughly(-spare)} late`
}

/** An identity that one only plays with, as long as nobody named it. */
export const NEW_NAME = 'A new one'

/** The answer in one sentence. */
export function headlineOf(outcome: PlanOutcome, newName: string | undefined, isChanged: boolean): string {
  const count = outcome.identities.length
  if (count === 0) return 'There is no identity to plan for yet'
  const what = count === 1 ? 'the proof is' : `all ${plural(count, 'proof')} are`
  const lead = newName !== undefined ? `With ${newName === NEW_NAME ? 'the new one' : newName}, ` : isChanged ? 'So changed, ' : ''
  if (outcome.chance < 0.0005) {
    const lost = `${lead}${count === 1 ? 'the proof does' : `the ${plural(count, 'proof')} do`} not fit into the gap`
    return lost.charAt(0).toUpperCase() + lost.slice(1)
  }
  const text = `${lead}${what} on time in ${chanceWords(outcome.chance)} of epochs`
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `once in 27 epochs` */
export function onceIn(share: number): string {
  if (share < 0.0005) return 'hardly ever'
  return share > 0.67 ? 'in most epochs' : `once in ${plural(Math.max(2, Math.round(1 / share)), 'epoch')}`
}
