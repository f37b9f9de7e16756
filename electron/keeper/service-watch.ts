import type { IdentityId } from '../../shared/domain/ids.ts'
import type { ServiceLogFact } from '../../shared/domain/log-facts.ts'
import type { Observation, OperatorAnswer } from '../../shared/domain/observation.ts'
import type { Clock } from '../lib/clock.ts'
import { createTail, type TailLine } from '../lib/tail.ts'
import { createServiceLogReader, readOperator } from '../programs/index.ts'

const BUSY_MS = 1_000
const CALM_MS = 15_000
const DEADLINE_MS = 2_000
/** Enough of the log's end to know which proof a service that runs for days is at. */
const START_WINDOW_BYTES = 256 * 1024
/** Facts of the present run that readiness looks at; a proof is a dozen. */
const MOST_FACTS = 400

export interface ServiceWatch {
  /** Last answer of its operator. */
  readonly answer: OperatorAnswer | undefined
  /** Facts of its log since it was last started. */
  facts(): readonly ServiceLogFact[]
  /** How far its log was read, so that rotation loses nothing. */
  readTo(): number | undefined
  /** A new process begins: earlier facts are not its own. */
  begin(): void
  /** Asks now instead of at the next turn. */
  hurry(): void
  /** As `hurry`, when it became busy since the last turn. */
  wake(): void
  close(): Promise<void>
}

interface Options {
  readonly identity: IdentityId
  readonly operator: string
  readonly logFile: string | undefined
  readonly clock: Clock
  /** `isPast`: read from the log as it was found; history has it already. */
  readonly emit: (observation: Observation, isPast: boolean) => void
  /** Whether the node wants a proof of it now, or it makes one. */
  readonly isBusy: () => boolean
  /** Stopped by us: nobody is asked. */
  readonly isDown: () => boolean
}

type Told = (fact: ServiceLogFact, isPast: boolean) => void

/** The log of one service: what it says is kept as long as its process lives. */
function followLog({ logFile, clock }: Pick<Options, 'logFile' | 'clock'>, told: Told) {
  const reader = createServiceLogReader()
  let facts: ServiceLogFact[] = []
  let isPast = true
  const take = (found: readonly ServiceLogFact[]): void => {
    for (const fact of found) {
      facts.push(fact)
      told(fact, isPast)
    }
    if (facts.length > MOST_FACTS) facts = facts.slice(-MOST_FACTS / 2)
  }
  const onLines = (lines: readonly TailLine[]): void => {
    for (const line of lines) take(reader.push(line.text))
    take(reader.settle())
  }
  const tail = logFile === undefined ? undefined : createTail({ file: logFile, clock, startWindowBytes: START_WINDOW_BYTES, onLines })
  return {
    facts: (): readonly ServiceLogFact[] => facts,
    forget: (): void => {
      facts = []
    },
    readTo: (): number | undefined => tail?.position()?.offset,
    /** What the log tells of the past; then the present begins. */
    readPast: async (): Promise<void> => {
      await tail?.poll()
      isPast = false
    },
    stop: async (): Promise<void> => tail?.stop(),
  }
}

/** One service: its operator asked at a fitting pace, its log followed. One service never waits for another. */
export function watchService(options: Options): ServiceWatch {
  const { identity, operator, clock, emit } = options
  let answer: OperatorAnswer | undefined
  let isClosed = false
  let isAsking = false
  let isCalm = false
  let cancel: () => void = () => {}

  const ask = async (): Promise<void> => {
    if (isClosed || isAsking) return
    isAsking = true
    cancel()
    if (!options.isDown()) {
      const reading = await readOperator(operator, { deadlineMs: DEADLINE_MS })
      answer = reading.answer
      if (!isClosed) emit({ at: clock.now(), kind: 'operator', identity, answer: reading.answer, tookMs: reading.tookMs }, false)
    }
    isAsking = false
    isCalm = !(options.isBusy() || answer?.is === 'proving' || answer?.is === 'silent' || answer?.is === 'done')
    if (!isClosed) cancel = clock.after(isCalm ? CALM_MS : BUSY_MS, () => void ask())
  }
  const hurry = (): void => {
    cancel()
    cancel = clock.after(0, () => void ask())
  }
  const log = followLog(options, (fact, isPast) => {
    emit({ at: fact.loggedAt ?? clock.now(), kind: 'service-log', identity, fact }, isPast)
    if (fact.fact === 'proof-started' && !isPast) hurry()
  })
  void log.readPast().then(ask)

  return {
    get answer() {
      return answer
    },
    facts: () => log.facts(),
    readTo: () => log.readTo(),
    begin: () => {
      log.forget()
      answer = undefined
    },
    hurry,
    wake: () => {
      if (isCalm && !isAsking && options.isBusy()) hurry()
    },
    close: async () => {
      isClosed = true
      cancel()
      await log.stop()
    },
  }
}
