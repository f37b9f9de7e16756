import { parseLogTime, plainLine } from '../log-line.ts'

/** One entry of a node's log, of either encoder. */
export interface NodeLogEntry {
  readonly loggedAt: number | undefined
  /** `DEBUG`, `INFO`, `WARN`, `ERROR`, `FATAL`, … */
  readonly level: string
  /** Without the leading `node.`: `atxBuilder`; `node` itself is the empty text. */
  readonly logger: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const CONSOLE_TIME = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/

/**
 * Reads one line. Also a log in JSON holds lines that are not: the in-process PoET and early messages write console
 * text, without a logger of the node. Such lines, and rubbish, are `undefined`.
 * @source facts/node-config-and-cli.md §5
 */
export function parseNodeLine(raw: string): NodeLogEntry | undefined {
  const line = plainLine(raw)
  return line.startsWith('{') ? jsonEntry(line) : consoleEntry(line)
}

function jsonEntry(line: string): NodeLogEntry | undefined {
  const value = jsonObject(line)
  if (value === undefined) return undefined
  const { L: level, T: time, N: name, M: message, ...fields } = value
  if (typeof level !== 'string' || typeof message !== 'string') return undefined
  const logger = typeof name === 'string' ? loggerOf(name) : ''
  if (logger === undefined) return undefined
  return { loggedAt: typeof time === 'string' ? parseLogTime(time) : undefined, level, logger, message, fields }
}

function consoleEntry(line: string): NodeLogEntry | undefined {
  const [time = '', level = '', name = '', ...rest] = line.split('\t')
  if (!CONSOLE_TIME.test(time) || rest.length === 0) return undefined
  const logger = loggerOf(name)
  if (logger === undefined) return undefined
  const last = rest.at(-1) ?? ''
  const fields = rest.length > 1 && last.startsWith('{') ? jsonObject(last) : undefined
  const message = (fields === undefined ? rest : rest.slice(0, -1)).join('\t')
  return { loggedAt: parseLogTime(time), level, logger, message, fields: fields ?? {} }
}

/** `undefined` for a logger that is not the node's. */
function loggerOf(name: string): string | undefined {
  if (name === 'node') return ''
  return name.startsWith('node.') ? name.slice('node.'.length) : undefined
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Text of a field; `''` when it is absent or no text. */
export function fieldText(entry: NodeLogEntry, ...names: readonly string[]): string {
  for (const name of names) {
    const value = entry.fields[name]
    if (typeof value === 'string') return value
    if (typeof value === 'number') return String(value)
  }
  return ''
}
