import type { Observation } from '../../shared/domain/observation.ts'
import type { Clock } from '../lib/clock.ts'
import { createTail } from '../lib/tail.ts'
import { createNodeLogReader } from '../programs/index.ts'

/** Enough of the end to know the present run's start, keys and trouble. */
const START_WINDOW_BYTES = 1024 * 1024

export interface NodeLogWatch {
  readTo(): number | undefined
  close(): Promise<void>
}

/** Follows the node's log and tells its facts. */
export function watchNodeLog(file: string, clock: Clock, emit: (observation: Observation, isPast: boolean) => void): NodeLogWatch {
  const reader = createNodeLogReader()
  let isPast = true
  const tail = createTail({
    file,
    clock,
    startWindowBytes: START_WINDOW_BYTES,
    onLines: (lines) => {
      for (const line of lines) {
        for (const fact of reader.push(line.text)) emit({ at: fact.loggedAt ?? clock.now(), kind: 'node-log', fact }, isPast)
      }
    },
  })
  void tail.poll().then(() => {
    isPast = false
  })
  return { readTo: () => tail.position()?.offset, close: () => tail.stop() }
}
