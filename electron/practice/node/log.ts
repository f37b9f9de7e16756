import { writeSync } from 'node:fs'

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'

const RANK: Readonly<Record<string, number>> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4 }

export interface NodeLog {
  (level: Level, logger: string, message: string, fields?: Readonly<Record<string, unknown>>): void
  /** A line of the in-process PoET, which always writes console text. */
  poet(level: Level, logger: string, message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface LogOptions {
  readonly json: boolean
  readonly levels: ReadonlyMap<string, string>
  readonly now: () => number
  readonly write?: (line: string) => void
}

const consoleFields = (fields: Readonly<Record<string, unknown>>): string =>
  `{${Object.entries(fields)
    .map(([key, value]) => `${JSON.stringify(key)}: ${consoleValue(value)}`)
    .join(', ')}}`

const consoleValue = (value: unknown): string =>
  Array.isArray(value) && value.every((v) => typeof v === 'string')
    ? `[${value.map((v) => JSON.stringify(v)).join(', ')}]`
    : JSON.stringify(value)

function toStdout(line: string): void {
  try {
    writeSync(1, line)
  } catch {
    // Nobody reads any more or the disk is full: the node goes on without its log, as the real one does.
  }
}

/** The node's log: one line an entry on stdout, JSON or console encoding, a level a logger. */
export function nodeLog(options: LogOptions): NodeLog {
  const write = options.write ?? toStdout
  const stamp = (): string => new Date(options.now()).toISOString()
  const consoleLine = (parts: readonly string[], fields: Readonly<Record<string, unknown>>): void => {
    const tail = Object.keys(fields).length === 0 ? [] : [consoleFields(fields)]
    write(`${[stamp(), ...parts, ...tail].join('\t')}\n`)
  }
  const log = (level: Level, logger: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const name = logger === 'node' ? 'app' : (logger.split('.')[1] ?? 'app').toLowerCase()
    const least = RANK[options.levels.get(name) ?? 'info'] ?? 1
    if ((RANK[level.toLowerCase()] ?? 1) < least) return
    if (options.json) write(`${JSON.stringify({ L: level, T: stamp(), N: logger, M: message, ...fields })}\n`)
    else consoleLine([level, logger, message], fields)
  }
  const poet: NodeLog['poet'] = (level, logger, message, fields = {}) => {
    consoleLine(logger === '' ? [level, message] : [level, logger, message], fields)
  }
  return Object.assign(log, { poet })
}
