import type { ServiceLogFact } from '../../../shared/domain/log-facts.ts'
import { parseLogTime, plainLine } from '../log-line.ts'
import { entryFact, startFact } from './log-facts.ts'

/** Reads a post-service's stderr line by line. Pure but for the entry that it holds. */
export interface ServiceLogReader {
  /**
   * One line without its end. Facts that the first line of an entry tells come at once; those told by the lines after
   * it come with the next entry or with `settle`.
   */
  push(line: string): readonly ServiceLogFact[]
  /** No more lines for now (the tail was quiet for a moment, or the process ended): closes the entry that is held. */
  settle(): readonly ServiceLogFact[]
}

const HEAD = /^\[(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ([A-Z]+) +([\w:]+)\] ([\s\S]*)$/
const CUT_HEAD = /^\[20\d\d-/
/** Start errors, command-line errors and panics carry no prefix. */
const UNPREFIXED = /^(?:Error: |error: |thread '|memory allocation of |.*error while loading shared libraries|.*GLIBC_[\d.]+' not found)/
/** Entries whose meaning is in the lines that follow. */
const NEEDS_MORE = /^failed proof verification/
const MAX_HELD_LINES = 60

interface Held {
  readonly loggedAt: number | undefined
  readonly level: string
  readonly lines: string[]
  /** Whether a fact was already told from the first line. */
  readonly isTold: boolean
  readonly isUnprefixed: boolean
}

/**
 * A line that does not begin with `[20` belongs to the entry before. Nothing is thrown on rubbish: lines that belong to
 * no entry are left out.
 * @source facts/post-service.md §2
 */
export function createServiceLogReader(): ServiceLogReader {
  let held: Held | undefined

  const close = (): ServiceLogFact[] => {
    const entry = held
    held = undefined
    if (entry === undefined || entry.isTold) return []
    const text = entry.lines.join('\n')
    return stamped(entry.isUnprefixed ? startFact(text) : entryFact(entry.level, text), entry.loggedAt)
  }

  const open = (entry: Omit<Held, 'isTold'>, isHeldBack: boolean): ServiceLogFact[] => {
    const before = close()
    held = { ...entry, isTold: !isHeldBack }
    return isHeldBack ? before : [...before, ...stamped(entryFact(entry.level, entry.lines.join('\n')), entry.loggedAt)]
  }

  return {
    push(raw) {
      const line = plainLine(raw)
      const head = HEAD.exec(line)
      if (head !== null) {
        const [, time = '', level = '', , message = ''] = head
        const entry = { loggedAt: parseLogTime(time), level, lines: [message], isUnprefixed: false }
        return open(entry, NEEDS_MORE.test(message))
      }
      if (CUT_HEAD.test(line)) return close()
      if (UNPREFIXED.test(line) && held?.isUnprefixed !== true) {
        return open({ loggedAt: undefined, level: 'ERROR', lines: [line], isUnprefixed: true }, true)
      }
      if (held !== undefined && held.lines.length < MAX_HELD_LINES) held.lines.push(line)
      return []
    },
    settle: close,
  }
}

/** All facts of a whole text, for replay and tests. */
export function readServiceLog(text: string): ServiceLogFact[] {
  const reader = createServiceLogReader()
  const facts: ServiceLogFact[] = []
  for (const line of text.split('\n')) facts.push(...reader.push(line))
  return [...facts, ...reader.settle()]
}

function stamped(fact: ServiceLogFact | undefined, loggedAt: number | undefined): ServiceLogFact[] {
  if (fact === undefined) return []
  return [loggedAt === undefined ? fact : { ...fact, loggedAt }]
}
