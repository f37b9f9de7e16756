import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** Event name first, then fields: `log.info('post-service.ready', { identityId, pid })`. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** 128 hex characters are a private key; nothing longer than a public key may ever reach a log. */
const PRIVATE_KEY = /[0-9a-fA-F]{128}/g
const SECRET_FIELD = /pass(word|phrase)|secret|token|private/i

/** JSON of one line with keys and secrets taken out. */
export function redactedLine(value: object): string {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (SECRET_FIELD.test(key)) return '[redacted]'
    return typeof inner === 'bigint' ? inner.toString() : inner
  })
  return text.replace(PRIVATE_KEY, '[redacted key]')
}

/** JSON lines to one file, kept below `maxBytes` with one predecessor. A log that cannot be written never stops the work. */
export function fileLogger(file: string, options: { maxBytes?: number; now?: () => number; minLevel?: LogLevel } = {}): Logger {
  const maxBytes = options.maxBytes ?? 8 * 1024 * 1024
  const now = options.now ?? Date.now
  const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }
  const least = ranks[options.minLevel ?? 'info']
  let size = -1
  const write = (level: LogLevel, event: string, fields?: LogFields): void => {
    if (ranks[level] < least) return
    try {
      if (size < 0) {
        mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
        size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
      }
      const line = `${redactedLine({ at: new Date(now()).toISOString(), level, event, ...fields })}\n`
      if (size + line.length > maxBytes) {
        renameSync(file, `${file}.1`)
        size = 0
      }
      appendFileSync(file, line, { mode: 0o600 })
      size += Buffer.byteLength(line)
    } catch {
      size = -1 // disk full or folder gone: try again with the next line
    }
  }
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  }
}

/** Says nothing; for tests and tools. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
