import { assertNever } from './fault.ts'
import type { UnixMs } from './ids.ts'
import type { Finish, IdentityStatus, Timing } from './status.ts'
import type { Deadlines } from './timing.ts'
import type { View } from './view.ts'
import { duration, moment } from './words.ts'

/** One row of the table: its status, or `undefined` when it does not apply. */
export type Rule = (v: View) => IdentityStatus | undefined

interface CommonInput {
  readonly sentence: string
  readonly since: UnixMs
  readonly timing?: Timing
  readonly due?: Deadlines
  readonly finish?: Finish | undefined
  readonly cause?: string | undefined
  readonly causeCode?: string | undefined
}
interface Common {
  readonly timing: Timing
  readonly sentence: string
  readonly since: UnixMs
  readonly epoch?: number
  readonly gapEnd?: UnixMs
  readonly publishEnd?: UnixMs
  readonly finish?: Finish
  readonly cause?: string
  readonly causeCode?: string
}

/** The fields that every status has; absent ones are left out. */
export function common(v: View, input: CommonInput): Common {
  const due = input.due ?? v.due
  return {
    timing: input.timing ?? 'unknown',
    sentence: input.sentence,
    since: Math.min(input.since, v.now),
    epoch: due.epoch,
    gapEnd: due.gapEnd,
    ...(due.publishEnd === undefined ? {} : { publishEnd: due.publishEnd }),
    ...(input.finish === undefined ? {} : { finish: input.finish }),
    ...(input.cause === undefined || input.cause === '' ? {} : { cause: input.cause }),
    ...(input.causeCode === undefined ? {} : { causeCode: input.causeCode }),
  }
}

/** What is left against the deadlines, as the end of a sentence. */
export function deadlineWords(v: View, timing: Timing, finish?: Finish, due: Deadlines = v.due): string {
  switch (timing) {
    case 'on-time':
    case 'tight': {
      if (finish === undefined) return ''
      const spare = due.gapEnd - finish.p95
      return spare > 0 ? `, ${duration(spare)} to spare` : `, may pass the gap end at ${moment(due.gapEnd, v.now)} by ${duration(-spare)}`
    }
    case 'late':
      return due.publishEnd === undefined
        ? '. It will register one epoch later'
        : `. After the gap end (${moment(due.gapEnd, v.now)}) it still earns epoch ${due.epoch + 1}, but misses the next PoET round; it counts until ${moment(due.publishEnd, v.now)}`
    case 'lost':
      return `. It cannot be published before ${moment(due.publishEnd ?? due.gapEnd, v.now)}: epoch ${due.epoch + 1} earns nothing`
    case 'unknown':
      return ''
    default:
      return assertNever(timing)
  }
}

/** Consequence of doing nothing about a proof that is needed. */
export function neededWords(v: View): string {
  const { due, now } = v
  if (v.isInitial) return `The initial proof must be ready by ${moment(due.gapEnd, now)} for the next PoET round.`
  if (now < due.gapEnd) return `The proof is needed by ${moment(due.gapEnd, now)}; ${duration(due.gapEnd - now)} left.`
  return `The gap ended at ${moment(due.gapEnd, now)}; the proof still counts for epoch ${due.epoch + 1} until ${moment(due.publishEnd ?? due.gapEnd, now)}.`
}
