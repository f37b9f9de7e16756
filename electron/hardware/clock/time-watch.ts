import type { ClockReport } from '../../../shared/domain/machine.ts'
import { clockOffset } from '../../../shared/domain/clock-verdict.ts'
import type { Clock } from '../../lib/clock.ts'
import { agree, type Agreement } from './agree.ts'
import { askServer, type ServerAnswer } from './ask-server.ts'

type ServerLine = ClockReport['servers'][number]

/** What time servers say of our clock. */
export interface TimeLook extends Pick<ClockReport, 'at' | 'offsetMs' | 'uncertaintyMs' | 'servers'> {}

export interface TimeWatch {
  /** Asks all at once; two looks at once are one. Never rejects. */
  look(servers: readonly string[]): Promise<TimeLook>
}

const DEADLINE_MS = 3_000

/** Compares our clock with time servers, and leaves those alone that asked for it. */
export function timeWatch(clock: Clock, deadlineMs = DEADLINE_MS): TimeWatch {
  /** Server → steady time before which it must not be asked, and why. */
  const left = new Map<string, { readonly until: number; readonly text: string }>()
  let looking: Promise<TimeLook> | undefined

  const ask = async (name: string): Promise<ServerAnswer> => {
    const rest = left.get(name)
    if (rest !== undefined && clock.monotonic() < rest.until) return { is: 'refused', text: rest.text, forMs: 0 }
    const answer = await askServer(name, clock, deadlineMs)
    if (answer.is === 'refused' && answer.forMs > 0) left.set(name, { until: clock.monotonic() + answer.forMs, text: answer.text })
    return answer
  }

  const lookNow = async (servers: readonly string[]): Promise<TimeLook> => {
    const names = [...new Set(servers)]
    const answers = await Promise.all(names.map(async (name) => ({ name, answer: await ask(name) })))
    const agreed = agree(answers.flatMap(({ name, answer }) => (answer.is === 'answered' ? [{ name, ...answer }] : [])))
    return {
      at: clock.now(),
      servers: answers.map(({ name, answer }) => lineOf(name, answer, agreed)),
      ...(agreed.offsetMs === undefined ? {} : { offsetMs: agreed.offsetMs }),
      ...(agreed.uncertaintyMs === undefined ? {} : { uncertaintyMs: agreed.uncertaintyMs }),
    }
  }
  return {
    look(servers) {
      looking ??= lookNow(servers).finally(() => (looking = undefined))
      return looking
    },
  }
}

function lineOf(name: string, answer: ServerAnswer, { liars, offsetMs: agreed }: Agreement): ServerLine {
  if (answer.is !== 'answered') return { name, is: answer.is, text: answer.text }
  const { offsetMs } = answer
  if (liars.has(name)) return { name, is: 'liar', offsetMs, text: `${clockOffset(offsetMs)}, the others contradict it` }
  const text = agreed === undefined ? `${clockOffset(offsetMs)}, no majority agrees with it` : clockOffset(offsetMs)
  return { name, is: 'answered', offsetMs, text }
}
