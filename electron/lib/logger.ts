import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, renameSync } from 'node:fs'
import path from 'node:path'
import electronLog from 'electron-log/node'

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
const SECRET_FIELD = /pass(word|phrase)|secret|token|private|serial|wwid/i
/** A disk's id holds its serial number, where the disk tells one; a log is shown to others. A name of the system stays. */
const DISK_ID = /\bdisk:(?!(?:sd|vd|xvd|nvme|mmcblk|loop|md|dm-|zram)[a-z0-9]*(?!\w|[-.]))[^"\s,;+]+/g
const shortened = (id: string): string => `disk:#${createHash('sha256').update(id).digest('hex').slice(0, 8)}`

/** JSON of one line with keys, secrets and serial numbers taken out. */
export function redactedLine(value: object): string {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (SECRET_FIELD.test(key)) return '[redacted]'
    return typeof inner === 'bigint' ? inner.toString() : inner
  })
  return text.replace(PRIVATE_KEY, '[redacted key]').replace(DISK_ID, shortened)
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
let loggers = 0
// Its own complaints (a file that cannot be written) come from the default instance: stdout and stderr are the faces'.
electronLog.transports.console.writeFn = () => {}

/** electron-log on one file: JSON lines as we make them, one predecessor `<file>.1`, and never a word on the console. */
function lineWriter(file: string, maxBytes: number): (line: string) => void {
  loggers += 1
  const log = electronLog.create({ logId: `${file}#${loggers}` })
  for (const transport of [log.transports.console, log.transports.ipc, log.transports.remote])
    if (transport !== null) transport.level = false
  Object.assign(log.transports.file, {
    level: 'silly',
    sync: true,
    maxSize: maxBytes,
    transforms: [({ data }: { readonly data: readonly unknown[] }) => data.join(' ')],
    writeOptions: { flag: 'a', mode: 0o600, encoding: 'utf8' },
    resolvePathFn: () => file,
    archiveLogFn: () => rotate(file),
  })
  return (line) => log.info(line)
}

function rotate(file: string): void {
  try {
    renameSync(file, `${file}.1`)
  } catch {
    // The folder takes no new name now: the file grows on, and the next line tries again.
  }
}

/** Whether the file can be opened; electron-log gives a file up for good that it cannot open at first. */
function canOpen(file: string): boolean {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
    return true
  } catch {
    return false
  }
}

/**
 * JSON lines to one file, kept near `maxBytes` with one predecessor, keys and secrets taken out. A log that cannot be
 * written never stops the work; it goes on when it can be again.
 */
export function fileLogger(file: string, options: { maxBytes?: number; now?: () => number; minLevel?: LogLevel } = {}): Logger {
  const now = options.now ?? Date.now
  const least = RANKS[options.minLevel ?? 'info']
  let writer: ((line: string) => void) | undefined
  const write = (level: LogLevel, event: string, fields?: LogFields): void => {
    if (RANKS[level] < least) return
    if (writer === undefined && canOpen(file)) writer = lineWriter(file, options.maxBytes ?? 8 * 1024 * 1024)
    writer?.(redactedLine({ at: new Date(now()).toISOString(), level, event, ...fields }))
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
