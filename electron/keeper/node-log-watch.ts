import type { NodeLogFact } from '../../shared/domain/log-facts.ts'
import type { Observation } from '../../shared/domain/observation.ts'
import type { Clock } from '../lib/clock.ts'
import { createTail } from '../lib/tail.ts'
import { createNodeLogReader } from '../programs/index.ts'

/** Enough of the end to know the present run's start, keys and trouble. */
const START_WINDOW_BYTES = 1024 * 1024
/** A start is some dozen facts; what comes later tells nothing of it. */
const MOST_FACTS = 200

export interface NodeLogWatch {
  /** Facts of its log since it was last started, the first few hundred. */
  facts(): readonly NodeLogFact[]
  /** A new process begins: earlier facts are not its own. */
  begin(): void
  readTo(): number | undefined
  close(): Promise<void>
}

/** Follows the node's log and tells its facts. */
export function watchNodeLog(file: string, clock: Clock, emit: (observation: Observation, isPast: boolean) => void): NodeLogWatch {
  const reader = createNodeLogReader()
  let isPast = true
  let facts: NodeLogFact[] = []
  const note = (fact: NodeLogFact): void => {
    if (fact.fact === 'start-step' && fact.step === 'welcome') facts = []
    if (facts.length < MOST_FACTS) facts.push(fact)
  }
  const tail = createTail({
    file,
    clock,
    startWindowBytes: START_WINDOW_BYTES,
    onLines: (lines) => {
      for (const line of lines) {
        for (const fact of reader.push(line.text)) {
          note(fact)
          emit({ at: fact.loggedAt ?? clock.now(), kind: 'node-log', fact }, isPast)
        }
      }
    },
  })
  const readPast = async (): Promise<void> => {
    await tail.poll()
    isPast = false
  }
  void readPast()
  return {
    facts: () => facts,
    begin: () => {
      facts = []
    },
    readTo: () => tail.position()?.offset,
    close: () => tail.stop(),
  }
}
